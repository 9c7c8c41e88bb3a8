/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trial: what guest programs that try things under loaded policies share. A trial is a child that gets
 * ready while nothing governs it, goes into a cgroup that a policy governs, and tries; what it returns
 * is an errno. Its parent goes there before it, so that it is not taken for a program that is being
 * started there (bpf/entry.h).
 */
#ifndef TRIAL_H
#define TRIAL_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../common/tiny.h"
#include "bailiff/lsm.h"
#include "bailiff/policy.h"

static struct diag *diag;
static struct lsm *lsm;
static int failures;

static inline void die(const char *what)
{
	printf("FAIL %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void result(bool good, const char *name, const char *why)
{
	if (good)
		printf("PASS %s\n", name);
	else
		printf("FAIL %s: %s\n", name, why);
	failures += !good;
	fflush(stdout);
}

static inline void write_text(const char *path, const char *text, size_t bytes, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, text, bytes) != (ssize_t)bytes)
		die(path);
	close(fd);
}

/* A trial's steps, as functions of the directory that it is tried in: what is got ready, and the try. */
static inline int code(long r)
{
	return r < 0 ? errno : 0;
}

#define READY(name, body)                                                                          \
	static int name(const char *dir)                                                           \
	{                                                                                          \
		(void)dir;                                                                         \
		body;                                                                              \
		return 0;                                                                          \
	}
#define TRY(name, expression)                                                                      \
	static int name(const char *dir)                                                           \
	{                                                                                          \
		(void)dir;                                                                         \
		return code(expression);                                                           \
	}

/* Policies from files, as the one generation there is. */
static inline void load(const char *const *paths, size_t n)
{
	struct policy *policies[8];
	struct ruleset_options options = {.partial = false};
	struct lsm_options lsm_options = {.pins = NULL};
	struct ruleset set;
	bool replaced;
	int r = 0;

	if (diag_new(&diag) < 0 || getrandom(options.key, sizeof(options.key), 0) < 0)
		die("load");
	for (size_t i = 0; i < n && r == 0; i++)
		r = policy_read(paths[i], diag, &policies[i]);
	if (r == 0)
		r = ruleset_compile((const struct policy *const *)policies, n, &options, diag,
				    &set);
	if (r == 0)
		r = lsm_take(&lsm_options, diag, &lsm, &replaced);
	if (r == 0)
		r = lsm_publish(lsm, &set, diag, NULL);
	if (r < 0) {
		diag_print(diag, stdout);
		errno = -r;
		die("load");
	}
}

static inline uint64_t counter(enum bl_counter which)
{
	struct lsm_status status;

	if (lsm_status(lsm, diag, &status) < 0)
		die("status");
	return status.counters[which];
}

static inline void enter(const char *cgroup)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(255);
	close(fd);
}

static inline void make_cgroup(const char *cgroup)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", cgroup);
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		die(path);
}

typedef int try_fn(const char *dir); /* 0 or errno */

/* Ends as its child does. */
static inline void trial_parent(const char *cgroup, const char *dir, try_fn *ready, try_fn *try)
{
	int status, go[2];
	char c;
	pid_t pid;

	if (pipe(go) != 0 || (pid = fork()) < 0)
		_exit(253);
	if (pid == 0) {
		alarm(60);
		if (chdir(dir) != 0 || (ready && ready(dir) != 0) || read(go[0], &c, 1) != 1 ||
		    close(go[0]) != 0 || close(go[1]) != 0)
			_exit(254);
		enter(cgroup);
		_exit(try(dir));
	}
	enter(cgroup);
	if (write(go[1], "x", 1) != 1 || waitpid(pid, &status, 0) != pid)
		_exit(253);
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

/* 0, an errno, or 1000 + the signal that ended it. */
static inline int trial(const char *cgroup, const char *dir, try_fn *ready, try_fn *try)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		trial_parent(cgroup, dir, ready, try);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("fork");
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level == 0 ? 0 : remove(path);
}

static inline void empty(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#endif
