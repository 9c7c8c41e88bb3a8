/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define X32 0x40000000L

static int prepare(void)
{
	return syscall(SYS_getppid | X32) < 0 ? cant("the kernel has no x32") : 0;
}
static int attack(void)
{
	if (syscall(SYS_mkdir | X32, "open/made", 0755) == 0 ||
	    syscall(SYS_mkdirat | X32, AT_FDCWD, "open/made", 0755) == 0)
		return 0;
	return errno;
}
ATTACK(seccomp_x32, .prepare = prepare, .attack = attack);
ATTACK(seccomp_x32_open, .prepare = prepare, .attack = attack);
