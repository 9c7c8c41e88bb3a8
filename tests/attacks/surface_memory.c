/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <sys/uio.h>

static char there[8] = "there";

/* Another process's memory, by each call for it. */
static int attack(void)
{
	char here[8];
	struct iovec local = {here, 8}, remote = {there, 8};
	pid_t pid = fork();
	int pidfd, error = 0;

	if (pid == 0) {
		pause();
		_exit(0);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != 8 &&
	    process_vm_writev(pid, &remote, 1, &remote, 1, 0) != 8 &&
	    syscall(SYS_pidfd_getfd, pidfd, 0, 0) < 0)
		error = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return error;
}
ATTACK(surface_memory, .attack = attack);
