/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy says of a call. Everything else (filters, explain, reports) is held against this,
 * so it is written to be read: a class's matches in their order, the first that holds decides; the
 * strictest class wins.
 */
#include <string.h>

#include "bailiff/policy.h"

bool policy_cond_holds(const struct policy *policy, const struct policy_cond *cond, uint64_t value)
{
	const uint64_t *values = policy->values + cond->first_value;
	uint32_t low = 0, high = cond->n_values, middle;
	bool found;

	value &= cond->mask;
	if (cond->op == COND_RANGE)
		return values[0] <= value && value <= values[1];
	while (low < high) {
		middle = low + (high - low) / 2;
		if (values[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	found = low < cond->n_values && values[low] == value;
	return found == (cond->op == COND_IN);
}

const struct policy_call *policy_call(const struct policy *policy, enum arch arch, uint32_t nr)
{
	const struct policy_abi *abi;
	uint32_t low = 0, high, middle;

	if (arch >= ARCH_COUNT || !policy->abi[arch].governed)
		return NULL;
	abi = &policy->abi[arch];
	high = abi->n_calls;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (abi->calls[middle].nr < nr)
			low = middle + 1;
		else
			high = middle;
	}
	return low < abi->n_calls && abi->calls[low].nr == nr ? &abi->calls[low] : NULL;
}

static struct policy_decision decision_of(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r;

	if (rule == POLICY_NO_RULE)
		return (struct policy_decision){.action = ACTION_ALLOW, .rule = POLICY_NO_RULE};
	r = &policy->rules[rule];
	return (struct policy_decision){(enum policy_action)r->action, r->error, r->quiet, rule};
}

static bool match_holds(const struct policy *policy, const struct policy_match *match,
			const uint64_t args[CALL_ARGS])
{
	for (uint32_t i = 0; i < match->n_conds; i++) {
		const struct policy_cond *cond = &policy->conds[match->first_cond + i];

		if (!policy_cond_holds(policy, cond, args[cond->arg]))
			return false;
	}
	return true;
}

/* The first of the matches from *at on, all of one class, that holds; *at moves behind them. */
static uint32_t class_rule(const struct policy *policy, const struct policy_match *matches,
			   uint32_t count, uint32_t *at, const uint64_t args[CALL_ARGS])
{
	uint8_t class = matches[*at].class;
	uint32_t rule = POLICY_NO_RULE;

	for (; *at < count && matches[*at].class == class; (*at)++)
		if (rule == POLICY_NO_RULE && match_holds(policy, &matches[*at], args))
			rule = matches[*at].rule;
	return rule;
}

/* Does a later class's decision take the place of the earlier ones'? The stricter does; of two that
 * come to the same, a rule that somebody wrote for this call tells a reader more than a default. */
static bool replaces(const struct policy *policy, const struct policy_decision *other,
		     const struct policy_decision *decision)
{
	if (decision->rule == POLICY_NO_RULE || other->action > decision->action)
		return true;
	return other->action == decision->action && other->error == decision->error &&
	       other->quiet == decision->quiet &&
	       policy->rules[decision->rule].list == LIST_DEFAULT &&
	       policy->rules[other->rule].list != LIST_DEFAULT;
}

struct policy_decision policy_decide(const struct policy *policy, enum arch arch, uint32_t nr,
				     const uint64_t args[CALL_ARGS])
{
	struct policy_decision decision, other;
	const struct policy_match *matches;
	const struct policy_call *call;
	uint32_t at = 0, rule = POLICY_NO_RULE;

	if (arch >= ARCH_COUNT || !policy->abi[arch].governed)
		return policy_decide_foreign(policy);
	call = policy_call(policy, arch, nr);
	if (!call)
		return decision_of(policy, policy->unknown_rule);
	matches = policy->matches + call->first_match;
	if (call->n_matches > 0 && matches[0].class == CLASS_SYSCALLS)
		rule = class_rule(policy, matches, call->n_matches, &at, args);
	/* The other classes have lowered their defaults to matches. */
	if (rule == POLICY_NO_RULE)
		rule = policy->default_rule[CLASS_SYSCALLS];
	decision = decision_of(policy, rule);
	while (at < call->n_matches) {
		rule = class_rule(policy, matches, call->n_matches, &at, args);
		if (rule == POLICY_NO_RULE)
			continue;
		other = decision_of(policy, rule);
		if (replaces(policy, &other, &decision))
			decision = other;
	}
	return decision;
}

struct policy_decision policy_decide_foreign(const struct policy *policy)
{
	return decision_of(policy, policy->abi_rule);
}

uint32_t policy_nearest(const struct policy *policy, enum arch arch, uint32_t nr,
			const struct policy_decision *decided)
{
	const struct policy_call *call = policy_call(policy, arch, nr);
	const struct policy_match *best = NULL;
	uint32_t by_default = policy->default_rule[CLASS_SYSCALLS];

	for (uint32_t i = 0; call && i < call->n_matches; i++) {
		const struct policy_match *match = &policy->matches[call->first_match + i];

		if (match->rule != decided->rule && (!best || match->level > best->level))
			best = match;
	}
	if (best)
		return best->rule;
	return call && by_default != decided->rule ? by_default : POLICY_NO_RULE;
}

bool policy_wants_filter(const struct policy *policy)
{
	uint64_t known = ((uint64_t)1 << NAMES_CAP_COUNT) - 1;

	for (uint32_t i = 0; i < policy->n_matches; i++) {
		uint8_t class = policy->matches[i].class;

		if ((class == CLASS_FILES || class == CLASS_EXEC || class == CLASS_NETWORK) &&
		    policy->rules[policy->matches[i].rule].action > ACTION_ALLOW)
			return true;
	}
	if (policy->default_rule[CLASS_SYSCALLS] != POLICY_NO_RULE ||
	    policy->default_rule[CLASS_KERNEL] != POLICY_NO_RULE)
		return true;
	return policy->default_rule[CLASS_CAPABILITIES] != POLICY_NO_RULE &&
	       (known & ~(policy->caps_allowed | policy->caps_audited)) != 0;
}

void policy_free(struct policy *policy)
{
	/* The policy lies in its own arena. */
	if (policy)
		arena_free(policy->arena);
}

void policy_freep(struct policy **policy)
{
	policy_free(*policy);
	*policy = NULL;
}
