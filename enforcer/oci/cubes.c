/* SPDX-License-Identifier: Apache-2.0 */
#include "cubes.h"

#include <errno.h>
#include <stdlib.h>

void cubes_free(struct cubes *cubes)
{
	free(cubes->items);
	*cubes = (struct cubes){0};
}

void cubes_add(struct cubes *cubes, const struct cube *cube)
{
	if (!cubes->error && cubes->count >= CUBES_MAX)
		cubes->error = -E2BIG;
	if (!cubes->error)
		cubes->error = grow_array(&cubes->items, &cubes->room, cubes->count + 1,
					  sizeof(*cubes->items));
	if (!cubes->error)
		cubes->items[cubes->count++] = *cube;
}

bool same_result(struct outcome a, struct outcome b)
{
	return a.action == b.action && a.error == b.error;
}

bool cube_everything(const struct cube *cube)
{
	for (unsigned i = 0; i < CALL_ARGS; i++)
		if (cube->mask[i])
			return false;
	return true;
}

bool cube_meet(const struct cube *a, const struct cube *b, struct cube *ret_both)
{
	struct cube both = *a;

	for (unsigned i = 0; i < CALL_ARGS; i++) {
		if ((a->value[i] ^ b->value[i]) & a->mask[i] & b->mask[i])
			return false;
		both.mask[i] |= b->mask[i];
		both.value[i] |= b->value[i];
	}
	*ret_both = both;
	return true;
}

/* Peels off one half of `from` for every bit that `out` fixes and `from` does not. */
void cube_without(const struct cube *from, const struct cube *out, struct cubes *ret_rest)
{
	struct cube left = *from, half;

	if (!cube_meet(from, out, &half)) {
		cubes_add(ret_rest, from);
		return;
	}
	for (unsigned i = 0; i < CALL_ARGS; i++) {
		uint64_t bits = out->mask[i] & ~from->mask[i], bit;

		for (; bits; bits &= ~bit) {
			bit = 1ull << (63 - __builtin_clzll(bits));
			half = left;
			half.mask[i] |= bit;
			half.value[i] |= ~out->value[i] & bit;
			cubes_add(ret_rest, &half);
			left.mask[i] |= bit;
			left.value[i] |= out->value[i] & bit;
		}
	}
}

static void swap(struct cubes *a, struct cubes *b)
{
	struct cubes old = *a;

	*a = *b;
	*b = old;
}

int cubes_cover(const struct cubes *list, const struct cube *cube, bool *ret_covered)
{
	CLEANUP(cubes_free) struct cubes left = {0}, next = {0};

	cubes_add(&left, cube);
	for (size_t i = 0; i < list->count && left.count && !left.error; i++) {
		if (!same_result(list->items[i].outcome, cube->outcome))
			continue;
		next.count = 0;
		for (size_t j = 0; j < left.count; j++)
			cube_without(&left.items[j], &list->items[i], &next);
		left.error = next.error;
		swap(&left, &next);
	}
	*ret_covered = left.count == 0;
	return left.error;
}

/* How a range or a COND_NOT_IN turns out for all registers that agree with `fixed` and `value`. */
enum part { PART_NONE, PART_SOME, PART_ALL };

static enum part part_of(const struct policy *policy, const struct policy_cond *cond,
			 uint64_t fixed, uint64_t value)
{
	const uint64_t *values = policy->values + cond->first_value;
	uint64_t low = value, high = value | (cond->mask & ~fixed);
	bool some = false;

	if (cond->op == COND_RANGE) {
		if (values[0] > values[1] || high < values[0] || low > values[1])
			return PART_NONE;
		if (values[0] <= low && high <= values[1])
			return PART_ALL;
		return PART_SOME;
	}
	for (uint32_t i = 0; i < cond->n_values; i++)
		some |= (values[i] & ~cond->mask) == 0 && ((values[i] ^ value) & fixed) == 0;
	if (!some)
		return PART_ALL;
	return fixed == cond->mask ? PART_NONE : PART_SOME;
}

static void add_part(const struct cube *base, unsigned arg, uint64_t mask, uint64_t value,
		     struct cubes *list)
{
	struct cube part = {.outcome = base->outcome}, both;

	part.mask[arg] = mask;
	part.value[arg] = value;
	if (cube_meet(base, &part, &both))
		cubes_add(list, &both);
}

/* The condition as cubes within `base`: halves what holds in part, highest bit first. */
static void add_halves(const struct policy *policy, const struct policy_cond *cond,
		       const struct cube *base, uint64_t fixed, uint64_t value, struct cubes *list)
{
	enum part part = part_of(policy, cond, fixed, value);
	uint64_t bit;

	if (part == PART_NONE || list->error)
		return;
	if (part == PART_ALL) {
		add_part(base, cond->arg, fixed, value, list);
		return;
	}
	bit = 1ull << (63 - __builtin_clzll(cond->mask & ~fixed));
	add_halves(policy, cond, base, fixed | bit, value, list);
	add_halves(policy, cond, base, fixed | bit, value | bit, list);
}

static void add_cond(const struct policy *policy, const struct policy_cond *cond,
		     const struct cube *base, struct cubes *list)
{
	const uint64_t *values = policy->values + cond->first_value;

	if (cond->op != COND_IN) {
		add_halves(policy, cond, base, 0, 0, list);
		return;
	}
	for (uint32_t i = 0; i < cond->n_values; i++)
		if (!(values[i] & ~cond->mask))
			add_part(base, cond->arg, cond->mask, values[i], list);
}

void cubes_of_match(const struct policy *policy, const struct policy_match *match,
		    struct cubes *ret_cubes)
{
	CLEANUP(cubes_free) struct cubes next = {0};
	const struct cube everything = {.outcome = cubes_outcome(policy, match->rule)};

	ret_cubes->count = 0;
	cubes_add(ret_cubes, &everything);
	for (uint32_t i = 0; i < match->n_conds && !ret_cubes->error; i++) {
		const struct policy_cond *cond = &policy->conds[match->first_cond + i];

		next.count = 0;
		for (size_t j = 0; j < ret_cubes->count; j++)
			add_cond(policy, cond, &ret_cubes->items[j], &next);
		ret_cubes->error = next.error;
		swap(ret_cubes, &next);
	}
}

struct outcome cubes_outcome(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r = rule == POLICY_NO_RULE ? NULL : &policy->rules[rule];

	if (!r)
		return (struct outcome){.action = ACTION_ALLOW};
	if (policy->audit && r->action > ACTION_AUDIT)
		return (struct outcome){.action = ACTION_AUDIT};
	return (struct outcome){.action = r->action, .error = r->error};
}

/* Moves what `match` decides of `left` to `done`. */
static void decide(const struct policy *policy, const struct policy_match *match,
		   struct cubes *left, struct cubes *done)
{
	CLEANUP(cubes_free) struct cubes mine = {0}, next = {0};
	struct cube both;

	cubes_of_match(policy, match, &mine);
	for (size_t i = 0; i < mine.count && !left->error; i++) {
		next.count = 0;
		for (size_t j = 0; j < left->count; j++) {
			if (cube_meet(&left->items[j], &mine.items[i], &both)) {
				both.outcome = mine.items[i].outcome;
				cubes_add(done, &both);
			}
			cube_without(&left->items[j], &mine.items[i], &next);
		}
		left->error = next.error;
		swap(left, &next);
	}
	if (mine.error)
		left->error = mine.error;
}

/* One class: its matches in their order, the first that holds decides. */
static void decide_class(const struct policy *policy, const struct policy_match *matches,
			 uint32_t count, struct outcome otherwise, struct cubes *done)
{
	CLEANUP(cubes_free) struct cubes left = {0};
	const struct cube everything = {.outcome = otherwise};

	cubes_add(&left, &everything);
	for (uint32_t i = 0; i < count && left.count && !left.error && !done->error; i++)
		decide(policy, &matches[i], &left, done);
	for (size_t i = 0; i < left.count; i++) {
		left.items[i].outcome = otherwise;
		cubes_add(done, &left.items[i]);
	}
	if (left.error)
		done->error = left.error;
}

/* Two classes speak: the stricter one stands. */
static void combine(struct cubes *list, const struct cubes *with)
{
	CLEANUP(cubes_free) struct cubes next = {0};
	struct cube both;

	for (size_t i = 0; i < list->count; i++) {
		for (size_t j = 0; j < with->count; j++) {
			if (!cube_meet(&list->items[i], &with->items[j], &both))
				continue;
			if (with->items[j].outcome.action > both.outcome.action)
				both.outcome = with->items[j].outcome;
			cubes_add(&next, &both);
		}
	}
	next.error = next.error ? next.error : with->error;
	swap(list, &next);
}

void cubes_of_call(const struct policy *policy, const struct policy_call *call,
		   struct cubes *ret_cubes)
{
	const struct policy_match *matches = policy->matches + call->first_match;
	uint32_t count = call->n_matches, end = 0, first;

	while (end < count && matches[end].class == CLASS_SYSCALLS)
		end++;
	decide_class(policy, matches, end,
		     cubes_outcome(policy, policy->default_rule[CLASS_SYSCALLS]), ret_cubes);
	for (first = end; first < count && !ret_cubes->error; first = end) {
		CLEANUP(cubes_free) struct cubes other = {0};

		for (end = first; end < count && matches[end].class == matches[first].class; end++)
			;
		decide_class(policy, matches + first, end - first, (struct outcome){0}, &other);
		combine(ret_cubes, &other);
	}
}
