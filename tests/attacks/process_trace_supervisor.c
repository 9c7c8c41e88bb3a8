/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <linux/capability.h>
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
/* A container's root has no CAP_SYS_PTRACE. */
static int may_trace(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) || !(data[0].effective & 1u << CAP_SYS_PTRACE))
		return cant("no CAP_SYS_PTRACE");
	return prepare();
}
ATTACK(process_trace_supervisor, .attack = attack);
ATTACK(process_trace_supervisor_caps, .prepare = prepare, .attack = attack);
ATTACK(process_trace_supervisor_root, .prepare = may_trace, .attack = attack);
