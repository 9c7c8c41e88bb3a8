/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	long r = syscall(SYS_mkdir | 0x40000000L, "open/made", 0755);

	if (r < 0 && errno == ENOSYS)
		return cant("the kernel has no x32");
	return code(r);
}
ATTACK(seccomp_x32, .attack = attack);
