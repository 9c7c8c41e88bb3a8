/* SPDX-License-Identifier: Apache-2.0 */
/* bailiff check: is a policy right, what does it leave open, and what of it can be held here? */
#include <errno.h>
#include <string.h>

#include "bailiff/launch.h"
#include "bailiff/load.h"
#include "bailiff/probe.h"
#include "commands.h"

struct check {
	enum { PLANE_NONE, PLANE_RUN, PLANE_LOAD } plane;
	bool asked;   /* by --abi */
	unsigned abi; /* of Landlock */
	bool told;    /* what holds for the machine, whatever the policy */
};

static void print_summary(const struct policy *policy)
{
	const struct policy_rule *rule;
	size_t counts[LIST_IMPLIED + 1] = {0};
	uint32_t i;

	for (i = 0; i < policy->n_rules; i++) {
		rule = &policy->rules[i];
		if (rule->list <= LIST_IMPLIED)
			counts[rule->list]++;
	}
	printf("%s: policy %s is right: %zu allow, %zu deny, %zu audit; mode %s\n", policy->path,
	       policy->name, counts[LIST_ALLOW], counts[LIST_DENY], counts[LIST_AUDIT],
	       policy->audit ? "audit" : "enforce");
}

static void print_plane(const struct policy *policy, const struct check *check, size_t lacking)
{
	char with[48] = "";

	if (check->plane == PLANE_RUN && check->abi)
		snprintf(with, sizeof(with), " with Landlock ABI %u", check->abi);
	else if (check->plane == PLANE_RUN)
		snprintf(with, sizeof(with), " without Landlock");
	printf("%s: `%s`%s %s", policy->path, check->plane == PLANE_RUN ? "run" : "load", with,
	       lacking ? "can't hold all of it" : "holds all of it\n");
	if (lacking)
		printf(": %zu error%s\n", lacking, lacking == 1 ? "" : "s");
}

/* Right as a policy, and yet nothing that `run` would start with, whatever the kernel. */
static int note_unenforced(const struct policy *policy, struct diag *diag)
{
	CLEANUP(landlock_freep) struct landlock *landlock = NULL;
	const char *reason;
	size_t n = 0;
	int r;

	for (uint32_t i = 0; i < policy->n_rules; i++) {
		reason = command_unenforced_reason(policy, i);
		if (reason)
			diag_note(diag, &policy->rules[i].pos,
				  "%s: %s, and refuses the policy without --partial",
				  policy_class_name(policy->rules[i].class), reason);
	}
	if (policy->scope.present && !policy->scope.launched)
		return 0;
	r = command_landlock(policy, LANDLOCK_ABI_NEWEST, policy->audit, false, NULL, &landlock);
	if (r == -ENOMEM)
		return r;
	if (r == 0)
		(void)landlock_lacks(landlock, &n);
	if (r < 0 || n)
		diag_note(
			diag, &(struct diag_pos){.file = policy->path},
			"not all of it can be held by `run`: `bailiff check --plane run` says what "
			"and why");
	return 0;
}

/* --- What `run` holds ------------------------------------------------------------------------------- */

struct directories {
	const struct policy *policy;
	struct diag *diag;
	size_t n; /* that were told of, or passed over */
};

#define MAX_TOLD 16u /* a wildcard may be about very many */

static bool tells(struct directories *d)
{
	return d->n++ < MAX_TOLD;
}

static void note_listed(void *context, const char *path)
{
	struct directories *d = context;

	if (!tells(d))
		return;
	diag_note(d->diag, &(struct diag_pos){.file = d->policy->path},
		  "of %s the entries that are there at the start are granted one by one: what is "
		  "made in it later is not, and nothing can be made, deleted or renamed in it",
		  path);
}

static void note_unlisted(void *context, const char *path)
{
	struct directories *d = context;

	if (!tells(d))
		return;
	diag_note(d->diag, &(struct diag_pos){.file = d->policy->path},
		  "%s may not be listed by this user: of its entries, which would be granted one "
		  "by one, only those are that the policy names",
		  path);
}

/* The file system as it is here: which directories are granted in part, and what can't be granted. */
static int try_grants(const struct policy *policy, struct landlock *landlock, struct diag *diag)
{
	struct directories directories = {policy, diag, 0};
	struct confine_report report = {note_listed, note_unlisted, &directories};
	CLEANUP(close_fd) int ruleset = -1;
	int r = confine_prepare(landlock, policy, false, &report, diag, &ruleset);

	if (directories.n > MAX_TOLD)
		diag_note(diag, &(struct diag_pos){.file = policy->path},
			  "%zu more directories are such", directories.n - MAX_TOLD);
	return r;
}

static int hold_run(const struct policy *policy, const struct check *check, struct diag *diag,
		    size_t *ret_lacking)
{
	CLEANUP(landlock_freep) struct landlock *landlock = NULL;
	size_t before = diag_errors(diag);
	struct landlock_handled handled;
	struct probe_run run;
	char why[LAUNCH_WHY];
	int r = command_landlock(policy, check->abi, policy->audit, true, diag, &landlock);

	if (r == 0) {
		(void)command_lacks(policy, landlock, diag);
		probe_run(&run);
		handled = landlock_handled(landlock);
		/* A ruleset for another kernel can't be made on this one. */
		if ((handled.fs || handled.net || handled.scoped) && check->abi <= run.abi) {
			r = try_grants(policy, landlock, diag);
			if (!check->asked && launch_hears_landlock(run.abi, why) < 0)
				diag_note(diag, &(struct diag_pos){.file = policy->path},
					  "what Landlock denies is not reported here: %s", why);
		}
	}
	*ret_lacking = diag_errors(diag) - before;
	return *ret_lacking ? 0 : r;
}

/* --- What `load` holds ------------------------------------------------------------------------------ */

/* What is in the way of every policy. That this process may not load is nothing about the kernel. */
static size_t machine_lacks(struct check *check, struct diag *diag)
{
	struct probe_fact facts[PROBE_FACTS];
	size_t i, n = 0;

	if (check->told)
		return 0;
	check->told = true;
	probe_facts(facts);
	for (i = 0; i < PROBE_FACTS; i++) {
		if (facts[i].error != -ENOSYS)
			continue;
		diag_error(diag, NULL, "%s; %s", facts[i].found, facts[i].next);
		n++;
	}
	return n;
}

static int hold_load(const struct policy *policy, struct check *check, struct diag *diag,
		     size_t *ret_lacking)
{
	CLEANUP(probe_freep) struct probe *probe = NULL;
	size_t before = diag_errors(diag);
	uint64_t hash;
	int r;

	(void)machine_lacks(check, diag);
	(void)probe_new(NULL, &probe); /* what it lacks has been told */
	r = probe ? probe_missing(probe, policy, false, diag, NULL) : 0;
	if (r == 0 || r == -EOPNOTSUPP)
		r = load_hash(policy, diag, &hash);
	*ret_lacking = diag_errors(diag) - before;
	return *ret_lacking ? 0 : r;
}

/* --- A file ----------------------------------------------------------------------------------------- */

static int check_filter(const struct policy *policy, struct diag *diag)
{
	CLEANUP(filter_freep) struct filter *filter = NULL;
	struct filter_mode mode = {.supervised = true, .audit = policy->audit};
	struct filter_proof proof;
	int r;

	if (!policy_wants_filter(policy))
		return 0;
	r = filter_compile(policy, &mode, diag, &filter);
	return r < 0 ? r : filter_prove(filter->code, filter->length, policy, &mode, diag, &proof);
}

/* One file. Its filter is compiled and proved too: what `check` calls right, `run` can start. */
static int check_file(const char *path, struct check *check)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = NULL;
	size_t lacking = 0;
	int r = diag_new(&diag);

	if (r < 0)
		return command_status(r);
	r = policy_read(path, diag, &policy);
	if (r == 0) {
		policy_review(policy, diag);
		r = check->plane == PLANE_NONE ? note_unenforced(policy, diag) : 0;
	}
	if (r == 0)
		r = check_filter(policy, diag);
	if (r == 0 && check->plane == PLANE_RUN)
		r = hold_run(policy, check, diag, &lacking);
	else if (r == 0 && check->plane == PLANE_LOAD)
		r = hold_load(policy, check, diag, &lacking);
	diag_print(diag, stderr);
	if (r < 0)
		return command_status(r);
	print_summary(policy);
	if (check->plane != PLANE_NONE)
		print_plane(policy, check, lacking);
	return lacking ? EXIT_KERNEL : EXIT_DONE;
}

static bool read_options(const struct command *self, const struct command_input *input,
			 struct check *check)
{
	const char *plane = command_value(self, input, "plane"),
		   *abi = command_value(self, input, "abi"), *at = abi;
	uint64_t number = 0;

	if (plane && strcmp(plane, "run") != 0 && strcmp(plane, "load") != 0) {
		fprintf(stderr, "bailiff check: error: --plane is run or load, not %s\n", plane);
		return false;
	}
	if (plane)
		check->plane = strcmp(plane, "run") == 0 ? PLANE_RUN : PLANE_LOAD;
	if (abi && (!take_number(&at, 10, &number) || *at || number > 1000)) {
		fprintf(stderr,
			"bailiff check: error: --abi is a version of Landlock, from 1 on, or 0 for "
			"none, and not %s\n",
			abi);
		return false;
	}
	if (abi && check->plane != PLANE_RUN) {
		fputs("bailiff check: error: --abi goes with --plane run\n", stderr);
		return false;
	}
	check->asked = abi != NULL;
	check->abi = abi ? (unsigned)number : (unsigned)probe_landlock();
	return true;
}

static int run_check(const struct command *self, const struct command_input *input)
{
	struct check check = {.plane = PLANE_NONE};
	int i, status, worst = EXIT_DONE;

	if (!read_options(self, input, &check))
		return EXIT_USAGE;
	for (i = 0; i < input->argc; i++) {
		status = check_file(input->argv[i], &check);
		if (status > worst)
			worst = status;
	}
	return worst;
}

const struct command command_check = {
	.name = "check",
	.operands = "POLICY...",
	.summary = "say every mistake in a policy, then what it leaves open",
	.complete = "policy",
	.min_operands = 1,
	.max_operands = -1,
	.options =
		{
			{0, "plane", "PLANE",
			 "also say what run, or load, can't hold of it on this kernel", "run load"},
			{0, "abi", "N", "with --plane run: on a kernel with this ABI of Landlock",
			 NULL},
		},
	.run = run_check,
};
