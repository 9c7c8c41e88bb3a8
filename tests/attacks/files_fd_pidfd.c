/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	int error = hold(open("secret/file", O_RDONLY | O_CLOEXEC));
	char text[16];
	pid_t pid = fork();

	if (pid == 0)
		pause();
	put("open/pid", text, (size_t)snprintf(text, sizeof(text), "%d", pid), 0644);
	close(HELD);
	return error;
}
static int attack(void)
{
	char text[16] = "";
	int pid, fd = open("open/pid", O_RDONLY | O_CLOEXEC);

	if (read(fd, text, sizeof(text) - 1) <= 0)
		return WRONG;
	pid = (int)syscall(SYS_pidfd_open, atoi(text), 0);
	return reads((int)syscall(SYS_pidfd_getfd, pid, HELD, 0));
}
ATTACK(files_fd_pidfd, .prepare = prepare, .attack = attack);
