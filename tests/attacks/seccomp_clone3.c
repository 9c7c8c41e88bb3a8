/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* What clone may not do, by flags that no filter sees. */
static int attack(void)
{
	uint64_t args[8] = {CLONE_NEWUTS | CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
	long pid = syscall(SYS_clone3, args, sizeof(args));

	if (pid == 0)
		_exit(0);
	return code(pid);
}
ATTACK(seccomp_clone3, .attack = attack);
