/* SPDX-License-Identifier: Apache-2.0 */
/* From paths to a generation in force. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bailiff/base.h"
#include "bailiff/probe.h"
#include "room.h"

/* One load under way. */
struct job {
	const struct load_options *options;
	struct diag *diag;
	struct lsm *lsm;
	struct ruleset previous;		   /* in force; no blocks: none that can be read */
	struct ruleset_before policies[BL_PLACES]; /* of it */
	size_t n_policies;
	uint32_t before, next;
	uint64_t busy;
	struct members set, fallback;
	struct trial *trial;
	struct load_result result;
};

static void tell(const struct job *job, const char *doing)
{
	if (job->options->progress)
		job->options->progress(job->options->context, doing);
}

static void job_clear(struct job *job)
{
	trial_free(job->trial);
	members_clear(&job->set);
	members_clear(&job->fallback);
	ruleset_clear(&job->previous);
	lsm_close(job->lsm);
}

/* Opens what is loaded, or loads the programs, and looks at what is in force. */
static int take(struct job *job)
{
	struct lsm_options options = job->options->lsm;
	int r;

	if (!job->options->n_paths)
		options.take = LSM_ADOPT;
	options.probed = true;
	tell(job, lsm_is_there(options.pins) ? "taking what is loaded"
					     : "having the kernel check the programs");
	r = lsm_take(&options, job->diag, &job->lsm, &job->result.replaced);
	if (r == 0)
		r = trial_check(job->diag);
	if (r < 0)
		return r;
	r = lsm_busy(job->lsm, &job->busy);
	if (r < 0) {
		diag_system(job->diag, -r, "read", "the labels of tasks", NULL);
		return r;
	}
	job->next = lsm_next(job->lsm);
	job->n_policies = lsm_before(job->lsm, job->policies);
	r = lsm_image(job->lsm, &job->before, &job->previous);
	if (r == -ENOENT) { /* nothing, or of a version that can't be read here */
		job->before = job->next - 1;
		r = 0;
	}
	if (r < 0)
		diag_system(job->diag, -r, "read", "the rules in force", NULL);
	return r;
}

/* What `mode` has changed since holds for what is kept. */
static void keep_modes(const struct job *job, struct members *members)
{
	uint64_t live = lsm_audit(job->lsm);
	const struct member *member;
	struct ruleset_policy was;
	size_t i;

	for (i = 0; job->previous.blocks && ruleset_policy(&job->previous, i, &was) == 0; i++) {
		member = members_find(members, was.name);
		if (member && !member->files && was.places)
			member->policy->audit = (live & was.places) == was.places;
	}
}

static bool is_dropped(const struct load_options *options, const char *name)
{
	size_t i;

	for (i = 0; i < options->n_drop; i++)
		if (strcmp(options->drop[i], name) == 0)
			return true;
	return false;
}

/* All that is in force must be accounted for: a policy whose copy is lost would vanish unasked. */
static int check_kept(const struct job *job)
{
	const char *name;
	int r = 0;
	size_t i;

	for (i = 0; i < job->n_policies; i++) {
		name = job->policies[i].name;
		if (is_dropped(job->options, name) || members_find(&job->set, name))
			continue;
		diag_error(job->diag, NULL,
			   "policy %s is loaded, but the copy of it below " STORE
			   " is gone; name its file too, or unload it",
			   name);
		r = -EINVAL;
	}
	return r;
}

static bool is_loaded(const struct job *job, const char *name)
{
	size_t i;

	for (i = 0; i < job->n_policies; i++)
		if (strcmp(job->policies[i].name, name) == 0)
			return true;
	return false;
}

static int check_dropped(const struct job *job)
{
	int r = 0;
	size_t i;

	for (i = 0; i < job->options->n_drop; i++) {
		if (is_loaded(job, job->options->drop[i]))
			continue;
		diag_error(job->diag, NULL,
			   "no policy named %s is loaded; `bailiff status` lists those that are",
			   job->options->drop[i]);
		r = -EINVAL;
	}
	return r;
}

static int gather(struct job *job)
{
	int r = check_dropped(job);

	if (r == 0)
		r = copies_read(job->before, job->options->drop, job->options->n_drop, &job->set,
				job->diag);
	if (r == 0)
		r = check_kept(job);
	if (r == 0)
		keep_modes(job, &job->set);
	members_sort(&job->set);
	return r;
}

/* All that is in force must be there to go back to. */
static int check_fallback(const struct job *job)
{
	int r = 0;
	size_t i;

	for (i = 0; i < job->n_policies; i++) {
		if (members_find(&job->fallback, job->policies[i].name))
			continue;
		diag_error(job->diag, NULL,
			   "the copy of policy %s below " STORE
			   " is gone, so there is no way back to it; load without --try",
			   job->policies[i].name);
		r = -EINVAL;
	}
	return r;
}

/* The set that is in force now, ready to come back after the new one. */
static int prepare_fallback(struct job *job)
{
	const struct bl_header *h = (const struct bl_header *)job->set.image.blocks;
	struct load_trial what = {
		.generation = job->next,
		.before = job->before,
		.until = time(NULL) + job->options->try_seconds,
	};
	const struct place_of last = {.image = &job->set.image, .busy = job->busy | h->policies};
	int r = 0;

	if (job->before)
		r = copies_read(job->before, NULL, 0, &job->fallback, job->diag);
	if (r == 0)
		r = check_fallback(job);
	if (r == 0 && job->fallback.n) {
		keep_modes(job, &job->fallback);
		members_sort(&job->fallback);
		r = set_compile(&job->fallback, &last, NULL);
		if (r == 0)
			r = copies_write(job->next + 1, job->before, &job->fallback, job->diag);
		if (r < 0)
			diag_system(job->diag, -r, "prepare", "the way back", NULL);
	}
	if (r == 0)
		r = trial_start(job->lsm, &job->fallback, &what, job->diag, &job->trial);
	return r;
}

static int publish(struct job *job)
{
	const struct place_of last = {
		.image = job->previous.blocks ? &job->previous : NULL,
		.before = job->policies,
		.n_before = job->n_policies,
		.busy = job->busy,
	};
	const struct bl_header *h;
	int r;

	/* What was compiled for an empty kernel is good where it still is empty. */
	if (!job->set.image.blocks || job->n_policies || job->busy) {
		tell(job, "compiling");
		ruleset_clear(&job->set.image);
		r = set_compile(&job->set, &last, job->diag);
		if (r < 0)
			return r;
	}
	h = (const struct bl_header *)job->set.image.blocks;
	job->result.n_policies = (unsigned)job->set.n;
	job->result.n_rules = h->n_rules;
	job->result.image_bytes = (uint64_t)job->set.image.n_blocks * BL_BLOCK;
	r = copies_write(job->next, job->before, &job->set, job->diag);
	if (r == 0 && job->options->try_seconds)
		r = prepare_fallback(job);
	tell(job, "publishing");
	if (r == 0)
		r = lsm_publish(job->lsm, &job->set.image, job->diag, &job->result.generation);
	if (r < 0) {
		copies_forget(job->before, 0);
		return r;
	}
	if (job->trial)
		r = trial_go(job->trial, job->diag, &job->result.keeper);
	copies_forget(job->next, job->trial ? job->next + 1 : 0);
	return r;
}

static int unload(struct job *job)
{
	int r = lsm_unload(job->lsm, job->diag);

	copies_forget(0, 0);
	return r;
}

static int compile_first(struct job *job)
{
	const struct place_of nothing = {.image = NULL};

	tell(job, "compiling");
	members_sort(&job->set);
	return set_compile(&job->set, &nothing, job->diag);
}

static int apply(struct job *job)
{
	int r = 0;

	tell(job, "reading the policies");
	r = set_read(job->options, &job->set, job->diag);
	if (r < 0)
		return r;
	if (job->options->n_paths && !lsm_is_there(job->options->lsm.pins))
		r = probe_kernel(job->diag);
	if (r == 0 && job->set.n)
		r = set_probe(&job->set, job->diag);
	/* Mistakes are told before the kernel is kept busy with the programs. */
	if (r == 0 && job->set.n && !lsm_is_there(job->options->lsm.pins))
		r = compile_first(job);
	if (r == 0)
		r = take(job);
	if (r == 0)
		r = gather(job);
	if (r < 0)
		return r;
	job->result.before = job->before;
	r = job->set.n ? publish(job) : unload(job);
	if (r == 0 && job->options->lock)
		lsm_seal(job->lsm);
	return r;
}

int load_apply(const struct load_options *options, struct diag *diag,
	       struct load_result *ret_result)
{
	struct job *job = calloc(1, sizeof(*job));
	int r;

	if (!job)
		return -ENOMEM;
	job->options = options;
	job->diag = diag;
	r = apply(job);
	if (r == 0)
		*ret_result = job->result;
	job_clear(job);
	free(job);
	return r;
}

int load_clear(const char *pins, struct diag *diag)
{
	struct lsm_options options = {.take = LSM_ANY, .pins = pins};
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	bool replaced;
	int r = lsm_take(&options, diag, &lsm, &replaced);

	if (r < 0)
		return r;
	trial_cancel();
	r = lsm_unload(lsm, diag);
	copies_forget(0, 0);
	return r;
}
