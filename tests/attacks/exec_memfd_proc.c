/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 1 /* MFD_CLOEXEC */);

	if (fd >= 0 && write(fd, tiny, sizeof(tiny)) != sizeof(tiny))
		return errno;
	return run_proc_fd(fd);
}
ATTACK(exec_memfd_proc, .attack = attack);
