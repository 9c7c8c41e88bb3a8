/* SPDX-License-Identifier: Apache-2.0 */
/* try_surfaces: what `capabilities` and `kernel` judge, and tracing, in a guest. Arguments: the policies
 * of tests/lab/hooks.sh. */
#include <elf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <time.h>

#include "attempts.h"

#ifndef SYS_open_tree_attr
#define SYS_open_tree_attr 467
#endif

static pid_t victim; /* not governed */

#define TRY(name, expression)                                                                      \
	static int name(void)                                                                      \
	{                                                                                          \
		return outcome_of(expression);                                                     \
	}

/* --- Capabilities ------------------------------------------------------------------------------- */

TRY(cap_chown, chown("/tmp/file", 1, 1))
TRY(cap_chroot, chroot("/tmp"))
TRY(cap_setgid, setgid(0))
TRY(cap_hostname, sethostname("guest", 5))
TRY(cap_userns, unshare(CLONE_NEWUSER))
TRY(cap_dac, open("/tmp/foreign", O_WRONLY))

static int cap_bind(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(80)};

	return outcome_of(bind(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof(a)));
}

/* In a user namespace from before the task was governed. */
static int cap_in_userns(void)
{
	if (unshare(CLONE_NEWUSER) < 0 || write_text("/proc/self/uid_map", "0 0 1") < 0 ||
	    join(cgroup) < 0)
		return 200;
	return outcome_of(chroot("/tmp"));
}

/* The same capabilities, in new credentials. */
static int new_credentials(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &header, data) < 0 || syscall(SYS_capset, &header, data) < 0;
}

/* What the kernel only asks itself: whether another user's task may be looked at closely. */
static int cap_quietly(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	char path[64], text[1024] = "", *p;
	unsigned long start = 0;
	int fd;

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setresuid(1000, 1000, 1000) < 0 ||
	    syscall(SYS_capget, &header, data) < 0)
		return 200;
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	if (syscall(SYS_capset, &header, data) < 0)
		return 201;
	snprintf(path, sizeof(path), "/proc/%d/stat", victim);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return 202;
	p = strrchr(text, ')');
	if (!p ||
	    sscanf(p + 1,
		   " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		   "%*s %*s %*s %*s %lu",
		   &start) != 1)
		return 203;
	return start == 1 ? EPERM : 0;
}

/* --- io_uring ------------------------------------------------------------------------------------- */

static struct uring {
	int fd;
	char *sq, *cq;
	struct io_uring_sqe *sqes;
	struct io_uring_params p;
} ring_of;

static int uring_open(void)
{
	struct uring *u = &ring_of;

	u->fd = (int)syscall(SYS_io_uring_setup, 4, &u->p);
	if (u->fd < 0)
		return -1;
	u->sq = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd, IORING_OFF_SQ_RING);
	u->cq = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd, IORING_OFF_CQ_RING);
	u->sqes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, u->fd, IORING_OFF_SQES);
	return u->sq == MAP_FAILED || u->cq == MAP_FAILED || u->sqes == MAP_FAILED ? -1 : 0;
}

/* One request at a time: its result. */
static int uring_do(const struct io_uring_sqe *sqe)
{
	struct uring *u = &ring_of;
	unsigned tail = *(unsigned *)(u->sq + u->p.sq_off.tail),
		 slot = tail & (u->p.sq_entries - 1);
	struct io_uring_cqe *cqes = (struct io_uring_cqe *)(u->cq + u->p.cq_off.cqes);

	u->sqes[slot] = *sqe;
	((unsigned *)(u->sq + u->p.sq_off.array))[slot] = slot;
	__atomic_store_n((unsigned *)(u->sq + u->p.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return errno;
	__atomic_store_n((unsigned *)(u->cq + u->p.cq_off.head), tail + 1, __ATOMIC_RELEASE);
	return cqes[tail & (u->p.cq_entries - 1)].res;
}

static int uring_open_foreign(int flags, int personality)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .open_flags = O_WRONLY};
	int r;

	sqe.addr = (uintptr_t) "/tmp/foreign";
	sqe.flags = (uint8_t)flags;
	sqe.personality = (uint16_t)personality;
	r = uring_do(&sqe);
	return r < 0 ? -r : 0;
}

static int dac_ring(void)
{
	return uring_open() < 0 ? ENOTSUP : uring_open_foreign(0, 0);
}

static int dac_worker(void)
{
	return uring_open() < 0 ? ENOTSUP : uring_open_foreign(IOSQE_ASYNC, 0);
}

/* The worker is older than the credentials of what it does. */
static int dac_stale_worker(void)
{
	struct io_uring_sqe nop = {.opcode = IORING_OP_NOP, .flags = IOSQE_ASYNC};

	if (uring_open() < 0)
		return ENOTSUP;
	if (uring_do(&nop) != 0 || new_credentials())
		return 200;
	return uring_open_foreign(IOSQE_ASYNC, 0);
}

/* Credentials that the ring has kept. */
static int dac_kept(void)
{
	int kept;

	if (uring_open() < 0)
		return ENOTSUP;
	kept = (int)syscall(SYS_io_uring_register, ring_of.fd, IORING_REGISTER_PERSONALITY, NULL,
			    0);
	if (kept < 0 || new_credentials())
		return 200;
	return uring_open_foreign(0, kept);
}

/* --- Surfaces ------------------------------------------------------------------------------------- */

static int init_module_call(void)
{
	static Elf64_Ehdr image = {.e_ident = ELFMAG};

	return outcome_of(syscall(SYS_init_module, &image, sizeof(image), ""));
}

TRY(finit_module_call, syscall(SYS_finit_module, open("/proc/self/exe", O_RDONLY), "", 0))
TRY(delete_module_call, syscall(SYS_delete_module, "nothing", 0))
TRY(module_request, socket(12 /* AF_DECnet */, SOCK_STREAM, 0))
TRY(kexec, syscall(SYS_kexec_load, 0, 0, NULL, 0))
TRY(kexec_file, syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0))
TRY(bpf_call, bpf_map_create(BPF_MAP_TYPE_ARRAY, "mine", 4, 4, 1, NULL))

static int perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr)};

	return outcome_of(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0));
}

TRY(mount_call, mount("none", "/tmp/m1", "tmpfs", 0, NULL))
TRY(mount_bind, mount("/tmp", "/tmp/m1", NULL, MS_BIND, NULL))
TRY(mount_remount, mount(NULL, "/tmp/mounted", NULL, MS_REMOUNT | MS_RDONLY, NULL))
TRY(umount_call, umount2("/tmp/mounted", MNT_DETACH))
TRY(fsopen_call, syscall(SYS_fsopen, "tmpfs", 0))
TRY(fspick_call, syscall(SYS_fspick, AT_FDCWD, "/tmp/mounted", 0))
TRY(tree_clone, syscall(SYS_open_tree, AT_FDCWD, "/tmp", OPEN_TREE_CLONE))
TRY(tree_open, syscall(SYS_open_tree, AT_FDCWD, "/tmp", OPEN_TREE_CLOEXEC))
TRY(move_mount_call, syscall(SYS_move_mount, AT_FDCWD, "/tmp/mounted", AT_FDCWD, "/tmp/m1", 0))
TRY(pivot, syscall(SYS_pivot_root, "/tmp/mounted", "/tmp/mounted"))

static int mount_setattr_call(void)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};

	return outcome_of(
		syscall(SYS_mount_setattr, AT_FDCWD, "/tmp/mounted", 0, &attr, sizeof(attr)));
}

TRY(unshare_mount, unshare(CLONE_NEWNS))
TRY(unshare_user, unshare(CLONE_NEWUSER))
TRY(unshare_uts, unshare(CLONE_NEWUTS))
TRY(unshare_files, unshare(CLONE_FILES))
TRY(setns_call, setns(open("/proc/1/ns/uts", O_RDONLY), CLONE_NEWUTS))

static int reap(long pid)
{
	int status;

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : waitpid((pid_t)pid, &status, __WALL) < 0 ? 201 : 0;
}

static int clone_uts(void)
{
	return reap(syscall(SYS_clone, CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0));
}

static int clone_plain(void)
{
	return reap(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
}

static int clone3_pid(void)
{
	uint64_t args[8] = {CLONE_NEWPID, 0, 0, 0, SIGCHLD};

	return reap(syscall(SYS_clone3, args, sizeof(args)));
}

#ifdef __x86_64__
/* The other table of numbers, from 64-bit code. */
static int unshare_32(void)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(310), "b"(CLONE_NEWUTS) : "memory");
	return r == -ENOSYS ? ENOTSUP : (int)-r;
}

static int reboot_32(void)
{
	long r;

	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(88), "b"(0xfee1dead), "c"(672274793), "d"(0)
			 : "memory");
	return r == -ENOSYS ? ENOTSUP : (int)-r;
}
#endif

TRY(add_key_call, syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING))
TRY(request_key_call, syscall(SYS_request_key, "user", "bailiff-none", NULL, 0))
TRY(keyctl_join, syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL))
TRY(uring_setup, uring_open())

static int clock_set(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return outcome_of(clock_settime(CLOCK_REALTIME, &now));
}

static int clock_adjust(void)
{
	struct timex t = {.modes = ADJ_TICK, .tick = 10000};

	return outcome_of(adjtimex(&t));
}

static int clock_read(void)
{
	struct timex t = {.modes = 0};

	return outcome_of(adjtimex(&t));
}

TRY(reboot_call, reboot(RB_DISABLE_CAD))
TRY(reboot_kexec, reboot((int)0x45584543))
TRY(iopl_call, iopl(3))
TRY(ioperm_call, ioperm(0x80, 1, 1))
TRY(dev_mem, open("/dev/mem", O_RDONLY))
TRY(kcore, open("/proc/kcore", O_RDONLY))

static int log_read(void)
{
	char text[64];

	return outcome_of(klogctl(3, text, sizeof(text)));
}

TRY(log_device, open("/dev/kmsg", O_RDONLY))
TRY(log_write, open("/dev/kmsg", O_WRONLY))

/* --- Tracing -------------------------------------------------------------------------------------- */

static pid_t own_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	return pid;
}

static int read_from(pid_t pid)
{
	static char there[8] = "there", here[8];
	struct iovec local = {.iov_base = here, .iov_len = 8},
		     remote = {.iov_base = there, .iov_len = 8};

	return outcome_of(process_vm_readv(pid, &local, 1, &remote, 1, 0));
}

static int write_to(pid_t pid)
{
	static char there[8], here[8];
	struct iovec local = {.iov_base = here, .iov_len = 8},
		     remote = {.iov_base = there, .iov_len = 8};

	return outcome_of(process_vm_writev(pid, &local, 1, &remote, 1, 0));
}

static int open_proc(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return outcome_of(open(path, flags));
}

static int advise(pid_t pid)
{
	static char page[4096];
	struct iovec at = {.iov_base = page, .iov_len = 4096};

	return outcome_of(syscall(SYS_process_madvise, syscall(SYS_pidfd_open, pid, 0), &at, 1,
				  20 /* MADV_COLD */, 0));
}

TRY(trace_victim, ptrace(PTRACE_SEIZE, victim, 0, 0))
TRY(trace_own, ptrace(PTRACE_SEIZE, own_child(), 0, 0))
TRY(trace_me, ptrace(PTRACE_TRACEME, 0, 0, 0))
TRY(getfd_victim, syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, victim, 0), 0, 0))
TRY(kcmp_victim, syscall(SYS_kcmp, getpid(), victim, KCMP_VM, 0, 0))
TRY(kcmp_self, syscall(SYS_kcmp, getpid(), getpid(), KCMP_VM, 0, 0))

#define WITH(name, call, ...)                                                                      \
	static int name(void)                                                                      \
	{                                                                                          \
		return call(__VA_ARGS__);                                                          \
	}
WITH(read_victim, read_from, victim)
WITH(read_own, read_from, own_child())
WITH(write_victim, write_to, victim)
WITH(mem_victim, open_proc, victim, "mem", O_RDWR)
WITH(stat_victim, open_proc, victim, "stat", O_RDONLY)
WITH(maps_victim, open_proc, victim, "maps", O_RDONLY)
WITH(advise_own, advise, own_child())

TRY(set_exe, prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, open("/proc/self/exe", O_RDONLY), 0, 0))
TRY(set_name, prctl(PR_SET_NAME, "name", 0, 0, 0))

static int unknown_option(void)
{
	return outcome_of(prctl(0x7fffff, 0, 0, 0, 0)) == EINVAL ? 0 : 200;
}

/* --- The tables ----------------------------------------------------------------------------------- */

#define CAP(name, outcome, capability, error)                                                      \
	{                                                                                          \
#name, name, outcome, BL_OP_CAPABILITY, capability, error                          \
	}
#define ESCAPED(name, what, error)                                                                 \
	{                                                                                          \
#name, name, DENIED, BL_OP_ESCAPE, BL_ESCAPE_##what, error                         \
	}
#define FREE(name)                                                                                 \
	{                                                                                          \
#name, name, ALLOWED, 0, 0, 0                                                      \
	}

static const struct attempt capabilities[] = {
	CAP(cap_chown, DENIED, CAP_CHOWN, EPERM),
	CAP(cap_chroot, DENIED, CAP_SYS_CHROOT, EPERM),
	CAP(cap_bind, DENIED, CAP_NET_BIND_SERVICE, EACCES),
	CAP(cap_dac, DENIED, CAP_DAC_OVERRIDE, EACCES),
	CAP(cap_setgid, AUDITED, CAP_SETGID, 0),
	FREE(cap_hostname),
	CAP(cap_quietly, QUIET, 0, EPERM),
	CAP(dac_ring, DENIED, CAP_DAC_OVERRIDE, EACCES),
	CAP(dac_worker, DENIED, CAP_DAC_OVERRIDE, EACCES),
	CAP(dac_stale_worker, DENIED, CAP_DAC_OVERRIDE, EACCES),
	FREE(unshare_uts),
	FREE(mount_call),
	ESCAPED(trace_victim, TRACE, EPERM),
	ESCAPED(read_victim, TRACE, EPERM),
	ESCAPED(write_victim, TRACE, EPERM),
	ESCAPED(mem_victim, TRACE, EACCES),
	ESCAPED(getfd_victim, TRACE, EPERM),
	FREE(stat_victim),
	FREE(maps_victim),
	FREE(trace_own),
	FREE(read_own),
	FREE(trace_me),
	ESCAPED(set_exe, EXE, EPERM),
	FREE(set_name),
	FREE(unknown_option),
};

/* What brings capabilities without using one: only denials speak of it. */
static const struct attempt handed[] = {
	CAP(cap_userns, DENIED, CAP_CHOWN, EPERM),
	CAP(dac_kept, DENIED, CAP_CHOWN, EPERM),
};

#define SURFACE(name, what, error)                                                                 \
	{                                                                                          \
		"kernel_" #name, name, DENIED, BL_OP_SURFACE, BL_SURFACE_##what, error             \
	}
#define FREE_KERNEL(name)                                                                          \
	{                                                                                          \
		"kernel_" #name, name, ALLOWED, 0, 0, 0                                            \
	}
static const struct attempt surfaces[] = {
	SURFACE(init_module_call, MODULES, 0),
	SURFACE(finit_module_call, MODULES, 0),
	SURFACE(delete_module_call, MODULES, 0),
	SURFACE(module_request, MODULES, EAFNOSUPPORT),
	SURFACE(kexec, KEXEC, 0),
	SURFACE(kexec_file, KEXEC, 0),
	SURFACE(reboot_kexec, KEXEC, 0),
	SURFACE(bpf_call, BPF, 0),
	SURFACE(perf, PERF, 0),
	SURFACE(mount_call, MOUNT, 0),
	SURFACE(mount_bind, MOUNT, 0),
	SURFACE(mount_remount, MOUNT, 0),
	SURFACE(umount_call, MOUNT, 0),
	SURFACE(fsopen_call, MOUNT, 0),
	SURFACE(fspick_call, MOUNT, 0),
	SURFACE(tree_clone, MOUNT, 0),
	FREE_KERNEL(tree_open),
	SURFACE(move_mount_call, MOUNT, 0),
	SURFACE(mount_setattr_call, MOUNT, 0),
	SURFACE(pivot, MOUNT, 0),
	SURFACE(unshare_mount, NAMESPACES, 0),
	SURFACE(unshare_user, NAMESPACES, 0),
	SURFACE(unshare_uts, NAMESPACES, 0),
	SURFACE(setns_call, NAMESPACES, 0),
	SURFACE(clone_uts, NAMESPACES, 0),
	SURFACE(clone3_pid, NAMESPACES, 0),
#ifdef __x86_64__
	SURFACE(unshare_32, NAMESPACES, 0),
	SURFACE(reboot_32, REBOOT, 0),
#endif
	FREE_KERNEL(unshare_files),
	FREE_KERNEL(clone_plain),
	SURFACE(trace_own, PTRACE, 0),
	SURFACE(trace_me, PTRACE, 0),
	SURFACE(read_own, PTRACE, 0),
	SURFACE(kcmp_victim, PTRACE, 0),
	FREE_KERNEL(kcmp_self),
	SURFACE(advise_own, PTRACE, ANY),
	FREE_KERNEL(stat_victim),
	SURFACE(add_key_call, KEYRING, 0),
	SURFACE(request_key_call, KEYRING, ENOKEY),
	SURFACE(keyctl_join, KEYRING, 0),
	SURFACE(uring_setup, IO_URING, 0),
	SURFACE(clock_set, CLOCK, 0),
	SURFACE(clock_adjust, CLOCK, 0),
	FREE_KERNEL(clock_read),
	SURFACE(reboot_call, REBOOT, 0),
	SURFACE(iopl_call, RAW_IO, 0),
	SURFACE(ioperm_call, RAW_IO, 0),
	SURFACE(dev_mem, RAW_IO, 0),
	SURFACE(kcore, RAW_IO, 0),
	SURFACE(log_read, LOG, 0),
	SURFACE(log_device, LOG, 0),
	FREE_KERNEL(log_write),
};

/* A call that both classes deny is told of once. */
#define BOTH(name, what)                                                                           \
	{                                                                                          \
		"both_" #name, name, DENIED, BL_OP_SURFACE, BL_SURFACE_##what, 0                   \
	}
static const struct attempt both[] = {
	BOTH(unshare_uts, NAMESPACES),
	BOTH(unshare_user, NAMESPACES),
	BOTH(clock_set, CLOCK),
	BOTH(mount_call, MOUNT),
	BOTH(fsopen_call, MOUNT),
	BOTH(init_module_call, MODULES),
	BOTH(reboot_call, REBOOT),
	{"both_cap_chroot", cap_chroot, DENIED, BL_OP_CAPABILITY, CAP_SYS_CHROOT, 0},
};

#define LOOK(name, outcome, what)                                                                  \
	{                                                                                          \
		"watched_" #name, name, outcome, BL_OP_SURFACE, BL_SURFACE_##what, 0               \
	}
static const struct attempt watched[] = {
	LOOK(clock_set, AUDITED, CLOCK),
	LOOK(mount_call, AUDITED, MOUNT),
	LOOK(perf, AUDITED, PERF),
	LOOK(bpf_call, AUDITED, BPF),
	LOOK(uring_setup, AUDITED, IO_URING),
	LOOK(unshare_uts, WOULD, NAMESPACES),
	LOOK(trace_own, WOULD, PTRACE),
	LOOK(ioperm_call, WOULD, RAW_IO),
	{"watched_cap", cap_chroot, WOULD, BL_OP_CAPABILITY, CAP_SYS_CHROOT, 0},
};

int main(int argc, char **argv)
{
	static const struct attempt before = {"cap_in_userns",	cap_in_userns,	DENIED,
					      BL_OP_CAPABILITY, CAP_SYS_CHROOT, 0};
	static const struct attempt elsewhere = {"not_governed", cap_chroot, ALLOWED, 0, 0, 0};

	if (argc != 7)
		return 2;
	prepare();
	mkdir("/tmp/m1", 0755);
	mkdir("/tmp/mounted", 0755);
	close(open("/tmp/file", O_CREAT | O_WRONLY, 0644));
	close(open("/tmp/foreign", O_CREAT | O_WRONLY, 0600));
	if (chown("/tmp/foreign", 1000, 1000) < 0 ||
	    mount("none", "/tmp/mounted", "tmpfs", 0, NULL) < 0)
		say(0, "guest", "%s", strerror(errno));
	victim = own_child();
	publish(argv[1]);
	RUN(capabilities);
	RUN(handed);
	judge_attempt(&before, run_attempt(&before, NULL));
	judge_attempt(&elsewhere, run_attempt(&elsewhere, NULL));
	RUN_AS("no_rule", surfaces, ALLOWED);
	publish(argv[2]);
	RUN_AS("no_rule", capabilities, ALLOWED);
	RUN(surfaces);
	publish(argv[3]);
	RUN(both);
	publish(argv[4]);
	RUN(watched);
	publish(argv[5]);
	RUN_AS("heard", capabilities, AUDITED);
	RUN_AS("heard", surfaces, AUDITED);
	publish(argv[6]);
	RUN_AS("would", capabilities, WOULD);
	RUN_AS("would", handed, WOULD);
	RUN_AS("would", surfaces, WOULD);
	kill(victim, SIGKILL);
	return finish();
}
