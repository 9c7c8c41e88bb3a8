/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

/* A descriptor that answers denied calls: one that was left, or one of our own for the filter below. */
static int attack(void)
{
	struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog program = {.len = 1, .filter = all};
	char path[64], name[64];
	int error;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	error = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			&program) < 0
			? errno
			: ENOENT;
	for (int fd = 0; fd < 1024; fd++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, name, sizeof(name) - 1);
		if (n > 0 && memmem(name, (size_t)n, "seccomp", 7))
			return 0;
	}
	return error;
}
ATTACK(seccomp_leaked_listener, .attack = attack);
