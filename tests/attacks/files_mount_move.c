/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int prepare(void)
{
	if (mount("secret", "secret", NULL, MS_BIND, NULL))
		return cant("it takes root to make secret/ a mount");
	return 0;
}
static int attack(void)
{
	if (mount("secret", "open/sub", NULL, MS_MOVE, NULL))
		return errno;
	return opens("open/sub/file");
}
ATTACK(files_mount_move, .prepare = prepare, .attack = attack);
