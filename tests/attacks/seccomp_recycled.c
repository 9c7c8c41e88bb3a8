/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* A thread's call waits for its answer when the thread is killed, over and over: an answer meant for one
 * call must never let another through. */
static int attack(void)
{
	for (int i = 0; i < 300; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				(void)mkdir("open/made", 0755);
		usleep((useconds_t)(i % 20) * 50);
		if (pid < 0 || kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid)
			return WRONG;
	}
	return access("open/made", F_OK) == 0 ? 0 : code(mkdir("open/other", 0755));
}
ATTACK(seccomp_recycled, .attack = attack);
