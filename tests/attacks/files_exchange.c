/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	if (renameat2(AT_FDCWD, "secret", AT_FDCWD, "open/sub", RENAME_EXCHANGE))
		return errno;
	return opens("open/sub/file");
}
ATTACK(files_exchange, .attack = attack);
