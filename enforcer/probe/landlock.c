/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` has to hold a policy with: Landlock, and what else the kernel does for whoever asks. */
#include <errno.h>
#include <linux/landlock.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/landlock.h"
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
	{"files", "read, write, create, delete, mknod, execute", 1, PROBE_BY_LANDLOCK},
	{"files", "rename, link: from one directory to another", 2, PROBE_BY_LANDLOCK},
	{"files", "write: truncate(2), where it is allowed", 3, PROBE_BY_LANDLOCK},
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
};

const struct probe_rules *probe_rules(size_t i)
{
	return i < ARRAY_LEN(table) ? &table[i] : NULL;
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
	const char *kernel = abi > 0 ? landlock_kernel((unsigned)abi) : NULL;

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

void probe_run(struct probe_run *run)
{
	int abi = ask_landlock();

	memset(run, 0, sizeof(*run));
	run->abi = abi < 0 ? 0 : (unsigned)abi;
	run->landlock.name = "landlock";
	run->mdwe.name = "mdwe";
	check_landlock(&run->landlock, abi);
	check_mdwe(&run->mdwe);
}

bool probe_holds(const struct probe_run *run, const struct probe_rules *rules)
{
	switch (rules->by) {
	case PROBE_BY_LANDLOCK:
		return run->abi >= rules->abi;
	case PROBE_BY_MDWE:
		return !run->mdwe.error;
	default:
		return true;
	}
}
