/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the matches of one call say against each other: different errnos at one level, conditions
 * that change nothing, rules that never decide. Two conditional rules conflict unless they are
 * shown to exclude each other: in doubt it is a mistake.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

#define BUDGET 100000000u /* comparisons in one policy: a fraction of a second */

enum told {
	TOLD_CONDITION = 1 << 0,
	TOLD_ERRNO = 1 << 1,
	TOLD_SAME = 1 << 2,
	TOLD_IDLE = 1 << 3,
};

int conflicts_open(struct reader *r, struct conflicts *c)
{
	size_t count = r->policy->n_rules + 1;

	*c = (struct conflicts){BUDGET, NULL, NULL, NULL};
	c->told = reader_alloc(r, count, sizeof(*c->told));
	c->alive = reader_alloc(r, count, sizeof(*c->alive));
	c->dead = reader_alloc(r, count, sizeof(*c->dead));
	return r->oom ? -ENOMEM : 0;
}

static bool spend(struct conflicts *c)
{
	if (c->budget == 0)
		return false;
	c->budget--;
	return true;
}

/* Does `cond` fail for every register whose bits under `mask` are `value`? */
static bool excluded(struct reader *r, struct conflicts *c, const struct policy_cond *cond,
		     uint64_t value, uint64_t mask)
{
	const uint64_t *values = r->values + cond->first_value;
	uint64_t lowest = value & cond->mask, highest = lowest | (cond->mask & ~mask);

	if (cond->op == COND_RANGE)
		return highest < values[0] || lowest > values[1] || values[0] > values[1];
	for (uint32_t i = 0; i < cond->n_values; i++) {
		bool differs = ((value ^ values[i]) & mask & cond->mask) != 0;

		if (!spend(c))
			return false;
		if (cond->op == COND_IN && !differs)
			return false;
		if (cond->op == COND_NOT_IN && !differs && !(cond->mask & ~mask))
			return true;
	}
	return cond->op == COND_IN;
}

static const struct policy_cond *cond_of(const struct reader *r, const struct policy_match *a,
					 const struct policy_match *b, uint32_t i)
{
	return i < a->n_conds ? &r->conds[a->first_cond + i]
			      : &r->conds[b->first_cond + (i - a->n_conds)];
}

/* No value of condition `chosen` of the two rules passes all others on its argument. */
static bool no_value_left(struct reader *r, struct conflicts *c, const struct policy_match *a,
			  const struct policy_match *b, const struct policy_cond *chosen)
{
	const uint64_t *values = r->values + chosen->first_value;
	uint32_t total = (uint32_t)a->n_conds + b->n_conds;

	for (uint32_t v = 0; v < chosen->n_values; v++) {
		bool out = false;

		for (uint32_t i = 0; i < total && !out; i++) {
			const struct policy_cond *other = cond_of(r, a, b, i);

			if (!spend(c))
				return false;
			if (other != chosen && other->arg == chosen->arg)
				out = excluded(r, c, other, values[v], chosen->mask);
		}
		if (!out)
			return false;
	}
	return true;
}

static bool ranges_apart(const struct reader *r, const struct policy_cond *x,
			 const struct policy_cond *y)
{
	const uint64_t *a = r->values + x->first_value, *b = r->values + y->first_value;

	if (x->op != COND_RANGE || y->op != COND_RANGE || x->arg != y->arg || x->mask != y->mask)
		return false;
	return a[1] < b[0] || b[1] < a[0] || a[0] > a[1] || b[0] > b[1];
}

/* Can both rules' conditions never hold together? */
static bool disjoint(struct reader *r, struct conflicts *c, const struct policy_match *a,
		     const struct policy_match *b)
{
	uint32_t total = (uint32_t)a->n_conds + b->n_conds;

	for (uint32_t i = 0; i < total; i++) {
		const struct policy_cond *cond = cond_of(r, a, b, i);

		if (cond->op == COND_IN && no_value_left(r, c, a, b, cond))
			return true;
		for (uint32_t j = 0; j < i; j++) {
			if (!spend(c))
				return false;
			if (ranges_apart(r, cond, cond_of(r, a, b, j)))
				return true;
		}
	}
	return false;
}

static void complain_errno(struct reader *r, struct conflicts *c, uint32_t a, uint32_t b)
{
	const struct policy_rule *first = &r->rules[a < b ? a : b], *second;
	const char *x, *y;

	if (c->told[a] & c->told[b] & TOLD_ERRNO)
		return;
	c->told[a] |= TOLD_ERRNO;
	c->told[b] |= TOLD_ERRNO;
	second = &r->rules[a < b ? b : a];
	x = names_errno(first->error);
	y = names_errno(second->error);
	REFUSE_AT(r, &second->pos,
		  "errno %s (%d) here, but errno %s (%d) at %s:%u for the same call, and neither "
		  "rule is more specific; let them agree",
		  y ? y : "number", second->error, x ? x : "number", first->error, first->pos.file,
		  first->pos.line);
}

/* Matches of one class and level, sorted: those of one errno lie together. */
static void check_errnos(struct reader *r, struct conflicts *c, const struct policy_match *matches,
			 uint32_t count)
{
	uint32_t start = 0, run, i, j;

	if (matches[0].n_conds == 0 && r->rules[matches[0].rule].action != ACTION_ERRNO)
		return; /* something stricter always decides */
	while (start < count && r->rules[matches[start].rule].action > ACTION_ERRNO)
		start++;
	run = start;
	for (i = start; i < count; i++) {
		const struct policy_rule *rule = &r->rules[matches[i].rule];

		if (rule->action != ACTION_ERRNO)
			break;
		if (rule->error != r->rules[matches[run].rule].error)
			run = i;
		if (c->told[matches[i].rule] & TOLD_ERRNO)
			continue;
		for (j = run; j-- > start;) {
			if (disjoint(r, c, &matches[i], &matches[j]))
				continue;
			complain_errno(r, c, matches[j].rule, matches[i].rule);
			break;
		}
	}
}

static bool same_conditions(struct reader *r, const struct policy_match *a,
			    const struct policy_match *b)
{
	if (a->n_conds != b->n_conds)
		return false;
	for (uint32_t i = 0; i < a->n_conds; i++) {
		const struct policy_cond *x = &r->conds[a->first_cond + i];
		const struct policy_cond *y = &r->conds[b->first_cond + i];

		if (x->arg != y->arg || x->op != y->op || x->mask != y->mask ||
		    x->n_values != y->n_values ||
		    memcmp(r->values + x->first_value, r->values + y->first_value,
			   x->n_values * sizeof(*r->values)) != 0)
			return false;
	}
	return true;
}

/* Says once of a rule that another does the same or more. Groups overlap as a matter of course, and
 * an include may repeat what its includer says. */
static void warn_same(struct reader *r, struct conflicts *c, const struct policy_match *later,
		      const struct policy_match *earlier)
{
	const struct policy_rule *rule = &r->rules[later->rule], *by = &r->rules[earlier->rule];

	if (later->level == LEVEL_GROUP || (c->told[later->rule] & TOLD_SAME) ||
	    later->rule == earlier->rule || rule->list == LIST_IMPLIED || by->list == LIST_IMPLIED)
		return;
	/* An include is right by itself; what the including file overrides is no mistake of anybody. */
	if (rule->pos.file != r->policy->path)
		return;
	if (rule->action == by->action &&
	    (rule->pos.file != by->pos.file || rule->error != by->error))
		return;
	c->told[later->rule] |= TOLD_SAME;
	diag_warning(
		r->diag, &rule->pos,
		rule->action == by->action
			? "this rule says again what %s:%u says; leave one out"
			: "this rule never decides: the one at %s:%u is stricter and as specific",
		by->pos.file, by->pos.line);
}

/* The rules of `syscalls` for one call: who can decide at all? */
static void check_deciding(struct reader *r, struct conflicts *c,
			   const struct policy_match *matches, uint32_t count)
{
	const struct policy_rule *by_default = &r->rules[r->policy->default_rule[CLASS_SYSCALLS]];
	const struct policy_match *plain = NULL;
	bool restricted_below = false;
	uint32_t i;

	for (i = 0; i < count && !plain; i++)
		if (matches[i].n_conds == 0)
			plain = &matches[i];
	for (i = count; i-- > 0;) {
		const struct policy_match *m = &matches[i];
		const struct policy_rule *rule = &r->rules[m->rule];
		bool below = restricted_below;

		if (i > 0 && m->level == m[-1].level && same_conditions(r, m, m - 1))
			warn_same(r, c, m, m - 1);
		/* A lower level's verdict that this one may lift. */
		if (m->n_conds == 0 && rule->action != ACTION_ALLOW)
			restricted_below = true;
		if (plain && m > plain) {
			c->dead[m->rule]++;
			continue;
		}
		c->alive[m->rule]++;
		if (rule->action != ACTION_ALLOW)
			continue;
		if (m->n_conds > 0 && plain && r->rules[plain->rule].action == ACTION_ALLOW &&
		    !(c->told[m->rule] & TOLD_CONDITION)) {
			c->told[m->rule] |= TOLD_CONDITION;
			REFUSE_AT(r, &rule->pos,
				  "this condition changes nothing: %s:%u allows the call without "
				  "one; the condition belongs in deny",
				  r->rules[plain->rule].pos.file, r->rules[plain->rule].pos.line);
		} else if (by_default->action == ACTION_ALLOW && !below &&
			   m->level != LEVEL_GROUP && rule->pos.file == by_default->pos.file &&
			   !(c->told[m->rule] & TOLD_IDLE)) {
			c->told[m->rule] |= TOLD_IDLE;
			diag_warning(r->diag, &rule->pos,
				     "this rule never decides: default is allow, and no rule of "
				     "deny speaks of the call; leave it out");
		}
	}
}

/* Of the other classes a match says what rules come to for a filter: two words of exec may refuse one call
 * and not contradict each other. Whether rules do, ruleset says. */
static bool is_own_word(const struct policy_match *match)
{
	return match->class == CLASS_SYSCALLS || match->class >= CLASS_CAPABILITIES;
}

void conflicts_check(struct reader *r, struct conflicts *c, const struct policy_match *matches,
		     uint32_t count)
{
	uint32_t first = 0, i;

	if (r->oom)
		return;
	for (i = 1; i <= count; i++) {
		if (i < count && matches[i].class == matches[first].class &&
		    matches[i].level == matches[first].level)
			continue;
		if (i - first > 1 && is_own_word(&matches[first]))
			check_errnos(r, c, matches + first, i - first);
		first = i;
	}
	for (i = 0; i < count && matches[i].class == CLASS_SYSCALLS; i++)
		;
	if (i > 0 && r->policy->default_rule[CLASS_SYSCALLS] != POLICY_NO_RULE)
		check_deciding(r, c, matches, i);
}

/* Rules all of whose calls are decided by more specific ones. */
void conflicts_close(struct reader *r, struct conflicts *c)
{
	if (r->oom)
		return;
	for (uint32_t i = 0; i < r->policy->n_rules; i++)
		if (c->dead[i] > 0 && c->alive[i] == 0 && r->rules[i].pos.file == r->policy->path &&
		    !(c->told[i] & (TOLD_SAME | TOLD_ERRNO)))
			diag_warning(r->diag, &r->rules[i].pos,
				     "this rule never decides: for each of its calls another one "
				     "is more specific or stricter");
}
