/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define DIRTY (0x5a5a5a5aL << 32)

/* The kernel reads 32 bits of clone's flags, though they come as a long. */
static int attack(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUTS | CLONE_NEWUSER | SIGCHLD | DIRTY, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	return code(pid);
}
ATTACK(seccomp_upper_flags, .attack = attack);
