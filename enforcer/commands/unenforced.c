/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

const char *command_unenforced_reason(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r = &policy->rules[rule];

	switch (r->class) {
	case CLASS_FILES:
	case CLASS_EXEC:
	case CLASS_NETWORK:
		return r->action == ACTION_ALLOW ? NULL : "`run` does not enforce this class yet";
	case CLASS_CAPABILITIES:
		return r->action == ACTION_AUDIT
			       ? "a capability is dropped or kept, `run` can't tell of its use"
			       : NULL;
	default:
		return NULL;
	}
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
		if (partial)
			diag_warning(diag, &policy->rules[i].pos, "not enforced: %s: %s",
				     policy_class_name(policy->rules[i].class), reason);
		else
			diag_error(diag, &policy->rules[i].pos,
				   "%s: %s; take the rule out, or go ahead without it with "
				   "--partial",
				   policy_class_name(policy->rules[i].class), reason);
	}
	return count;
}
