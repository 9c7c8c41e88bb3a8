/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	if (symlink("../secret/file", "open/link"))
		return errno;
	return opens("open/link");
}
ATTACK(files_symlink, .attack = attack);
