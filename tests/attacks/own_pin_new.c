/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

#define MINE PINS "/map_mine"

/* A map of one's own among bailiff's. */
static int attack(void)
{
	return code(pin(own_map(), MINE));
}
static void after(void)
{
	(void)unlink(MINE);
}
ATTACK(own_pin_new, .attack = attack, .after = after);
