/* SPDX-License-Identifier: Apache-2.0 */
/* What was read, gathered by call and put in order: the tables of policy.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

int open_tables(struct reader *r)
{
	for (size_t i = 0; i < r->n_arches; i++) {
		size_t count;

		names_calls(r->arches[i], &count);
		r->heads[r->arches[i]] = reader_alloc(r, count, sizeof(uint32_t));
		if (r->oom)
			return -ENOMEM;
		memset(r->heads[r->arches[i]], 0xff, count * sizeof(uint32_t));
	}
	return 0;
}

void add_match(struct reader *r, enum arch arch, const struct name_call *call,
	       const struct policy_match *match)
{
	size_t count, index = (size_t)(call - names_calls(arch, &count));
	uint32_t *head = &r->heads[arch][index], n = r->policy->n_matches;

	if (r->oom || match->rule == POLICY_NO_RULE)
		return;
	if (*head != POLICY_NO_RULE && match->n_conds == 0) {
		const struct policy_match *last = &r->matches[*head].match;

		/* One rule may name a call twice, by overlapping groups. */
		if (last->rule == match->rule && last->n_conds == 0 && last->level == match->level)
			return;
	}
	if (n >= POLICY_MAX_MATCHES) {
		if (!r->too_many_matches)
			REFUSE_AT(r, &r->rules[match->rule].pos,
				  "the rules name more than %u calls in all; name each group once",
				  POLICY_MAX_MATCHES);
		r->too_many_matches = true;
		return;
	}
	if (grow_array(&r->matches, &r->matches_size, (size_t)n + 1, sizeof(*r->matches)) < 0) {
		r->oom = true;
		return;
	}
	r->matches[n] = (struct raw_match){*match, *head};
	*head = n;
	r->policy->n_matches++;
}

uint32_t add_value(struct reader *r, uint64_t value)
{
	uint32_t n = r->policy->n_values;

	if (r->oom || n == UINT32_MAX ||
	    grow_array(&r->values, &r->values_size, (size_t)n + 1, sizeof(*r->values)) < 0) {
		r->oom = true;
		return n;
	}
	r->values[n] = value;
	r->policy->n_values++;
	return n;
}

uint32_t add_cond(struct reader *r, const struct policy_cond *cond)
{
	uint32_t n = r->policy->n_conds;

	if (r->oom || n == UINT32_MAX ||
	    grow_array(&r->conds, &r->conds_size, (size_t)n + 1, sizeof(*r->conds)) < 0) {
		r->oom = true;
		return n;
	}
	r->conds[n] = *cond;
	r->policy->n_conds++;
	return n;
}

/*
 * Class, then level (the greatest first), then the stricter first; among rules that do the same,
 * one that reports before one that does not, then the first in the files.
 */
static int compare_matches(const void *left, const void *right, void *context)
{
	const struct policy_match *a = left, *b = right;
	const struct reader *r = context;
	const struct policy_rule *x = &r->rules[a->rule], *y = &r->rules[b->rule];

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (x->action != y->action)
		return x->action > y->action ? -1 : 1;
	if (x->error != y->error)
		return x->error < y->error ? -1 : 1;
	if (x->quiet != y->quiet)
		return x->quiet ? 1 : -1;
	if (a->rule != b->rule)
		return a->rule < b->rule ? -1 : 1;
	return a->first_cond < b->first_cond ? -1 : a->first_cond > b->first_cond;
}

static void gather_abi(struct reader *r, struct conflicts *conflicts, enum arch arch)
{
	struct policy_abi *abi = &r->policy->abi[arch];
	struct policy_match *out = r->policy->matches;
	size_t count, i;
	const struct name_call *calls = names_calls(arch, &count);

	abi->governed = true;
	abi->calls = reader_alloc(r, count, sizeof(*abi->calls));
	if (!abi->calls)
		return;
	abi->n_calls = (uint32_t)count;
	for (i = 0; i < count; i++) {
		uint32_t first = r->policy->n_matches, n = 0, at;

		for (at = r->heads[arch][i]; at != POLICY_NO_RULE; at = r->matches[at].next)
			out[first + n++] = r->matches[at].match;
		if (n > 1)
			qsort_r(out + first, n, sizeof(*out), compare_matches, r);
		if (n > 0)
			conflicts_check(r, conflicts, out + first, n);
		abi->calls[i] = (struct policy_call){calls[i].nr, first, n};
		r->policy->n_matches += n;
	}
}

/* Moves a growing array to where the policy keeps it. */
static void *keep(struct reader *r, const void *items, size_t count, size_t size)
{
	void *copy = reader_alloc(r, count, size);

	if (copy && count > 0)
		memcpy(copy, items, count * size);
	return copy;
}

int policy_finish(struct reader *r)
{
	struct policy *p = r->policy;
	struct conflicts conflicts;
	int error;

	finish_capabilities(r);
	finish_kernel(r);
	finish_files(r);
	finish_exec(r);
	finish_network(r);
	p->matches = reader_alloc(r, p->n_matches, sizeof(*p->matches));
	if (r->oom)
		return -ENOMEM;
	error = conflicts_open(r, &conflicts);
	if (error < 0)
		return error;
	p->n_matches = 0;
	for (size_t i = 0; i < r->n_arches; i++)
		gather_abi(r, &conflicts, r->arches[i]);
	conflicts_close(r, &conflicts);
	p->rules = keep(r, r->rules, p->n_rules, sizeof(*p->rules));
	p->conds = keep(r, r->conds, p->n_conds, sizeof(*p->conds));
	p->values = keep(r, r->values, p->n_values, sizeof(*p->values));
	p->path_rules = keep(r, r->path_rules, p->n_path_rules, sizeof(*p->path_rules));
	p->net_rules = keep(r, r->net_rules, p->n_net_rules, sizeof(*p->net_rules));
	return r->oom ? -ENOMEM : 0;
}
