/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

const char *command_unenforced_reason(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r = &policy->rules[rule];

	switch (r->class) {
	case CLASS_FILES:
	case CLASS_EXEC:
	case CLASS_NETWORK:
		/* An implied one is the filter's. */
		return r->action == ACTION_ALLOW || r->list == LIST_IMPLIED
			       ? NULL
			       : "`run` does not enforce this class yet";
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
