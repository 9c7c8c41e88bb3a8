/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <sys/ptrace.h>
#include <sys/uio.h>

/* Its registers, its memory, its descriptors: by any of them its answers are the attacker's. */
static int attack(void)
{
	char path[64];
	pid_t target = getppid();
	int pidfd = (int)syscall(SYS_pidfd_open, target, 0), fd;
	char c;
	struct iovec to = {&c, 1}, from = {&c, 1};

	snprintf(path, sizeof(path), "/proc/%d/mem", target);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 || syscall(SYS_pidfd_getfd, pidfd, 1, 0) >= 0 ||
	    process_vm_readv(target, &to, 1, &from, 1, 0) == 1)
		return 0;
	return code(ptrace(PTRACE_SEIZE, target, NULL, NULL));
}
/* Where nothing else holds it, only root may. */
static int prepare(void)
{
	return geteuid() ? cant("not root") : 0;
}
ATTACK(process_trace_supervisor, .attack = attack);
ATTACK(process_trace_supervisor_caps, .prepare = prepare, .attack = attack);
ATTACK(process_trace_supervisor_root, .prepare = prepare, .attack = attack);
