/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int prepare(void)
{
	if (mount("secret", "open/sub", NULL, MS_BIND, NULL))
		return cant("it takes root to mount");
	return 0;
}
static int attack(void)
{
	return opens("open/sub/file");
}
ATTACK(files_bind_old, .prepare = prepare, .attack = attack);
