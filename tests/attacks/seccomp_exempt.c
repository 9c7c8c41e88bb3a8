/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* A number that newer kernels let past every filter. */
static int prepare(void)
{
	(void)syscall(336, 0);
	return errno == ENOSYS ? cant("the kernel has no such call") : 0;
}
static int attack(void)
{
	errno = 0;
	(void)syscall(336, 0);
	return errno == EPERM || errno == ENOSYS ? errno : 0;
}
ATTACK(seccomp_exempt, .prepare = prepare, .attack = attack);
