/* SPDX-License-Identifier: Apache-2.0 */
#include "i386.h"

static int attack(void)
{
	char *path = low("open/made", 10);
	long r = int80(39 /* mkdir */, (long)path, 0755, 0);

	if (r == -ENOSYS || r == -EPERM)
		r = int80(296 /* mkdirat */, AT_FDCWD, (long)path, 0755);
	return (int)-r;
}
ATTACK(seccomp_int80, .prepare = has_i386, .attack = attack);
ATTACK(seccomp_int80_open, .prepare = has_i386, .attack = attack);
