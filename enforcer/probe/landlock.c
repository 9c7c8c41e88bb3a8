/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` has to hold a policy with: Landlock, and what else the kernel does for whoever asks. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66
#endif

/* Each line says what a rule of these words takes. Where its ABI is missing, a rule that denies it can't
 * be held; what is more than rules (devices, signals) is open then. */
static const struct probe_rules table[] = {
	{"syscalls", "all", 0, PROBE_BY_SECCOMP},
	{"kernel", "all", 0, PROBE_BY_SECCOMP},
	{"capabilities", "all but audit", 0, PROBE_BY_SECCOMP},
	{"files", "read, create, delete, mknod, execute", 1, PROBE_BY_LANDLOCK},
	{"files", "rename, link: from one directory to another", 2, PROBE_BY_LANDLOCK},
	{"files", "write, which shortens files as well", 3, PROBE_BY_LANDLOCK},
	{"files", "read, write: ioctl on devices, too", 5, PROBE_BY_LANDLOCK},
	{"files", "chmod, chown, xattr, link: of every path", 0, PROBE_BY_SECCOMP},
	{"exec", "programs", 1, PROBE_BY_LANDLOCK},
	{"exec", "anonymous-memory, writable-then-executable", 0, PROBE_BY_SECCOMP},
	{"exec", "writable-then-executable, by the kernel too", 0, PROBE_BY_MDWE},
	{"network", "socket; all of a protocol", 0, PROBE_BY_SECCOMP},
	{"network", "bind, connect: tcp ports", 4, PROBE_BY_LANDLOCK},
	{"network", "bind, connect: udp ports", 10, PROBE_BY_LANDLOCK},
	{"network", "bind: unix:/path", 1, PROBE_BY_LANDLOCK},
	{"network", "connect: unix:/path", 9, PROBE_BY_LANDLOCK},
	{"network", "connect: unix:@abstract", 6, PROBE_BY_LANDLOCK},
	{"-", "signals, to bailiff and others outside", 6, PROBE_BY_LANDLOCK},
	{"-", "reports of what Landlock denies", 7, PROBE_BY_AUDIT},
};

const struct probe_rules *probe_rules(size_t i)
{
	return i < ARRAY_LEN(table) ? &table[i] : NULL;
}

const char *probe_landlock_kernel(unsigned abi)
{
	static const char *const kernels[] = {NULL,   "5.13", "5.19", "6.2", "6.7", "6.10",
					      "6.12", "6.15", "7.0",  "7.1", "7.2"};

	return abi < ARRAY_LEN(kernels) ? kernels[abi] : NULL;
}

static void PRINTF_LIKE(2, 3) found(struct probe_fact *fact, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(fact->found, sizeof(fact->found), format, args);
	va_end(args);
}

static void lacking(struct probe_fact *fact, int error, const char *next)
{
	fact->error = error;
	snprintf(fact->next, sizeof(fact->next), "%s", next);
}

/* The ABI, or why there is none: -errno. */
static int ask_landlock(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	return abi < 0 ? -errno : (int)abi;
}

int probe_landlock(void)
{
	int abi = ask_landlock();

	return abi < 0 ? 0 : abi;
}

static void check_landlock(struct probe_fact *fact, int abi)
{
	const char *kernel = abi > 0 ? probe_landlock_kernel((unsigned)abi) : NULL;

	if (abi > 0) {
		found(fact, "ABI %d%s%s", abi, kernel ? ", as since Linux " : "",
		      kernel ? kernel : "");
	} else if (abi == -EOPNOTSUPP) {
		found(fact, "Landlock is in this kernel, but was not turned on when it started");
		lacking(fact, -ENOSYS, "boot with landlock in lsm=, as in lsm=landlock,...");
	} else if (abi == -ENOSYS) {
		found(fact, "this kernel has no Landlock, or a filter of a container hides it");
		lacking(fact, -ENOSYS,
			"boot Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK=y; ask the "
			"container's runtime for its default filter of today");
	} else {
		found(fact, "Landlock can't be asked: %s", strerror(-abi));
		lacking(fact, -EPERM, "let the container's filter allow landlock_create_ruleset");
	}
}

static void check_mdwe(struct probe_fact *fact)
{
	found(fact, "the kernel can keep memory from being written and then executed");
	if (prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0)
		return;
	found(fact, "no PR_SET_MDWE, which Linux has since 6.3; the filter holds the same");
	fact->error = -ENOSYS;
}

/* 1: audit is on, 0: off, -errno: it can't be seen. */
static int ask_audit(int fd)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	const struct timeval wait = {.tv_sec = 1};
	struct {
		struct nlmsghdr head;
		union {
			struct audit_status status;
			struct nlmsgerr error;
			char room[512];
		};
	} message = {.head = {.nlmsg_len = NLMSG_LENGTH(0),
			      .nlmsg_type = AUDIT_GET,
			      .nlmsg_flags = NLM_F_REQUEST}};
	ssize_t n;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (sendto(fd, &message, message.head.nlmsg_len, 0, (const struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	n = recv(fd, &message, sizeof(message), 0);
	if (n < 0)
		return -errno;
	if (n >= (ssize_t)NLMSG_LENGTH(sizeof(int)) && message.head.nlmsg_type == NLMSG_ERROR)
		return message.error.error < 0 ? message.error.error : -EIO;
	if (n < (ssize_t)NLMSG_LENGTH(2 * sizeof(uint32_t)) || message.head.nlmsg_type != AUDIT_GET)
		return -EIO;
	return message.status.enabled != 0;
}

/* May this process join those that read the kernel's records? 0 or -errno. */
static int join_audit(void)
{
	struct sockaddr_nl readers = {.nl_family = AF_NETLINK,
				      .nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1)};
	CLEANUP(close_fd) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	if (fd < 0)
		return -errno;
	return bind(fd, (const struct sockaddr *)&readers, sizeof(readers)) < 0 ? -errno : 0;
}

static void check_audit(struct probe_fact *fact, int abi)
{
	CLEANUP(close_fd) int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	int on = fd < 0 ? -errno : ask_audit(fd), r = join_audit();

	if (abi < 7) {
		found(fact, "the kernel tells what Landlock denies since ABI 7, Linux 6.15");
		lacking(fact, -ENOSYS, "boot a newer one; denials hold without being told");
	} else if (r == -EPROTONOSUPPORT || r == -ECONNREFUSED) {
		found(fact, "no audit records here: the kernel is built without, or this is a "
			    "container's network");
		lacking(fact, -ENOSYS, "denials hold without being told");
	} else if (r < 0) {
		found(fact, "audit records can't be read: %s",
		      r == -EPERM ? "this process does not have CAP_AUDIT_READ" : strerror(-r));
		lacking(fact, -EPERM,
			"run it as root of the machine; denials hold without being told");
	} else if (on == 0) {
		found(fact, "audit is off, so nobody is told what Landlock denies");
		lacking(fact, -ENOSYS, "turn it on: auditctl -e 1, or boot with audit=1");
	} else if (on < 0) {
		found(fact, "audit records can be read; whether there are any, only "
			    "CAP_AUDIT_CONTROL can see");
	} else {
		found(fact, "audit is on, and its records can be read");
	}
}

void probe_run(struct probe_run *run)
{
	int abi = ask_landlock();

	memset(run, 0, sizeof(*run));
	run->abi = abi < 0 ? 0 : (unsigned)abi;
	run->landlock.name = "landlock";
	run->mdwe.name = "mdwe";
	run->audit.name = "audit";
	check_landlock(&run->landlock, abi);
	check_mdwe(&run->mdwe);
	check_audit(&run->audit, abi);
}

bool probe_holds(const struct probe_run *run, const struct probe_rules *rules)
{
	switch (rules->by) {
	case PROBE_BY_LANDLOCK:
		return run->abi >= rules->abi;
	case PROBE_BY_MDWE:
		return !run->mdwe.error;
	case PROBE_BY_AUDIT:
		return run->abi >= rules->abi && !run->audit.error;
	default:
		return true;
	}
}
