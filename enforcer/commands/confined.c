/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` holds of files, exec and network beside its filter. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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
	return command_landlock(policy, (unsigned)probe_landlock(), audit, false, diag,
				ret_landlock);
}

/* Whatever its arguments. */
static bool refuses_on(const struct policy *policy, enum arch arch, const struct name_call *call)
{
	static const uint64_t args[CALL_ARGS];
	const struct policy_call *own = policy_call(policy, arch, call->nr);

	for (uint32_t i = 0; own && i < own->n_matches; i++)
		if (policy->matches[own->first_match + i].n_conds)
			return false;
	return policy_decide(policy, arch, call->nr, args).action >= ACTION_ERRNO;
}

/* On each ABI of the policy; the calls of the others are not there. */
static bool refuses(const struct policy *policy, const char *name)
{
	const struct name_call *call;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		call = policy->abi[arch].governed ? names_call_by_name(arch, name) : NULL;
		if (call && !refuses_on(policy, arch, call))
			return false;
	}
	return policy_wants_filter(policy);
}

static char *no_truncation(const struct policy *policy)
{
	const struct landlock_truncation *t;
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs(landlock_no_truncation, out);
	for (t = landlock_truncations; t->call; t++)
		if (strstr(t->rule, "flags:") || !refuses(policy, t->call))
			fputs(t->rule, out);
	return fclose(out) == 0 ? text : NULL;
}

int command_no_truncation(const struct policy *governing, const struct landlock *landlock,
			  struct diag *diag, struct filter **ret_filter)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	CLEANUP(filter_freep) struct filter *filter = NULL;
	struct filter_mode mode = {.supervised = false};
	CLEANUP(free_ptr) char *text = NULL;
	struct filter_proof proof;
	int r;

	if (!landlock || !landlock_handled(landlock).no_truncation)
		return 0;
	text = no_truncation(governing);
	if (!text)
		return -ENOMEM;
	r = policy_parse(text, strlen(text), "no-truncation", diag, &policy);
	if (r == 0)
		r = filter_compile(policy, &mode, diag, &filter);
	if (r == 0)
		r = filter_prove(filter->code, filter->length, policy, &mode, diag, &proof);
	if (r == 0)
		*ret_filter = STEAL(filter);
	return r;
}
