/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int attack(void)
{
	if (may_mount() || mount("secret", "open/sub", NULL, MS_BIND, NULL))
		return errno;
	return opens("open/sub/file");
}
ATTACK(files_bind, .attack = attack);
