/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies drawn by a seed, as lowered tables: every kind of condition at every width, several
 * classes on a call, all ABIs. What they are held against is policy_decide(), so nothing here says
 * what is right.
 */
#ifndef RANDOM_POLICY_H
#define RANDOM_POLICY_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/filter.h"

#define RANDOM_RULES   16
#define RANDOM_MATCHES 8192
#define RANDOM_CONDS   8192
#define RANDOM_VALUES  65536

struct random_policy {
	struct policy policy;
	struct policy_rule rules[RANDOM_RULES];
	struct policy_match matches[RANDOM_MATCHES];
	struct policy_cond conds[RANDOM_CONDS];
	uint64_t values[RANDOM_VALUES];
	struct policy_call calls[ARCH_COUNT][600];
	uint64_t state;
	unsigned busy; /* of 100 calls, how many have conditions */
};

static uint64_t draw(struct random_policy *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state;
}

static unsigned draw_below(struct random_policy *r, unsigned n)
{
	return (unsigned)((draw(r) >> 20) % n);
}

static uint64_t draw_mask(struct random_policy *r)
{
	switch (draw_below(r, 8)) {
	case 0:
		return 0xffff;
	case 1:
		return (uint64_t)1 << draw_below(r, 64);
	case 2:
		return (uint64_t)(uint32_t)draw(r) | 1;
	case 3:
		return draw(r) | (uint64_t)1 << 63;
	case 4:
		return 0xffffffff00000000u;
	case 5:
		return UINT64_MAX;
	default:
		return UINT32_MAX;
	}
}

/* Small, large, near the halves' edges. */
static uint64_t draw_value(struct random_policy *r)
{
	switch (draw_below(r, 6)) {
	case 0:
		return draw_below(r, 8);
	case 1:
		return (uint64_t)0 - draw_below(r, 4);
	case 2:
		return UINT32_MAX + (uint64_t)draw_below(r, 5) - 2;
	case 3:
		return (uint64_t)draw_below(r, 4) << 32 | draw_below(r, 4);
	case 4:
		return draw(r);
	default:
		return (uint32_t)draw(r);
	}
}

static int compare_u64(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void draw_cond(struct random_policy *r)
{
	struct policy *p = &r->policy;
	struct policy_cond *cond = &r->conds[p->n_conds++];
	uint64_t *values = r->values + p->n_values;
	uint32_t n = 1 + draw_below(r, draw_below(r, 4) ? 3 : 12), kept = 0, i;

	*cond = (struct policy_cond){.arg = (uint8_t)draw_below(r, 3),
				     .op = (uint8_t)(COND_IN + draw_below(r, 3)),
				     .mask = draw_mask(r),
				     .first_value = p->n_values};
	if (draw_below(r, 8) == 0)
		cond->arg = (uint8_t)draw_below(r, CALL_ARGS);
	if (cond->op == COND_RANGE)
		n = 2;
	for (i = 0; i < n; i++)
		values[i] = draw_value(r) & cond->mask;
	if (cond->op != COND_RANGE || draw_below(r, 10))
		qsort(values, n, sizeof(*values), compare_u64);
	for (i = 0; i < n; i++)
		if (cond->op == COND_RANGE || !kept || values[kept - 1] != values[i])
			values[kept++] = values[i];
	if (draw_below(r, 3) == 0 && cond->op != COND_RANGE) {
		values[0] = draw_below(r, 2) ? 0 : cond->mask;
		kept = 1;
	}
	cond->n_values = kept;
	p->n_values += kept;
}

static int compare_matches(const void *left, const void *right, void *rules)
{
	const struct policy_match *a = left, *b = right;
	const struct policy_rule *r = rules;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (r[a->rule].action != r[b->rule].action)
		return r[a->rule].action > r[b->rule].action ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* The same rule again, for another value of the same argument: as a list over several lines of a policy. */
static void draw_alternative(struct random_policy *r, struct policy_call *call)
{
	struct policy *p = &r->policy;
	struct policy_match *m = &r->matches[p->n_matches++];
	struct policy_cond *cond = &r->conds[p->n_conds++];

	*m = m[-1];
	m->first_cond = p->n_conds - 1;
	*cond = r->conds[m[-1].first_cond];
	cond->op = COND_IN;
	r->conds[m[-1].first_cond].op = COND_IN;
	r->conds[m[-1].first_cond].n_values = 1;
	cond->first_value = p->n_values;
	cond->n_values = 1;
	r->values[p->n_values++] = draw_value(r) & cond->mask;
	call->n_matches++;
}

static void draw_call(struct random_policy *r, struct policy_call *call, uint32_t nr)
{
	struct policy *p = &r->policy;
	bool conditional = draw_below(r, 100) < r->busy;
	uint32_t n = conditional ? 1 + draw_below(r, 4) : draw_below(r, 2), i;

	*call = (struct policy_call){.nr = nr, .first_match = p->n_matches};
	for (i = 0; i < n && p->n_matches + 8 < RANDOM_MATCHES && p->n_conds + 8 < RANDOM_CONDS &&
		    p->n_values + 64 < RANDOM_VALUES;
	     i++) {
		struct policy_match *m = &r->matches[p->n_matches++];
		uint32_t rule = 4 + draw_below(r, RANDOM_RULES - 4);
		uint16_t conds = (uint16_t)(conditional ? draw_below(r, 3) : 0);

		*m = (struct policy_match){
			.rule = rule,
			.first_cond = p->n_conds,
			.n_conds = conds,
			.class = r->rules[rule].class,
			.level = conds ? LEVEL_ARGUMENTS
				       : (uint8_t)(LEVEL_GROUP + draw_below(r, 2))};
		while (conds--)
			draw_cond(r);
		call->n_matches++;
		if (m->n_conds == 1 && draw_below(r, 3) == 0)
			draw_alternative(r, call);
	}
	qsort_r(r->matches + call->first_match, call->n_matches, sizeof(*r->matches),
		compare_matches, r->rules);
}

static void draw_rules(struct random_policy *r)
{
	static const uint8_t classes[] = {CLASS_SYSCALLS, CLASS_SYSCALLS, CLASS_KERNEL,
					  CLASS_CAPABILITIES};
	uint32_t i;

	for (i = 0; i < RANDOM_RULES; i++) {
		struct policy_rule *rule = &r->rules[i];

		*rule = (struct policy_rule){.pos = {"random.yaml", i + 1, 1},
					     .class = classes[draw_below(r, 4)],
					     .list = LIST_DENY,
					     .action = (uint8_t)(ACTION_ALLOW + draw_below(r, 6)),
					     .quiet = draw_below(r, 4) == 0,
					     .text = "drawn"};
		if (draw_below(r, 2))
			rule->action = draw_below(r, 2) ? ACTION_ALLOW : ACTION_ERRNO;
		if (rule->action == ACTION_ERRNO)
			rule->error = (uint16_t)(1 + draw_below(r, 4095));
	}
	/* 0: the default; 1: other ABIs; 2: unknown numbers. */
	r->rules[0].class = r->rules[1].class = r->rules[2].class = CLASS_SYSCALLS;
	r->rules[0].list = LIST_DEFAULT;
	r->rules[1].action = r->rules[2].action = ACTION_ERRNO;
	r->rules[1].error = r->rules[2].error = ENOSYS;
}

/* abis: a bit per enum arch. */
static struct random_policy *random_policy(uint64_t seed, unsigned abis, unsigned busy)
{
	struct random_policy *r = calloc(1, sizeof(*r));
	const struct name_call *calls;
	size_t count, i;
	enum arch arch;

	cr_assert_not_null(r);
	r->state = seed * 0x9e3779b97f4a7c15u + 1;
	r->busy = busy;
	for (i = 0; i < 4; i++)
		draw(r);
	draw_rules(r);
	r->policy = (struct policy){.name = "random",
				    .path = "random.yaml",
				    .no_new_privs = true,
				    .rules = r->rules,
				    .n_rules = RANDOM_RULES,
				    .abi_rule = 1,
				    .unknown_rule = draw_below(r, 3) ? 2 : POLICY_NO_RULE,
				    .matches = r->matches,
				    .conds = r->conds,
				    .values = r->values};
	for (i = 0; i < CLASS_END; i++)
		r->policy.default_rule[i] = POLICY_NO_RULE;
	r->policy.default_rule[CLASS_SYSCALLS] = 0;
	for (arch = 0; arch < ARCH_COUNT; arch++) {
		if (!(abis >> arch & 1))
			continue;
		calls = names_calls(arch, &count);
		cr_assert_leq(count, 600);
		r->policy.abi[arch] = (struct policy_abi){true, r->calls[arch], (uint32_t)count};
		for (i = 0; i < count; i++)
			draw_call(r, &r->calls[arch][i], calls[i].nr);
	}
	return r;
}

#endif
