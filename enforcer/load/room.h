/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of load/ share. */
#ifndef LOAD_ROOM_H
#define LOAD_ROOM_H

#include "bailiff/load.h"

#define STORE LSM_RUN "/loaded"
#define TRIAL LSM_RUN "/trial"

/* A policy of the set. */
struct member {
	struct policy *policy;
	struct policy_files *files; /* NULL: kept, and its copy is the one of the last generation */
	bool partial;
};

#define MAX_MEMBERS 64

struct members {
	struct member member[MAX_MEMBERS];
	size_t n;
	struct ruleset image;
};
void members_clear(struct members *members);
void members_sort(struct members *members); /* the order in which they were named is no matter */
const struct member *members_find(const struct members *members, const char *name);

/* copies.c: copies, by generation. */
/* Makes the directory of a generation anew, with all members; those that were kept come from `from`. */
int copies_write(uint32_t generation, uint32_t from, const struct members *members,
		 struct diag *diag);
/* Adds what a generation holds, but for names in `without` (and in `members` already). */
int copies_read(uint32_t generation, const char *const *without, size_t n_without,
		struct members *members, struct diag *diag);
/* Removes all generations but these (0: none). */
void copies_forget(uint32_t keep, uint32_t keep_too);

/* set.c: policies, read, checked and compiled. */
int set_read(const struct load_options *options, struct members *members, struct diag *diag);
/* Can this kernel hold them? */
int set_probe(const struct members *members, struct diag *diag);
/* What the set takes the place of: its bits are kept by name. */
struct place_of {
	const struct ruleset
		*image; /* NULL: it can't be read, and `before` says of it what matters */
	const struct ruleset_before *before;
	size_t n_before;
	uint64_t busy; /* bits that tasks carry */
};
int set_compile(struct members *members, const struct place_of *last, struct diag *diag);

/* trial.c */
struct trial;
/* Starts the process that goes back to `fallback` (without members: unloads), before anything is
 * published. It waits for trial_go(); where that does not come before trial_free(), it ends. */
int trial_start(struct lsm *lsm, const struct members *fallback, const struct load_trial *what,
		struct diag *diag, struct trial **ret_trial);
/* It is published. -ECHILD: the process is gone, and nothing will go back. */
int trial_go(struct trial *trial, struct diag *diag, pid_t *ret_keeper);
void trial_free(struct trial *trial);
/* -EBUSY, with the reason in diag, while a load is on trial. */
int trial_check(struct diag *diag);
void trial_cancel(void);

#endif
