/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

#include <linux/sched.h>

static int prepare(void)
{
	return mkdir(OTHER, 0755) && errno != EEXIST ? WRONG : 0;
}
/* A child that comes to be in another cgroup. */
static int attack(void)
{
	int cgroup = open(OTHER, O_RDONLY | O_DIRECTORY | O_CLOEXEC), status;
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = (unsigned)cgroup};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(opens("secret/file"));
	return pid < 0 || waitpid((pid_t)pid, &status, 0) != pid ? errno : WEXITSTATUS(status);
}
ATTACK(process_into_cgroup, .prepare = prepare, .attack = attack);
