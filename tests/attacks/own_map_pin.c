/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

static int attack(void)
{
	return code(pinned(PINS "/map_control"));
}
ATTACK(own_map_pin, .attack = attack);
