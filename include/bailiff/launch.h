/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch: starts a program under a policy, and supervises it where there is something to answer or
 * to tell. What fails before the program runs leaves nothing started.
 *
 * How. A child that shares memory and descriptors with us (as vfork's does) becomes what the policy
 * says: groups and user, capabilities, no_new_privs, and last the filter, whose listener thereby is
 * in our table too. Its one system call after that is the execve, which gives the program a table
 * of its own without the listener. Where the policy does not plainly allow execve, the filter opens
 * for this one by a nonce (filter_with_gate).
 *
 * With nothing to supervise there is no child: bailiff itself becomes the program.
 *
 * The supervisor answers each notified call with what policy_decide() says, and then tells of it.
 * It forwards signals, but not those that a terminal has already sent to the whole group, adopts
 * and reaps orphans, and ends with the program's status. Descendants that are left and still hold
 * the filter keep a reporter of their own in the background, until the last of them is gone; where
 * bailiff is PID 1 they die with it.
 *
 * What it does not protect: who may kill the supervisor can do so (a program under the same user).
 * Then every notified call gets ENOSYS from the kernel, and calls that are waiting too: denials
 * stand, in audit mode as well. Nobody without CAP_SYS_PTRACE can trace it or reach its descriptors
 * (it is not dumpable).
 *
 * The supervisor takes less than 4 MiB of its own, whatever the program does; the pages of its program and
 * libraries, SQLite's once a violation is stored, come on top.
 */
#ifndef BAILIFF_LAUNCH_H
#define BAILIFF_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bailiff/diag.h"
#include "bailiff/event.h"
#include "bailiff/filter.h"
#include "bailiff/landlock.h"
#include "bailiff/policy.h"
#include "bailiff/sink.h"

/* Who the program shall be. */
struct launch_user {
	bool set;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* malloc'ed; supplementary */
	size_t n_groups;
};

/*
 * UID, NAME, UID:GID, NAME:GROUP and so on, by /etc/passwd and /etc/group alone. Without a group it
 * is the user's own, with the supplementary ones; a UID that /etc/passwd does not know needs one.
 * -EINVAL with the reason in diag.
 */
int launch_user_parse(const char *text, struct diag *diag, struct launch_user *ret_user);
void launch_user_clear(struct launch_user *user);

struct launch_plan {
	const struct policy *policy;
	const struct filter *filter; /* compiled for `mode`, and proved; NULL: none is wanted */
	struct filter_mode mode;
	bool drop_caps; /* cut every capability set to policy->caps_allowed */
	/* Compiled for this kernel, and without lacks that nobody agreed to; NULL: none is wanted. It is put on
	 * before the filter, which need not allow Landlock's calls. Lent; steps are made in it. */
	struct landlock *landlock;
	/* Loaded before the others, and telling nothing; NULL: nothing is. It denies neither seccomp nor execve. */
	const struct filter *before;
	struct launch_user user;
	char *const *argv; /* argv[0] is looked up in PATH of envp, as execvp does */
	char *const *envp;
	/* One write(2) to standard error, by a command, when the program can't be executed although the
	 * filter is in force already. */
	void (*last_words)(const char *text, size_t length);
	/* What the program-to-be says to the service before its filter is on: a line to `ask_socket`, to
	 * which the answer begins with "ok". Anything else, and nothing is started. NULL: nothing. */
	const char *ask, *ask_socket;
	/* The kernel logs what `filter` refuses, for the service to tell; what is refused quietly is in
	 * `quiet` then (NULL: nothing is). Goes with an unsupervised mode. */
	bool log;
	const struct filter *quiet;
	const char *report; /* as sink_open(); "none" goes with an unsupervised mode */
	/* Where violations are stored, too: NULL is the default place (store.h), opened at the first one, and
	 * gone without if it can't be; "none"; else a file, and nothing is started if it can't be opened. */
	const char *store;
	struct sink_rotation rotation; /* of a report that is a file; bytes 0: none */
	const char *metrics; /* as metrics_listen(), for as long as the program runs; NULL: none */
	bool summary; /* at the end in any case; else only where reports go to standard error */
	const struct event_partial *partials; /* told in the report before anything else */
	size_t n_partials;
};

/*
 * Starts, supervises, and returns 0 with the program's exit status (128 + n for a signal), in
 * *ret_status, when the report is complete. Does not return where there is nothing to supervise:
 * bailiff is gone then.
 *
 * Negative: nothing was started, and diag says why; *ret_status is then written too: 125, or 126
 * (it can't be executed), or 127 (not found).
 */
int launch_run(const struct launch_plan *plan, struct diag *diag, int *ret_status);

/* What a walk through the file system finds that a user should know. */
struct confine_report {
	/* The entries of a directory are granted one by one: what is made in it later is not, and nothing can be
	 * made, removed or renamed in it. */
	void (*listed)(void *context, const char *path);
	/* The same of one that this user may not list: what the policy has no name for is not granted. */
	void (*unlisted)(void *context, const char *path);
	void *context;
};
/*
 * The ruleset as it would be put on, as a descriptor; -1 where nothing is wanted. Each thing that can't be
 * granted as the policy says is an error in diag. `report` may be NULL; the descriptor is the caller's.
 */
int confine_prepare(struct landlock *landlock, const struct policy *policy, bool scope_signals,
		    struct confine_report *report, struct diag *diag, int *ret_ruleset);

/* Can what Landlock of this ABI denies be reported here? -errno: no, and why, as the rest of a sentence. */
#define LAUNCH_WHY 160
int launch_hears_landlock(unsigned abi, char ret_why[LAUNCH_WHY]);

/* Is bailiff allowed to load a filter without no_new_privs (CAP_SYS_ADMIN, effective)? */
bool launch_may_keep_privileges(void);

#endif
