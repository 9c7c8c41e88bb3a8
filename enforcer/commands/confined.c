/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` holds of files, exec and network beside its filter. */
#include <string.h>

#include "bailiff/probe.h"
#include "commands.h"

static bool governs(const struct policy *policy, enum policy_class class)
{
	return policy->default_rule[class] != POLICY_NO_RULE;
}

int command_confine(const struct policy *policy, bool audit, struct diag *diag,
		    struct landlock **ret_landlock)
{
	*ret_landlock = NULL;
	if (!governs(policy, CLASS_FILES) && !governs(policy, CLASS_EXEC) &&
	    !governs(policy, CLASS_NETWORK))
		return 0;
	return command_landlock(policy, (unsigned)probe_landlock(), audit, diag, ret_landlock);
}

int command_no_truncation(const struct landlock *landlock, struct diag *diag,
			  struct filter **ret_filter)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	CLEANUP(filter_freep) struct filter *filter = NULL;
	struct filter_mode mode = {.supervised = false};
	struct filter_proof proof;
	int r;

	if (!landlock || !landlock_handled(landlock).no_truncation)
		return 0;
	r = policy_parse(landlock_no_truncation, strlen(landlock_no_truncation), "no-truncation",
			 diag, &policy);
	if (r == 0)
		r = filter_compile(policy, &mode, diag, &filter);
	if (r == 0)
		r = filter_prove(filter->code, filter->length, policy, &mode, diag, &proof);
	if (r == 0)
		*ret_filter = STEAL(filter);
	return r;
}
