/* SPDX-License-Identifier: Apache-2.0 */
/*
 * try_self: what governed tasks try on bailiff itself, and what filters tell, in a guest. Arguments: the
 * policies of tests/lab/hooks.sh. "try_self map" asks for one of bailiff's
 * maps, "try_self name" makes a directory in its own.
 */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>

#include "attempts.h"

#define NOW LSM_PINS "/now"

static uint32_t map_id, image_id, told_id, constants_id, meta_id, program_id, link_id;
static pid_t service;
static struct bl_control *control;

#define TRY(name, expression)                                                                      \
	static int name(void)                                                                      \
	{                                                                                          \
		return outcome_of(expression);                                                     \
	}

/* --- bpf() ------------------------------------------------------------------------------------------ */

TRY(map_by_id, bpf_map_get_fd_by_id(map_id))
TRY(image_by_id, bpf_map_get_fd_by_id(image_id))
TRY(told_by_id, bpf_map_get_fd_by_id(told_id))
TRY(constants_by_id, bpf_map_get_fd_by_id(constants_id))
TRY(meta_by_id, bpf_map_get_fd_by_id(meta_id))
TRY(program_by_id, bpf_prog_get_fd_by_id(program_id))
TRY(map_by_pin, bpf_obj_get(NOW "/map_control"))
TRY(link_detach, bpf_link_detach(bpf_link_get_fd_by_id(link_id)))
TRY(link_update, bpf_link_update(bpf_link_get_fd_by_id(link_id), 0, NULL))

static int own_map(void)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "labels", 4, 4, 1, NULL);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return errno;
	return outcome_of(bpf_map_get_fd_by_id(info.id));
}

static int own_program(void)
{
	const struct bpf_insn exit[] = {{.code = 0xb7}, {.code = 0x95}};

	return outcome_of(bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "mine", "GPL", exit, 2, NULL));
}

static int pin_at(const char *path)
{
	return outcome_of(
		bpf_obj_pin(bpf_map_create(BPF_MAP_TYPE_ARRAY, "mine", 4, 4, 1, NULL), path));
}

static int pin_below(void)
{
	return pin_at(NOW "/map_mine");
}

static int pin_elsewhere(void)
{
	int r = pin_at("/sys/fs/bpf/mine");

	return r ? r : outcome_of(unlink("/sys/fs/bpf/mine"));
}

/* --- Names and mounts --------------------------------------------------------------------------------- */

TRY(unlink_pin, unlink(NOW "/link_file_open"))
TRY(rmdir_pins, rmdir(NOW))
TRY(rename_in, rename("/sys/fs/bpf/other", NOW "/other"))
TRY(rename_out, rename(NOW, "/sys/fs/bpf/gone"))
TRY(rename_all, rename(LSM_PINS, "/sys/fs/bpf/gone"))
TRY(mkdir_below, mkdir(LSM_PINS "/mine", 0700))
TRY(mkdir_beside, mkdir("/sys/fs/bpf/mine", 0700))
TRY(symlink_below, symlink("/tmp", LSM_PINS "/mine"))
TRY(mount_over, mount("none", LSM_PINS, "tmpfs", 0, NULL))
TRY(mount_over_all, mount("none", "/sys/fs/bpf", "bpf", 0, NULL))
TRY(mount_readonly, mount(NULL, "/sys/fs/bpf", NULL, MS_REMOUNT | MS_RDONLY, NULL))
TRY(move_new, syscall(SYS_move_mount, AT_FDCWD, "/sys/fs/bpf", AT_FDCWD, "/tmp", 0))
TRY(umount_it, umount2("/sys/fs/bpf", MNT_DETACH))
TRY(umount_above, umount2("/sys", MNT_DETACH))
TRY(umount_other, umount2("/tmp/mounted", MNT_DETACH))

/* What services do in a mount namespace of their own. */
static int mounts_at_home(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 200;
	if (mount(NULL, "/sys/fs/bpf", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0 ||
	    umount2("/sys/fs/bpf", MNT_DETACH) < 0)
		return errno;
	return outcome_of(umount2("/sys", MNT_DETACH));
}

/* In a namespace of its own whose mounts are still shared with the machine's. */
static int shared_umount(void)
{
	return unshare(CLONE_NEWNS) < 0 ? 200 : outcome_of(umount2("/sys/fs/bpf", MNT_DETACH));
}

static int shared_umount_above(void)
{
	return unshare(CLONE_NEWNS) < 0 ? 200 : outcome_of(umount2("/sys", MNT_DETACH));
}

static int shared_mount_over(void)
{
	return unshare(CLONE_NEWNS) < 0 ? 200
					: outcome_of(mount("none", LSM_PINS, "tmpfs", 0, NULL));
}

/* --- The service -------------------------------------------------------------------------------------- */

TRY(kill_service, kill(service, SIGTERM))
TRY(stop_service, kill(service, SIGSTOP))
TRY(look_service, kill(service, 0))
TRY(trace_service, ptrace(PTRACE_SEIZE, service, 0, 0))

static int limit_service(void)
{
	struct rlimit limit = {1, 1};

	return outcome_of(prlimit(service, RLIMIT_CPU, &limit, NULL));
}

/* By a file that it never had. */
static int signal_service(void)
{
	char path[64], text[128] = "", *p;
	int pipes[2], fd;

	if (pipe(pipes) < 0 || fcntl(pipes[0], F_SETOWN, service) < 0 ||
	    fcntl(pipes[0], F_SETSIG, SIGSTOP) < 0 || fcntl(pipes[0], F_SETFL, O_ASYNC) < 0 ||
	    write(pipes[1], "x", 1) != 1)
		return 200;
	usleep(100000);
	snprintf(path, sizeof(path), "/proc/%d/stat", service);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return 201;
	p = strrchr(text, ')');
	return p && p[2] == 'S' ? EPERM : 0;
}

/* --- Others ------------------------------------------------------------------------------------------- */

static int touch_by(const char *program, const char *what)
{
	execl(program, program, what, NULL);
	return 200;
}

static int touch_other(void)
{
	return touch_by("/tmp/other", "map");
}

static int mkdir_other(void)
{
	return touch_by("/tmp/other", "name");
}

static int touch_installed(void)
{
	return touch_by("/proc/self/exe", "map");
}

/* An administrator who is none: without the capability. */
static int touch_weak(void)
{
	if (prctl(PR_CAPBSET_DROP, 21, 0, 0, 0) < 0)
		return 201;
	return touch_by("/proc/self/exe", "name");
}

static int touch(const char *what)
{
	if (strcmp(what, "name") == 0)
		return mkdir_below();
	return outcome_of(bpf_map_get_fd_by_id((uint32_t)atoi(getenv("MAP_ID"))));
}

/* --- Filters ------------------------------------------------------------------------------------------ */

static int filter(uint32_t action)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &program) < 0)
		return 200;
	return outcome_of(syscall(SYS_getppid, 1, 2, 3, 4, 5, 6));
}

static int filter_errno(void)
{
	return filter(SECCOMP_RET_ERRNO | EPERM);
}

static int filter_log(void)
{
	return filter(SECCOMP_RET_LOG);
}

/* --- A full ring -------------------------------------------------------------------------------------- */

#define FLOOD	 12000
#define FILTERED 100

static int flood(void)
{
	for (int i = 0; i < FLOOD; i++)
		if (reboot(RB_DISABLE_CAD) == 0 || errno != EPERM)
			return 200;
	for (int i = 0; i < FILTERED; i++)
		if (i ? syscall(SYS_getppid) != -1 : filter_errno() != EPERM)
			return 201;
	return 0;
}

static uint64_t counted(uint64_t counters[BL_COUNTERS])
{
	struct lsm_status status;
	uint64_t counts[16], sum = 0;

	if (lsm_status(lsm, diag, &status) < 0 || lsm_counts(lsm, counts, 16) < 0)
		say(0, "status", "can't be had");
	memcpy(counters, status.counters, sizeof(status.counters));
	for (int i = 0; i < 16; i++)
		sum += counts[i];
	return sum;
}

/* Nobody reads while more is denied than the ring holds: each is refused and counted, by its rule too; what
 * is not told is told to be lost, by kind. */
static void fill_ring(void)
{
	static const struct attempt a = {"ring_full",	    flood, DENIED, BL_OP_SURFACE,
					 BL_SURFACE_REBOOT, 0};
	uint64_t before[BL_COUNTERS], after[BL_COUNTERS], lost, filters, rules;
	int result;

	ring_buffer__consume(ring);
	rules = counted(before);
	result = run_attempt(&a, cgroup);
	rules = counted(after) - rules;
	lost = after[BL_COUNT_LOST_LSM] - before[BL_COUNT_LOST_LSM];
	filters = after[BL_COUNT_LOST_SECCOMP] - before[BL_COUNT_LOST_SECCOMP];
	say(result == 0, "ring_full_denies", "%d", result);
	say(rules == FLOOD, "ring_full_counts", "%llu by rules", (unsigned long long)rules);
	say(lost && (uint64_t)told.wanted + lost == FLOOD, "ring_full_lost", "%d told, %llu lost",
	    told.wanted, (unsigned long long)lost);
	say(filters && (uint64_t)told.syscalls + filters == FILTERED, "ring_full_lost_filters",
	    "%d told, %llu lost", told.syscalls, (unsigned long long)filters);
}

/* --- The tables ---------------------------------------------------------------------------------------- */

#define SELF(name, what)                                                                           \
	{                                                                                          \
#name, name, DENIED, BL_OP_SELF, BL_SELF_##what, 0                                 \
	}
#define FREE(name)                                                                                 \
	{                                                                                          \
#name, name, ALLOWED, 0, 0, 0                                                      \
	}
static const struct attempt governed[] = {
	SELF(map_by_id, BPF),
	SELF(image_by_id, BPF),
	SELF(told_by_id, BPF),
	SELF(constants_by_id, BPF),
	SELF(meta_by_id, BPF),
	SELF(program_by_id, BPF),
	SELF(map_by_pin, BPF),
	SELF(link_detach, BPF),
	SELF(link_update, BPF),
	FREE(own_map),
	FREE(own_program),
	SELF(pin_below, PIN),
	FREE(pin_elsewhere),
	SELF(unlink_pin, PIN),
	SELF(rmdir_pins, PIN),
	SELF(rename_in, PIN),
	SELF(rename_out, PIN),
	SELF(rename_all, PIN),
	SELF(mkdir_below, PIN),
	SELF(symlink_below, PIN),
	FREE(mkdir_beside),
	SELF(mount_over, PIN),
	SELF(mount_over_all, PIN),
	SELF(mount_readonly, PIN),
	SELF(move_new, PIN),
	SELF(umount_it, PIN),
	SELF(umount_above, PIN),
	FREE(umount_other),
	FREE(mounts_at_home),
	SELF(shared_umount, PIN),
	SELF(shared_umount_above, PIN),
	SELF(shared_mount_over, PIN),
	SELF(kill_service, SERVICE),
	SELF(stop_service, SERVICE),
	SELF(trace_service, SERVICE),
	SELF(limit_service, SERVICE),
	{"signal_service", signal_service, QUIET, 0, 0, 0},
	FREE(look_service),
	SELF(touch_installed, BPF), /* not only host policies govern it */
	{"filter_errno", filter_errno, DENIED, BL_OP_SYSCALL,
	 (long)SECCOMP_RET_ERRNO << 32 | SYS_getppid, 0},
	{"filter_log", filter_log, AUDITED, BL_OP_SYSCALL,
	 (long)SECCOMP_RET_LOG << 32 | SYS_getppid, 0},
};

static const struct attempt mode = {"mode_audit", map_by_id, WOULD, BL_OP_SELF, BL_SELF_BPF, 0};
static const struct attempt free_touch = {"ungoverned_other", touch_other, AUDITED,
					  BL_OP_SELF,	      BL_SELF_BPF, 0};
static const struct attempt free_installed = {
	"ungoverned_installed", touch_installed, ALLOWED, 0, 0, 0};
static const struct attempt free_unlink = {"ungoverned_mkdir", mkdir_other, AUDITED,
					   BL_OP_SELF,	       BL_SELF_PIN, 0};

static const struct attempt host[] = {
	{"host_other", touch_other, DENIED, BL_OP_SELF, BL_SELF_BPF, 0},
	{"host_installed", touch_installed, ALLOWED, 0, 0, 0},
	{"host_without_capability", touch_weak, DENIED, BL_OP_SELF, BL_SELF_PIN, 0},
};
static const struct attempt locked = {"host_locked", touch_installed, DENIED,
				      BL_OP_SELF,    BL_SELF_BPF,     0};

/* --- The guest ------------------------------------------------------------------------------------------ */

static uint32_t id_of(int fd)
{
	struct bpf_link_info info = {
		0}; /* maps, programs and links: the id comes second, or first */
	uint32_t size = sizeof(info);

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		say(0, "id", "%s", strerror(errno));
	return info.id;
}

static uint32_t program_of(int fd)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);

	(void)bpf_obj_get_info_by_fd(fd, &info, &size);
	return info.prog_id;
}

/* The last of this name. */
static uint32_t find_map(const char *name)
{
	struct bpf_map_info info;
	uint32_t id = 0, found = 0, size;

	while (bpf_map_get_next_id(id, &id) == 0) {
		int fd = bpf_map_get_fd_by_id(id);

		size = sizeof(info);
		memset(&info, 0, sizeof(info));
		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 &&
		    strcmp(info.name, name) == 0)
			found = id;
		if (fd >= 0)
			close(fd);
	}
	return found;
}

static void look_around(void)
{
	char text[16];
	int fd = bpf_obj_get(NOW "/map_control");

	map_id = id_of(fd);
	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fd = bpf_obj_get(NOW "/link_file_open");
	link_id = id_of(fd);
	program_id = program_of(fd);
	image_id = find_map("bailiff_image");
	told_id = find_map("told");
	constants_id = find_map("bailiff.rodata");
	meta_id = find_map("bailiff_meta");
	snprintf(text, sizeof(text), "%u", map_id);
	setenv("MAP_ID", text, 1);
	if (control == MAP_FAILED || !program_id || !image_id || !told_id || !constants_id ||
	    !meta_id)
		say(0, "guest", "no control map, program or image");
}

/* Has a task labelled as the service. */
static void make_service(void)
{
	int link = bpf_obj_get(NOW "/link_label_launched"), iter;
	char byte;

	service = fork();
	if (service == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	control->launch_member = 0;
	control->launch_flags = BL_LABEL_SERVICE;
	control->launch_tgid = (uint32_t)service;
	iter = bpf_iter_create(link);
	if (iter < 0 || read(iter, &byte, 1) < 0)
		say(0, "service", "%s", strerror(errno));
	close(iter);
	control->launch_tgid = 0;
}

static void copy_self(void)
{
	char block[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open("/tmp/other", O_CREAT | O_WRONLY, 0755);
	ssize_t n;

	while ((n = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)n) != n)
			break;
	close(from);
	close(to);
}

int main(int argc, char **argv)
{
	if (argc == 2)
		return touch(argv[1]);
	if (argc != 4)
		return 2;
	prepare();
	copy_self();
	mkdir("/tmp/mounted", 0755);
	publish(argv[1]);
	mkdir("/sys/fs/bpf/other", 0755);
	if (mount("none", "/tmp/mounted", "tmpfs", 0, NULL) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL) < 0)
		say(0, "guest", "%s", strerror(errno));
	look_around();
	make_service();
	RUN(governed);
	judge_attempt(&free_touch, run_attempt(&free_touch, NULL));
	judge_attempt(&free_installed, run_attempt(&free_installed, NULL));
	judge_attempt(&free_unlink, run_attempt(&free_unlink, NULL));
	rmdir(LSM_PINS "/mine");
	fill_ring();
	publish(argv[3]);
	judge_attempt(&mode, run_attempt(&mode, cgroup));
	publish(argv[2]);
	cgroup = NULL;
	RUN(host);
	control->locked = 1;
	judge_attempt(&locked, run_attempt(&locked, NULL));
	control->locked = 0;
	kill(service, SIGKILL);
	return finish();
}
