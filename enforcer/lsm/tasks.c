/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that are there already, and the lock of those who change what governs them. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bailiff/base.h"
#include "room.h"

#define LOCK	   LSM_RUN "/lock"
#define LOCK_TRIES 50
#define LOCK_WAIT  20 /* ms */
#define MAX_PASSES 1000

static int open_run(struct diag *diag, int *ret_fd)
{
	struct stat st;
	int fd;

	if (mkdir(LSM_RUN, 0755) < 0 && errno != EEXIST) {
		fd = -errno;
		diag_system(diag, -fd, "make the directory", LSM_RUN,
			    fd == -EACCES ? "only root may change what is loaded" : NULL);
		return fd;
	}
	fd = open(LSM_RUN, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0) {
		diag_system(diag, errno, "open", LSM_RUN, NULL);
		return -errno;
	}
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH)) {
		diag_error(
			diag, NULL,
			"%s is not this user's alone to write; only root may change what is loaded",
			LSM_RUN);
		close(fd);
		return -EPERM;
	}
	*ret_fd = fd;
	return 0;
}

static void tell_holder(int fd, struct diag *diag)
{
	char pid[32] = "";

	if (pread(fd, pid, sizeof(pid) - 1, 0) < 0)
		pid[0] = '\0';
	diag_error(diag, NULL,
		   "another bailiff%s%s is changing what is loaded; try again when it is done",
		   pid[0] ? ", process " : "", pid);
}

int tasks_relock(int fd, struct diag *diag)
{
	const struct timespec wait = {.tv_nsec = LOCK_WAIT * 1000000L};
	char pid[32];
	int i, n;

	for (i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if (errno != EWOULDBLOCK || i == LOCK_TRIES) {
			tell_holder(fd, diag);
			return -EBUSY;
		}
		nanosleep(&wait, NULL);
	}
	n = snprintf(pid, sizeof(pid), "%d", (int)getpid());
	/* For messages alone. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
	return 0;
}

int tasks_lock(struct diag *diag, int *ret_fd)
{
	CLEANUP(close_fd) int run = -1;
	int fd, r = open_run(diag, &run);

	if (r < 0)
		return r;
	fd = openat(run, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		diag_system(diag, errno, "open", LOCK, NULL);
		return -errno;
	}
	r = tasks_relock(fd, diag);
	if (r < 0) {
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int tasks_pass(const struct lsm *lsm, const char *program)
{
	int link = lsm_link_fd(lsm, program), fd;
	char nothing[64];
	ssize_t n;

	if (link < 0)
		return -ENOENT;
	fd = bpf_iter_create(link);
	if (fd < 0)
		return -errno;
	do {
		n = read(fd, nothing, sizeof(nothing));
	} while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

/* Passes over all tasks, until one finds nothing that the last one had not. */
static int pass_until_done(struct lsm *lsm, const char *program, struct diag *diag)
{
	int i, r;

	for (i = 0; i < MAX_PASSES; i++) {
		__atomic_store_n(&lsm->control->found, 0, __ATOMIC_SEQ_CST);
		r = tasks_pass(lsm, program);
		if (r < 0) {
			diag_system(diag, -r, "label", "the tasks", NULL);
			return r;
		}
		if (__atomic_load_n(&lsm->control->found, __ATOMIC_SEQ_CST) == 0)
			return 0;
	}
	diag_error(diag, NULL, "new tasks come faster than they can be labelled; try again");
	return -EAGAIN;
}

/* A task for whose label there is no room would be refused everything. */
static int check_room(struct lsm *lsm, struct diag *diag)
{
	uint64_t tasks = lsm->control->tasks;
	int r = tasks_pass(lsm, "count_tasks");

	if (r < 0) /* this kernel can't count them */
		return 0;
	tasks = __atomic_load_n(&lsm->control->tasks, __ATOMIC_SEQ_CST) - tasks;
	if (tasks < lsm->meta.max_tasks)
		return 0;
	diag_error(diag, NULL,
		   "there are %" PRIu64 " tasks (threads, too), and room for %u; say --tasks with "
		   "a larger number at the first load",
		   tasks, lsm->meta.max_tasks);
	return -ENOSPC;
}

int tasks_label(struct lsm *lsm, uint32_t generation, struct diag *diag)
{
	int r;

	__atomic_store_n(&lsm->control->preparing, generation, __ATOMIC_SEQ_CST);
	r = pass_until_done(lsm, "label_tasks", diag);
	return r < 0 ? r : check_room(lsm, diag);
}

/* Where this fails, `preparing` stays and the next to take the lock tries again. */
int tasks_forget(struct lsm *lsm, struct diag *diag)
{
	int r = pass_until_done(lsm, "forget_tasks", diag);

	if (r == 0)
		__atomic_store_n(&lsm->control->preparing, 0, __ATOMIC_SEQ_CST);
	return r;
}

/* --- One process -------------------------------------------------------------------------------- */

static uint64_t count_threads(pid_t tgid)
{
	char path[64];
	struct stat st;

	/* "." and "..", and a directory a thread. */
	snprintf(path, sizeof(path), "/proc/%d/task", (int)tgid);
	return stat(path, &st) < 0 || st.st_nlink < 2 ? 0 : (uint64_t)st.st_nlink - 2;
}

int lsm_label(struct lsm *lsm, pid_t tgid, uint64_t start, uint64_t policies, uint32_t flags,
	      struct diag *diag)
{
	struct bl_control *control = lsm->control;
	uint64_t found, threads;
	int r;

	if (lsm->lock < 0 || tgid <= 0)
		return -EBADF;
	control->launch_start = start;
	control->launch_member = policies;
	control->launch_flags = flags;
	__atomic_store_n(&control->found, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&control->launch_tgid, (uint32_t)tgid, __ATOMIC_SEQ_CST);
	r = tasks_pass(lsm, "label_launched");
	found = __atomic_load_n(&control->found, __ATOMIC_SEQ_CST);
	__atomic_store_n(&control->launch_tgid, 0, __ATOMIC_SEQ_CST);
	control->launch_member = control->launch_flags = 0;
	threads = count_threads(tgid);
	if (r == 0 && (!found || found != threads))
		r = threads ? -EAGAIN : -ESRCH;
	if (r < 0)
		diag_system(diag, -r, "label", "a process", NULL);
	return r;
}
