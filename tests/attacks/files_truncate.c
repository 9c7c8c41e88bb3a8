/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return code(truncate("ro/file", 0));
}
ATTACK(files_truncate, .attack = attack);
