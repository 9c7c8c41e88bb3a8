/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* The numbers that policies/jumps.yaml denies. */
static int attack(void)
{
	int fd = open("open/file", O_RDONLY | O_CLOEXEC);

	for (long i = 0; i < 700; i++)
		if (syscall(SYS_ioctl, fd, 1000000 + 17 * i, 0) == 0 || errno != EPERM)
			return 0; /* the file has been asked */
	return EPERM;
}
ATTACK(seccomp_jump, .attack = attack);
