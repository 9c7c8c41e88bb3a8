/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attempts: what a governed task tries in a guest, and what has to come of it. Each attempt runs in a
 * child of its own in the cgroup /governed; what it returns, and what of it is in the ring, has to be
 * what its row says. One line is printed for each: PASS or FAIL.
 */
#ifndef LAB_ATTEMPTS_H
#define LAB_ATTEMPTS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bailiff/abi.h"
#include "bailiff/lsm.h"
#include "bailiff/policy.h"

enum outcome {
	ALLOWED = 1, /* succeeds, and nothing is told */
	DENIED,	     /* fails as the row says, and is told once */
	QUIET,	     /* fails, and nothing is told */
	AUDITED,     /* succeeds, and is told once */
	WOULD,	     /* succeeds, and is told as would-deny */
};

#define ANY (-1)

struct attempt {
	const char *name;
	int (*make)(void); /* 0, or an errno; ENOTSUP: the kernel has no such thing */
	enum outcome outcome;
	int op;	     /* BL_OP_* of the record */
	long object; /* its object; ANY */
	int error;   /* of DENIED and QUIET; 0: EPERM; ANY: kernels differ */
};

struct told {
	pid_t pid;		     /* whose records count */
	const struct attempt *wants; /* of which `wanted` have the operation and object */
	int n, denied, would, audited, wanted, syscalls, escapes, op;
	uint64_t object;
};

static struct ring_buffer *ring;
static struct told told;
static struct diag *diag;
static struct lsm *lsm;
static const char *cgroup = "/sys/fs/cgroup/governed";
static int failures;

static void say(int good, const char *name, const char *why, ...)
{
	va_list args;

	printf("%s %s", good ? "PASS" : "FAIL", name);
	if (!good) {
		printf(": ");
		va_start(args, why);
		vprintf(why, args);
		va_end(args);
		failures++;
	}
	printf("\n");
	fflush(stdout);
}

static int hear(void *context, void *data, size_t size)
{
	const struct bl_record *r = data;

	(void)context;
	if (size < sizeof(*r) || (pid_t)r->tgid != told.pid)
		return 0;
	told.n++;
	told.syscalls += r->op == BL_OP_SYSCALL;
	told.escapes += r->op == BL_OP_ESCAPE;
	told.wanted += r->op == told.wants->op &&
		       (told.wants->object == ANY || (uint64_t)told.wants->object == r->object);
	told.op = r->op;
	told.object = r->object;
	told.denied += r->verdict == BL_DENIED || r->verdict == BL_KILLED;
	told.would += r->verdict == BL_WOULD_DENY;
	told.audited += r->verdict == BL_AUDITED;
	return 0;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n < 0 ? -errno : 0;
}

static int join(const char *group)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	return write_text(path, "0");
}

/* Publishes a policy in the place of what is loaded. */
static void publish(const char *path)
{
	struct ruleset_options options = {.partial = false};
	struct lsm_options take = {.pins = NULL};
	struct policy *policy = NULL;
	struct ruleset set, now;
	uint32_t generation;
	bool replaced;
	int r;

	(void)getrandom(options.key, sizeof(options.key), 0);
	r = policy_read(path, diag, &policy);
	if (r == 0 && !lsm)
		r = lsm_take(&take, diag, &lsm, &replaced);
	if (r == 0 && lsm_image(lsm, &generation, &now) == 0)
		options.previous = &now;
	if (r == 0)
		r = ruleset_compile((const struct policy *const *)&policy, 1, &options, diag, &set);
	if (r == 0)
		r = lsm_publish(lsm, &set, diag, NULL);
	if (r == 0 && !ring) {
		int fd = bpf_obj_get(LSM_PINS "/now/map_ring");

		ring = fd < 0 ? NULL : ring_buffer__new(fd, hear, NULL, NULL);
		r = ring ? 0 : -errno;
	}
	if (r < 0) {
		say(0, path, "not loaded: %s", strerror(-r));
		diag_print(diag, stdout);
		exit(1);
	}
	policy_free(policy);
}

/* Runs one in a child: what it returned. */
static int run_attempt(const struct attempt *a, const char *group)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		/* 255: the attempt could not even begin */
		_exit(group && join(group) < 0 ? 255 : a->make());
	}
	told = (struct told){.pid = pid, .wants = a};
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 255;
	ring_buffer__consume(ring);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void judge_attempt(const struct attempt *a, int result)
{
	int error = a->outcome == DENIED || a->outcome == QUIET ? (a->error ? a->error : EPERM) : 0;
	int n = a->outcome != ALLOWED && a->outcome != QUIET;

	if (result == ENOTSUP) {
		printf("SKIP %s: this kernel has no such thing\n", a->name);
		return;
	}
	if (error == ANY && result > 0 && result < 200)
		error = result;
	say(result == error && told.n == n && told.denied == (a->outcome == DENIED) &&
		    told.would == (a->outcome == WOULD) &&
		    told.audited == (a->outcome == AUDITED) &&
		    (!n || (told.op == a->op &&
			    (a->object == ANY || (uint64_t)a->object == told.object))),
	    a->name,
	    "errno %d, not %d; %d records (%d denied, %d would, %d audited), the last of op %d, "
	    "object %#llx",
	    result, error, told.n, told.denied, told.would, told.audited, told.op,
	    (unsigned long long)told.object);
}

static void run_attempts(const struct attempt *a, size_t n)
{
	for (; n; n--, a++)
		judge_attempt(a, run_attempt(a, cgroup));
}
/*
 * What a table says is denied, under policies that audit it, let it through by their mode, or do not speak
 * of it. A call may ask more than once then, and the kernel may still refuse it for reasons of its own.
 * Each in a mount namespace of its own, for now it succeeds.
 */
static const struct attempt *own;
static int make_own(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    join(cgroup) < 0)
		return 255;
	return own->make();
}

static inline void run_as(const char *prefix, const struct attempt *a, size_t n,
			  enum outcome outcome)
{
	char name[128];
	int result, good;

	for (; n; n--, a++) {
		struct attempt wrapped = *a;

		if (a->outcome != DENIED || a->op == BL_OP_ESCAPE)
			continue;
		own = a;
		wrapped.make = make_own;
		if (a->op == BL_OP_CAPABILITY) /* the first that is denied, or that is asked for */
			wrapped.object = ANY;
		result = run_attempt(&wrapped, NULL);
		if (result == ENOTSUP)
			continue; /* it has been said */
		snprintf(name, sizeof(name), "%s_%s", prefix, a->name);
		if (outcome == ALLOWED)
			good = !told.wanted;
		else
			good = told.wanted && told.denied <= told.escapes &&
			       (outcome == WOULD ? told.would : told.audited) >= told.wanted;
		say(good && result != 255, name,
		    "%d; %d records (%d denied, %d would, %d audited), %d as wanted", result,
		    told.n, told.denied, told.would, told.audited, told.wanted);
	}
}
#define RUN_AS(prefix, table, outcome)                                                             \
	run_as(prefix, table, sizeof(table) / sizeof((table)[0]), outcome)

#define RUN(table) run_attempts(table, sizeof(table) / sizeof((table)[0]))

/* The guest as it has to be. */
static void prepare(void)
{
	if (diag_new(&diag) < 0)
		exit(2);
	libbpf_set_print(NULL);
	mkdir("/sys/fs/cgroup/governed", 0755);
	mkdir("/tmp", 0777);
}

/* The status. Children that have not ended yet still have the lock, and the next program takes it. */
static int finish(void)
{
	lsm_rest(lsm);
	return failures != 0;
}

/* 0, or errno: what an attempt returns. */
static inline int outcome_of(long r)
{
	return r < 0 ? errno : 0;
}

#endif
