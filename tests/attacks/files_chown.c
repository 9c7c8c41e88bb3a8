/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return code(chown("ro/file", geteuid(), getegid()));
}
ATTACK(files_chown, .attack = attack);
