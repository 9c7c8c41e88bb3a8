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
	if (chdir("secret") || syscall(SYS_pivot_root, ".", "."))
		return errno;
	return opens("/file");
}
ATTACK(files_pivot_root, .prepare = prepare, .attack = attack);
