/* SPDX-License-Identifier: Apache-2.0 */
/* Giving privileges up. By raw system calls, as in launch: libcap is one dependency more. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bailiff/filter.h"
#include "room.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif
#define BIT(cap) (1ull << (cap))
#define NOBODY	 65534u
#define GIVE_WAY 10 /* of 20 steps: a tenth of a CPU that somebody else wants */
#define NICEST	 19

/*
 * What the front may call. Its descriptors it has got before; what it opens later, for reading and as
 * nobody, are /etc/passwd and the policies' files. bpf() tells how often the kernel has skipped a
 * program.
 */
static const char front_policy[] =
	"version: 1\n"
	"name: bailiff-front\n"
	"syscalls:\n"
	"  default: deny\n"
	"  deny:\n"
	"    - {calls: [openat2, open_by_handle_at, clone3], action: errno ENOSYS}\n"
	"  allow:\n"
	"    - calls: [accept4, access, faccessat, faccessat2, brk, clock_gettime, close, "
	"epoll_ctl, epoll_pwait, epoll_wait, "
	"exit,\n"
	"        exit_group, fstat, fstatfs, ftruncate, futex, getdents64, getpid, getrandom,\n"
	"        getsockopt, gettimeofday, getuid, geteuid, gettid, lseek, madvise, mremap, "
	"munmap,\n"
	"        nanosleep, clock_nanosleep, newfstatat, pidfd_open, poll, ppoll, pread64, "
	"pwrite64,\n"
	"        read, readlink, readlinkat, recvfrom, recvmsg, restart_syscall, rt_sigaction,\n"
	"        rt_sigprocmask, rt_sigreturn, sendmsg, sendto, statfs, uname, write, writev]\n"
	"    - fcntl: {cmd: [F_GETFL, F_SETFL, F_GETFD, F_SETFD]}\n"
	"    - bpf: {cmd: [BPF_OBJ_GET_INFO_BY_FD]}\n"
	"    - {open: {flags: {none-of: [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC]}}}\n"
	"    - {openat: {flags: {none-of: [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC]}}}\n"
	"    - mmap: {prot: {none-of: [PROT_EXEC]}}\n";

/* And to serve metrics; TCP_NODELAY is 1. */
static const char front_metrics_policy[] = "    - shutdown\n"
					   "    - setsockopt: {level: SOL_TCP, optname: 1}\n";

/*
 * What the keeper may call, and the front before it drops the rest: what services do, and bpf(). No
 * program is started, nothing is traced, no socket leaves the machine, and no memory becomes code.
 */
static const char keeper_policy[] =
	"version: 1\n"
	"name: bailiff-keeper\n"
	"syscalls:\n"
	"  default: deny\n"
	"  allow: [\"@system-service\", bpf, open_by_handle_at, "
	"name_to_handle_at]\n"
	"  deny:\n"
	"    - {calls: [execve, execveat, keyctl, add_key, request_key, setns, unshare]}\n"
	"    - socket: {domain: {not: [AF_UNIX]}}\n"
	"    - clone: {clone_flags: {any-of: [CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, "
	"CLONE_NEWIPC,\n"
	"        CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET]}}\n"
	"    - mmap: {prot: {any-of: [PROT_EXEC]}}\n"
	"    - mprotect: {prot: {any-of: [PROT_EXEC]}}\n"
	"    - pkey_mprotect: {prot: {any-of: [PROT_EXEC]}}\n"
	"    - {calls: [clone3], action: errno ENOSYS}\n";

/* What SQLite takes, and nothing that reaches another process. */
static const char writer_policy[] =
	"version: 1\n"
	"name: bailiff-store\n"
	"syscalls:\n"
	"  default: deny\n"
	"  allow:\n"
	"    - calls: [access, faccessat, faccessat2, brk, clock_gettime, clock_nanosleep, close,\n"
	"        exit, exit_group, fallocate, fchmod, fchown, fdatasync, fstat, fstatfs, fsync,\n"
	"        ftruncate, futex, getcwd, getegid, geteuid, getgid, getpid, getrandom, gettid,\n"
	"        gettimeofday, getuid, lseek, lstat, madvise, mkdir, mkdirat, mremap, munmap,\n"
	"        nanosleep, newfstatat, open, openat, poll, ppoll, pread64, pwrite64, read,\n"
	"        readlink, readlinkat, recvfrom, restart_syscall, rt_sigaction, rt_sigprocmask,\n"
	"        rt_sigreturn, sendto, stat, statx, statfs, time, uname, unlink, unlinkat, write,\n"
	"        writev]\n"
	"    - fcntl: {cmd: [F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_GETLK, F_SETLK, F_SETLKW]}\n"
	"    - mmap: {prot: {none-of: [PROT_EXEC]}}\n"
	"    - mprotect: {prot: {none-of: [PROT_EXEC]}}\n"
	"  deny:\n"
	"    - {calls: [openat2, open_by_handle_at, clone3], action: errno ENOSYS}\n";

struct front_user front_user_find(void)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;

	while (file && (entry = fgetpwent(file)))
		if (strcmp(entry->pw_name, "bailiff") == 0 && entry->pw_uid)
			return (struct front_user){entry->pw_uid, entry->pw_gid};
	return (struct front_user){NOBODY, NOBODY};
}

static int set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	data[0].permitted &= (uint32_t)keep;
	data[1].permitted &= (uint32_t)(keep >> 32);
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	data[0].inheritable = data[1].inheritable = 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int bound_capabilities(uint64_t keep)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) < 0)
			return errno == EINVAL ? 0 : -errno;
		if (!(keep & BIT(cap)) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EPERM ? 0 : -errno; /* it is not ours to begin with */
	}
	return 0;
}

static int make_filter(const char *text, size_t length, const char *name, struct diag *diag,
		       struct filter **ret_filter)
{
	const struct filter_mode mode = {.supervised = false};
	CLEANUP(policy_freep) struct policy *policy = NULL;
	int r = policy_parse(text, length, name, diag, &policy);

	return r < 0 ? r : filter_compile(policy, &mode, diag, ret_filter);
}

static int load_filter(const struct filter *filter, struct diag *diag)
{
	struct sock_fprog program = {(unsigned short)filter->length, filter->code};
	int r;

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0)
		return 0;
	r = -errno;
	diag_system(diag, -r, "load", "the service's own filter", NULL);
	return r;
}

/* Both of the scheduler's ways to be unequal: among the threads of a group, and among the groups that it
 * makes of sessions, for which ours must be one of its own. Failing, only speed is lost. */
void drop_priority(void)
{
	int nice = getpriority(PRIO_PROCESS, 0) + GIVE_WAY;
	CLEANUP(close_fd) int fd = -1;
	char text[16];

	nice = nice > NICEST ? NICEST : nice;
	(void)setpriority(PRIO_PROCESS, 0, nice);
	if (setsid() < 0)
		return;
	fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, text, (size_t)snprintf(text, sizeof(text), "%d", nice));
}

int drop_keeper(struct diag *diag)
{
	/* Loading and looking at programs and maps; fronts to come, of another user, and their end;
	 * policies, cgroups by id and others' /proc/PID/exe, which need not be root's to read; the
	 * addresses in /proc/kallsyms. */
	const uint64_t keep = BIT(CAP_BPF) | BIT(CAP_PERFMON) | BIT(CAP_SYS_ADMIN) |
			      BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP) | BIT(CAP_KILL) |
			      BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYS_PTRACE) | BIT(CAP_SYSLOG);
	CLEANUP(filter_freep) struct filter *filter = NULL;
	int r = make_filter(keeper_policy, sizeof(keeper_policy) - 1, "bailiff-keeper", diag,
			    &filter);

	if (r < 0)
		return r;
	r = bound_capabilities(keep);
	if (r == 0)
		r = set_capabilities(keep);
	if (r == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	if (r == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		r = -errno;
	if (r < 0) {
		diag_system(diag, -r, "give up", "what loading does not take", NULL);
		return r;
	}
	return load_filter(filter, diag);
}

static int become(struct front_user user)
{
	struct rlimit none = {0, 0};
	int r = bound_capabilities(0);

	if (r < 0)
		return r;
	/* No new processes, and no memory left behind in a file. */
	if (setgroups(0, NULL) < 0 || setresgid(user.gid, user.gid, user.gid) < 0 ||
	    setresuid(user.uid, user.uid, user.uid) < 0 || setrlimit(RLIMIT_NPROC, &none) < 0 ||
	    setrlimit(RLIMIT_CORE, &none) < 0)
		return -errno;
	r = set_capabilities(0);
	if (r < 0)
		return r;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int drop_front(struct front_user user, bool metrics, struct diag *diag)
{
	CLEANUP(filter_freep) struct filter *filter = NULL;
	char text[sizeof(front_policy) + sizeof(front_metrics_policy)];
	int r = snprintf(text, sizeof(text), "%s%s", front_policy,
			 metrics ? front_metrics_policy : "");

	r = make_filter(text, (size_t)r, "bailiff-front", diag, &filter);

	if (r < 0)
		return r;
	r = become(user);
	if (r < 0) {
		diag_system(diag, -r, "become", "an ordinary user", "this takes root");
		return r;
	}
	return load_filter(filter, diag);
}

/* --- The writer --------------------------------------------------------------------------------- */

#define LAND_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LAND_TRUNCATE)
#define LAND_DIRECTORY                                                                             \
	(LAND_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |                   \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE)
#define LAND_FIRST    ((1ull << 13) - 1) /* what its first version knows */
#define LAND_REFER    (1ull << 13)
#define LAND_TRUNCATE (1ull << 14)

static int allow_beneath(int ruleset, const char *path, uint64_t access)
{
	CLEANUP(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = fd};

	if (fd < 0)
		return -errno;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) < 0
		       ? -errno
		       : 0;
}

/* Which way it falls: without Landlock the rest has to do. */
static int see_only(const char *directory)
{
	long version =
		syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = {.handled_access_fs = LAND_FIRST};
	uint64_t known = LAND_FIRST;
	CLEANUP(close_fd) int ruleset = -1;
	int r;

	if (version < 1)
		return 0;
	if (version >= 2)
		known |= LAND_REFER;
	if (version >= 3)
		known |= LAND_TRUNCATE;
	attr.handled_access_fs = known;
	ruleset =
		(int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return -errno;
	r = allow_beneath(ruleset, directory, LAND_DIRECTORY & known);
	if (r == 0)
		(void)allow_beneath(ruleset, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
	if (r == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		r = -errno;
	return r;
}

int drop_writer(const char *store, struct diag *diag)
{
	CLEANUP(filter_freep) struct filter *filter = NULL;
	CLEANUP(free_ptr) char *directory = strdup(store);
	struct rlimit none = {0, 0};
	int r = directory ? make_filter(writer_policy, sizeof(writer_policy) - 1, "bailiff-store",
					diag, &filter)
			  : -ENOMEM;

	if (r < 0)
		return r;
	*strrchr(directory, '/') = '\0';
	r = bound_capabilities(0);
	if (r == 0)
		r = set_capabilities(0);
	if (r == 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || setrlimit(RLIMIT_CORE, &none) < 0))
		r = -errno;
	if (r == 0)
		r = see_only(*directory ? directory : "/");
	if (r < 0) {
		diag_system(diag, -r, "give up", "what writing does not take", NULL);
		return r;
	}
	return load_filter(filter, diag);
}
