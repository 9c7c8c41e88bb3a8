/* SPDX-License-Identifier: Apache-2.0 */
/*
 * load: the whole way of a load. The policies that are named are read, those that are loaded already
 * join them as they were when they were loaded, all are checked and compiled as one set, published as
 * one generation, and remembered.
 *
 * Remembered means: the text of each policy in force, with all that it includes, lies below
 * LSM_RUN/loaded/GENERATION/, a file a policy, root's alone. It is what the next load compiles again; a
 * file that has been changed on disk has no effect until it is loaded. The directory of a generation is
 * whole before that generation comes into force, so whichever is in force has its own.
 *
 * Errors: as in lsm.h; -EINVAL something is wrong with a policy, -EBUSY a load is on trial.
 */
#ifndef BAILIFF_LOAD_H
#define BAILIFF_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bailiff/diag.h"
#include "bailiff/lsm.h"

struct load_options {
	const char *const
		*paths; /* files or names (policy_read()): added, or in the place of those that
				     are called so */
	size_t n_paths;
	const char *const *drop; /* names of loaded policies that go */
	size_t n_drop;
	bool partial; /* go ahead without what this kernel can't hold, of `paths` */
	bool lock;    /* lsm_seal() */
	unsigned
		try_seconds; /* not 0: back to what was before, unless load_confirm() comes in time */
	struct lsm_options lsm;
	void (*progress)(void *context, const char *doing); /* may be NULL */
	void *context;
};

struct load_result {
	uint32_t generation; /* 0: nothing is loaded any more */
	uint32_t before;     /* the one that was in force; 0: none */
	unsigned n_policies;
	uint32_t n_rules;
	uint64_t image_bytes;
	bool replaced; /* programs of another build */
	pid_t keeper;  /* of the process that waits for the confirmation; 0: none */
};

/* Loads, or unloads where nothing is left. Warnings and notes are in diag even on success. */
int load_apply(const struct load_options *options, struct diag *diag,
	       struct load_result *ret_result);
/* Takes everything out, whatever version it is of; a trial is over. -ENOENT: nothing is loaded. */
int load_clear(const char *pins, struct diag *diag);

/* A load on trial. */
struct load_trial {
	uint32_t generation, before;
	int64_t until; /* CLOCK_REALTIME, seconds */
	bool alive;    /* the process that is to go back is there */
};
int load_trial(struct load_trial *ret_trial); /* -ENOENT: none */
/* -ENOENT: nothing is on trial (any more). */
int load_confirm(struct diag *diag, struct load_trial *ret_trial);

/* What a policy's hash would be once it is loaded (ruleset_policy.hash). */
int load_hash(const struct policy *policy, struct diag *diag, uint64_t *ret_hash);

/* The copy of a loaded policy, to be read, by whomever: opened (root's alone), and as a policy. The name
 * is one that a policy may have. */
int load_kept_open(uint32_t generation, const char *name);
int load_kept_read(int fd, struct policy **ret_policy);

/* What must be asked of this machine to compile, as ruleset_options has it. */
struct load_machine;
int load_machine_new(struct load_machine **ret_machine);
void load_machine_free(struct load_machine *machine);
void load_machine_freep(struct load_machine **machine);
int load_user(void *context, const char *name, uint32_t *ret_uid);
int load_resolve(void *context, const char *pattern, char **ret_path);

#endif
