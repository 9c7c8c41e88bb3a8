/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that asks to be governed by a policy of scope `launched`. It asks for itself alone, so
 * nobody is governed who does not want to be; what is checked is that it will stay so: with
 * no_new_privs, for else a program with more privileges than its own would run under a policy of its
 * choice, and with one thread, for else another might fork while it is labelled.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/proc.h"
#include "room.h"

#define REFUSE(...) (snprintf(reason, size, __VA_ARGS__), -EPERM)

/* The process of a pidfd; 0: it is gone. */
static pid_t pid_of(int pidfd)
{
	CLEANUP(close_file) FILE *f = NULL;
	char path[64], line[128];
	uint64_t pid = 0;
	const char *at;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		at = line;
		if (take_word(&at, "Pid:") && take_number(&at, 10, &pid)) /* -1: it has ended */
			break;
	}
	return pid <= INT32_MAX ? (pid_t)pid : 0;
}

static bool has_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	return poll(&end, 1, 0) != 0;
}

/* A number that stands behind a word at the start of a line. The kernel escapes newlines in the one
 * text there that is the task's own. */
static long number_after(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	return at ? strtol(at + strlen(word), NULL, 10) : -1;
}

/* *ret_start: when it was started, in clock ticks. */
static int check_process(pid_t pid, uid_t user, char *reason, size_t size, uint64_t *ret_start)
{
	CLEANUP(close_fd) int proc = proc_open();
	CLEANUP(close_fd) int task = proc_task(proc, pid);
	char status[PROC_BYTES];
	struct proc_stat stat;
	long uid, threads;

	if (task < 0 || !proc_stat(task, status, &stat) ||
	    !proc_text(task, "status", status, sizeof(status)))
		return REFUSE("the process is gone");
	uid = number_after(status, "\nUid:\t");
	threads = number_after(status, "\nThreads:\t");
	if (uid < 0 || (uid_t)uid != user)
		return REFUSE("the process has become another user");
	if (threads != 1)
		return REFUSE("the process has %ld threads; one is wanted", threads);
	if (number_after(status, "\nNoNewPrivs:\t") != 1)
		return REFUSE("the process does not have no_new_privs");
	*ret_start = stat.start;
	return 0;
}

/* The policy's bit in what is in force. */
static int find_policy(struct lsm *lsm, const char *name, uint64_t hash, char *reason, size_t size,
		       uint64_t *ret_bit, uint32_t *ret_generation)
{
	struct ruleset set = {.blocks = NULL};
	const struct bl_header *head;
	struct ruleset_policy policy;
	int r = lsm_image(lsm, ret_generation, &set);

	if (r < 0)
		return REFUSE("what is loaded can't be read: %s", strerror(-r));
	head = (const struct bl_header *)set.blocks;
	for (size_t i = 0; (r = ruleset_policy(&set, i, &policy)) == 0; i++)
		if (strcmp(policy.name, name) == 0)
			break;
	*ret_bit = r == 0 ? (uint64_t)1 << policy.bit : 0;
	if (r < 0)
		r = REFUSE("no policy %s is loaded", name);
	else if (!(head->launched & *ret_bit))
		r = REFUSE("the loaded policy %s has no scope `launched: true`", name);
	else if (policy.hash != hash)
		r = REFUSE("the loaded policy %s says something else than this one (another "
			   "version of it?)",
			   name);
	ruleset_clear(&set);
	return r;
}

void governor_clear(struct governor *governor)
{
	lsm_close(governor->lsm);
	*governor = (struct governor){.lsm = NULL};
}

void governor_refresh(struct governor *governor)
{
	if (governor->lsm && governor->identity != lsm_identity(NULL))
		governor_clear(governor);
}

/* Takes what is loaded, and nothing is loaded for this. */
static int take(struct governor *governor, char *reason, size_t size)
{
	struct lsm_options options = {.take = LSM_ADOPT};
	bool replaced = false;
	int r = governor->lsm ? lsm_resume(governor->lsm, NULL) : -ENOENT;

	if (r == -EBUSY)
		return REFUSE("what is loaded is being changed; try again");
	/* Whoever unloads or replaces it has the lock meanwhile. */
	if (r == 0 && governor->identity == lsm_identity(NULL) &&
	    lsm_present(governor->lsm, NULL) == 0)
		return 0;
	governor_clear(governor);
	if (!lsm_identity(NULL))
		return REFUSE("nothing is loaded");
	r = lsm_take(&options, NULL, &governor->lsm, &replaced);
	if (r < 0)
		return REFUSE("what is loaded can't be changed now: %s", strerror(-r));
	if (replaced) {
		governor_clear(governor);
		return REFUSE("what is loaded can't be changed now: it is another version's");
	}
	governor->identity = lsm_identity(NULL);
	return 0;
}

static int label(struct lsm *lsm, pid_t pid, uint64_t start, const char *name, uint64_t hash,
		 char *reason, size_t size, uint32_t *ret_generation)
{
	uint64_t bit = 0;
	int r = find_policy(lsm, name, hash, reason, size, &bit, ret_generation);

	if (r < 0)
		return r;
	r = lsm_label(lsm, pid, start, bit, 0, NULL);
	if (r == -EAGAIN)
		return REFUSE("it can't be labelled: its threads were others meanwhile, or the "
			      "service is not in the first PID namespace");
	return r < 0 ? REFUSE("it can't be labelled: %s", strerror(-r)) : 0;
}

int govern(struct governor *governor, int pidfd, uid_t user, const char *name, uint64_t hash,
	   char *reason, size_t size, uint32_t *ret_generation)
{
	pid_t pid = pid_of(pidfd);
	uint64_t start = 0;
	int r;

	if (!pid)
		return REFUSE("the process is gone");
	r = check_process(pid, user, reason, size, &start);
	if (r < 0)
		return r;
	/* While it lives its number is nobody else's; from here on it may be, and `start` tells. */
	if (has_ended(pidfd))
		return REFUSE("the process has ended");
	r = take(governor, reason, size);
	if (r < 0)
		return r;
	r = label(governor->lsm, pid, start, name, hash, reason, size, ret_generation);
	lsm_rest(governor->lsm);
	return r;
}
