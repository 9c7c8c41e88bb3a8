/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* The one in between ends, and who is left has another parent and a session of its own. */
static int attack(void)
{
	int answer[2], status, error = WRONG;
	pid_t pid;

	if (pipe2(answer, O_CLOEXEC) || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		pid_t parent = getpid();

		if (fork())
			_exit(0);
		while (getppid() == parent)
			usleep(1000);
		setsid();
		error = run_program("secret/run");
		(void)!write(answer[1], &error, sizeof(error));
		_exit(0);
	}
	close(answer[1]);
	waitpid(pid, &status, 0);
	return read(answer[0], &error, sizeof(error)) == sizeof(error) ? error : WRONG;
}
ATTACK(exec_double_fork, .attack = attack);
