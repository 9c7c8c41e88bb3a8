/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return code(chmod("ro/file", 0666));
}
ATTACK(files_chmod, .attack = attack);
