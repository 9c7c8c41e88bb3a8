/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine says of tasks, users and cgroups. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/proc.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct container_case {
	const char *name, *cgroup, *want;
} container_cases[] = {
	{"alone", "/docker/" ID, ID},
	{"in a scope's name", "/system.slice/docker-" ID ".scope", ID},
	{"the inner one of two", "/docker/" ID "/docker/f" ID, ID},
	{"no container", "/system.slice/nginx.service", NULL},
	{"a digit too few", "/x/123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	 NULL},
	{"the root", "/", NULL},
	{"nothing", "", NULL},
};

Test(proc, containers)
{
	for (size_t i = 0; i < ARRAY_LEN(container_cases); i++) {
		const struct container_case *c = &container_cases[i];
		const char *found = proc_container(c->cgroup);

		cr_expect_eq(!found, !c->want, "%s", c->name);
		if (found && c->want)
			cr_expect_eq(strncmp(found, c->want, PROC_CONTAINER_ID), 0, "%s", c->name);
	}
}

static void expect_ourselves(const char *when)
{
	CLEANUP(close_fd) int proc = proc_open();
	CLEANUP(close_fd) int task = proc_task(proc, getpid());
	char text[PROC_BYTES], exe[PATH_MAX], own[PATH_MAX] = "";
	struct proc_stat stat;

	cr_assert(proc >= 0 && task >= 0, "%s", when);
	cr_assert(proc_stat(task, text, &stat), "%s", when);
	cr_expect_eq(stat.parent, getppid());
	cr_expect_gt(stat.start, 0);
	cr_assert_gt(proc_exe(task, exe), 0);
	cr_assert_gt(readlink("/proc/self/exe", own, sizeof(own) - 1), 0);
	cr_expect_str_eq(exe, own);
	cr_expect_lt(proc_task(proc, 0), 0);
	cr_expect_lt(proc_task(-1, getpid()), 0);
}

/* As systemd does it for RestrictSUIDSGID=, for good. */
static void lose_openat2(uint32_t error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {ARRAY_LEN(code), code};

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
}

Test(proc, ourselves)
{
	expect_ourselves("with openat2");
}

Test(proc, ourselves_without_openat2)
{
	lose_openat2(ENOSYS);
	expect_ourselves("ENOSYS");
}

Test(proc, ourselves_where_openat2_is_refused)
{
	lose_openat2(EPERM);
	expect_ourselves("EPERM");
}

/* What a governed program with our mount namespace puts there is not looked at. */
static void expect_covered(const char *when)
{
	CLEANUP(close_fd) int proc = proc_open();
	CLEANUP(close_fd) int task = proc_task(proc, getpid());
	char text[PROC_BYTES];
	struct proc_stat stat;

	cr_assert(proc >= 0 && task >= 0, "%s", when);
	cr_expect(!proc_stat(task, text, &stat), "%s", when);
	cr_expect_lt(proc_task(proc, 1), 0, "%s", when);
}

Test(proc, what_is_mounted_over_it)
{
	char stat[32];

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		cr_skip_test("no mount namespace can be made here");
	snprintf(stat, sizeof(stat), "/proc/%d/stat", getpid());
	cr_assert_eq(mount("/proc/1/stat", stat, NULL, MS_BIND, NULL), 0);
	cr_assert_eq(mount("/proc/2", "/proc/1", NULL, MS_BIND, NULL), 0);
	expect_covered("with openat2");
	lose_openat2(ENOSYS);
	expect_covered("without openat2");
}

Test(proc, the_moment_of_boot)
{
	struct timespec boot;
	int64_t now;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = proc_boot_ns() + boot.tv_sec * 1000000000ll;
	cr_expect_lt(llabs(now / 1000000000 - time(NULL)), 3);
}

Test(proc, users)
{
	struct proc_users users = {.count = 0};

	cr_assert_str_eq(proc_user(&users, 0), "root");
	cr_expect_null(proc_user(&users, 4294967290u));
	cr_expect_eq(users.count, 2);
	for (uid_t uid = 3000000; uid < 3000000 + 3 * PROC_USERS; uid++)
		cr_expect_null(proc_user(&users, uid));
	cr_expect_eq(users.count, PROC_USERS);
	cr_expect_str_eq(proc_user(&users, 0), "root");
	proc_users_forget(&users);
	cr_expect_str_eq(proc_user(&users, 0), "root");
	cr_expect_eq(users.count, 1);
}

Test(proc, groups)
{
	struct proc_users groups = {.count = 0};

	cr_assert_str_eq(proc_group(&groups, 0), "root");
	/* A name that is no user's. */
	cr_assert_str_eq(proc_group(&groups, 5), "tty");
	cr_expect_null(proc_group(&groups, 4294967290u));
	cr_expect_eq(groups.count, 3);
}

/* The id of a cgroup is its directory's inode number. */
Test(proc, cgroups)
{
	static const char *const roots[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	char path[] = "/sys/fs/cgroup/unified/bailiff-test-XXXXXX";
	struct proc_cgroups *cgroups;
	const char *name = strrchr(path, '/');
	struct stat root, st;
	size_t i;

	cr_assert_eq(proc_cgroups_new(&cgroups), 0);
	cr_expect_null(proc_cgroup(cgroups, 0));
	for (i = 0; i < ARRAY_LEN(roots); i++) {
		snprintf(path, sizeof(path), "%s/bailiff-test-XXXXXX", roots[i]);
		if (stat(roots[i], &root) == 0 && proc_cgroup(cgroups, root.st_ino))
			break;
	}
	if (i == ARRAY_LEN(roots)) {
		proc_cgroups_free(cgroups);
		cr_skip_test("no cgroup2 that we may open by handle");
	}
	cr_expect_str_eq(proc_cgroup(cgroups, root.st_ino), "/");
	if (mkdtemp(path) && stat(path, &st) == 0) {
		name = strrchr(path, '/');
		cr_expect_str_eq(proc_cgroup(cgroups, st.st_ino), name);
		rmdir(path);
		cr_expect_str_eq(proc_cgroup(cgroups, st.st_ino), name, "as it was remembered");
	}
	cr_expect_null(proc_cgroup(cgroups, UINT64_MAX));
	proc_cgroups_free(cgroups);
}
