/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

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

/* Right as a policy, and yet nothing that `run` would start with. */
static void note_unenforced(const struct policy *policy, struct diag *diag)
{
	const char *reason;
	uint32_t i;

	for (i = 0; i < policy->n_rules; i++) {
		reason = command_unenforced_reason(policy, i);
		if (reason)
			diag_note(diag, &policy->rules[i].pos,
				  "%s: %s, and refuses the policy without --partial",
				  policy_class_name(policy->rules[i].class), reason);
	}
}

/* One file. Its filter is compiled and proved too: what `check` calls right, `run` can start. */
static int check_file(const char *path)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	CLEANUP(policy_freep) struct policy *policy = NULL;
	CLEANUP(filter_freep) struct filter *filter = NULL;
	struct filter_mode mode = {.supervised = true};
	struct filter_proof proof;
	int r = diag_new(&diag);

	if (r < 0)
		return command_status(r);
	r = policy_read(path, diag, &policy);
	if (r == 0) {
		mode.audit = policy->audit;
		policy_review(policy, diag);
		note_unenforced(policy, diag);
	}
	if (r == 0 && policy_wants_filter(policy)) {
		r = filter_compile(policy, &mode, diag, &filter);
		if (r == 0)
			r = filter_prove(filter->code, filter->length, policy, &mode, diag, &proof);
	}
	diag_print(diag, stderr);
	if (r == 0)
		print_summary(policy);
	return command_status(r);
}

static int run_check(const struct command *self, const struct command_input *input)
{
	int i, status, worst = EXIT_DONE;

	(void)self;
	for (i = 0; i < input->argc; i++) {
		status = check_file(input->argv[i]);
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
	.run = run_check,
};
