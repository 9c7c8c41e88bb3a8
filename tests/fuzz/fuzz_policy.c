/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a policy: read, decide, review. What is read well must also hold together. */
#include <stdlib.h>

#include "bailiff/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void decide_some(const struct policy *policy)
{
	static const uint64_t values[] = {0, 1, 0xffffffff, 0x100000000, UINT64_MAX, 0x10000000};
	static const uint32_t numbers[] = {0, 16, 41, 56, 72, 272, 435, 1000, UINT32_MAX};
	uint64_t args[CALL_ARGS];

	for (size_t n = 0; n < ARRAY_LEN(numbers); n++) {
		for (size_t v = 0; v < ARRAY_LEN(values); v++) {
			for (size_t a = 0; a < CALL_ARGS; a++)
				args[a] = values[(v + a) % ARRAY_LEN(values)];
			for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
				uint32_t nr = numbers[n] | (arch == ARCH_X32 ? X32_BIT : 0);
				struct policy_decision d = policy_decide(policy, arch, nr, args);

				if (d.action < ACTION_ALLOW || d.action > ACTION_KILL ||
				    (d.rule != POLICY_NO_RULE && d.rule >= policy->n_rules) ||
				    (d.action == ACTION_ERRNO) != (d.error != 0))
					abort();
				policy_nearest(policy, arch, nr, &d);
			}
		}
	}
}

static void check_conds(const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_conds; i++) {
		const struct policy_cond *cond = &policy->conds[i];

		if (cond->mask == 0 || cond->n_values == 0 || cond->arg >= CALL_ARGS ||
		    cond->first_value > policy->n_values ||
		    cond->n_values > policy->n_values - cond->first_value)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	if (diag_new(&diag) < 0)
		return 0;
	if (policy_parse((const char *)data, size, "fuzz", diag, &policy) == 0) {
		check_conds(policy);
		decide_some(policy);
		policy_review(policy, diag);
		policy_free(policy);
	} else if (diag_errors(diag) == 0) {
		abort(); /* refused without a word */
	}
	diag_free(diag);
	return 0;
}
