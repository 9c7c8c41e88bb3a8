/* SPDX-License-Identifier: Apache-2.0 */
#include "bailiff/load.h"
#include "commands.h"

const char command_dropped_unaudited[] = "a capability that is dropped can't be audited";

const char *command_unenforced_reason(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r = &policy->rules[rule];

	switch (r->class) {
	case CLASS_CAPABILITIES:
		return r->action == ACTION_AUDIT
			       ? "a capability is dropped or kept, `run` can't tell of its use"
			       : NULL;
	default:
		return NULL;
	}
}

void command_tell_unenforced(const struct policy_rule *rule, const char *reason, bool partial,
			     struct diag *diag)
{
	const char *class = policy_class_name(rule->class);

	if (partial)
		diag_warning(diag, &rule->pos, "not enforced: %s: %s", class, reason);
	else
		diag_error(diag, &rule->pos,
			   "%s: %s; take the rule out, or go ahead without it with --partial",
			   class, reason);
}

size_t command_unenforced(const struct policy *policy, bool partial, struct diag *diag)
{
	const char *reason;
	size_t count = 0;
	uint32_t i;

	for (i = 0; i < policy->n_rules; i++) {
		reason = command_unenforced_reason(policy, i);
		if (!reason)
			continue;
		count++;
		command_tell_unenforced(&policy->rules[i], reason, partial, diag);
	}
	return count;
}

int command_landlock(const struct policy *policy, unsigned abi, bool audit, bool show,
		     struct diag *diag, struct landlock **ret_landlock)
{
	CLEANUP(load_machine_freep) struct load_machine *machine = NULL;
	struct landlock_options options = {
		.abi = abi, .audit = audit, .show = show, .resolve = load_resolve};
	int r = load_machine_new(&machine);

	options.context = machine;
	return r < 0 ? r : landlock_compile(policy, &options, diag, ret_landlock);
}

size_t command_lacks(const struct policy *policy, const struct landlock *landlock,
		     struct diag *diag)
{
	const struct landlock_lack *lacks;
	const struct policy_rule *rule;
	const char *reason;
	size_t n, i, count = 0;

	for (i = 0; i < policy->n_rules; i++) {
		reason = command_unenforced_reason(policy, (uint32_t)i);
		rule = &policy->rules[i];
		if (policy->audit && rule->class == CLASS_CAPABILITIES &&
		    rule->action > ACTION_AUDIT && rule->list != LIST_IMPLIED)
			reason = command_dropped_unaudited;
		if (reason)
			diag_error(diag, &rule->pos, "%s: %s", policy_class_name(rule->class),
				   reason);
		count += reason != NULL;
	}
	lacks = landlock_lacks(landlock, &n);
	for (i = 0; i < n; i++) {
		rule = &policy->rules[lacks[i].rule];
		diag_error(diag, &rule->pos, "%s: %s", policy_class_name(rule->class),
			   lacks[i].reason);
	}
	return count + n;
}
