/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <linux/sched.h>

/* An ungoverned process ends; its number is then that of a child of the attacker. */
static int prepare(void)
{
	pid_t pid = fork();
	char number[16];

	if (pid == 0)
		_exit(opens("secret/file"));
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		return errno;
	snprintf(number, sizeof(number), "%d", pid);
	put("open/pid", number, strlen(number), 0644);
	return 0;
}
static int attack(void)
{
	char number[16] = "";
	pid_t pid;
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&pid, .set_tid_size = 1};
	int fd = open("open/pid", O_RDONLY | O_CLOEXEC), status;
	long child;

	if (fd < 0 || read(fd, number, sizeof(number) - 1) < 1)
		return WRONG;
	pid = atoi(number);
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (child < 0 &&
	    (errno == EEXIST || errno == EPERM)) /* taken meanwhile, or no right: any other */
		child = fork();
	if (child == 0)
		_exit(opens("secret/file"));
	return child < 0 || waitpid((pid_t)child, &status, 0) != child ? errno
								       : WEXITSTATUS(status);
}
ATTACK(process_pid_again, .prepare = prepare, .attack = attack);
