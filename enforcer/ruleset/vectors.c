/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds at a place, and who decided it, for all policies at once. A vector is made of another
 * one by a claim that overrides it; that is done once for each pair.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define LIST_MAX 2048 /* a longer list is written anew without what is overridden in it */

int vectors_open(struct automaton *a)
{
	struct compiler *c = a->c;
	uint64_t seed = mix(c->options->key[0], c->options->key[1]);

	for (size_t k = 0; k < 2; k++)
		for (size_t place = 0; place < BL_PLACES; place++)
			for (size_t op = 0; op < BL_OPS; op++)
				a->weight[k][place][op] = seed = mix(seed, c->options->key[k] + 1);
	if (!ROOM(c, a->effects, 2, a->effects_size) || !ROOM(c, a->vectors, 2, a->vectors_size) ||
	    !ROOM(c, a->applied, 1, a->applied_size))
		return -1;
	/* 0 is never used; 1 is where nothing is said. */
	memset(a->effects, 0, 2 * sizeof(*a->effects));
	memset(a->vectors, 0, 2 * sizeof(*a->vectors));
	a->vectors[1].effect = 1;
	a->n_effects = a->n_vectors = 2;
	a->n_applied = 1;
	if (index_add(&a->effect_index, hash_bytes(0, &a->effects[1], sizeof(*a->effects)), 1) <
		    0 ||
	    index_add(&a->vector_index, mix(0, mix(0, 1)), 1) < 0)
		c->oom = true;
	return c->oom ? -1 : 0;
}

static uint32_t share_effect(struct automaton *a, const struct bl_effect *effect)
{
	uint64_t hash = hash_bytes(0, effect, sizeof(*effect));
	struct compiler *c = a->c;
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&a->effect_index, hash, &at)))
		if (memcmp(&a->effects[i], effect, sizeof(*effect)) == 0)
			return i;
	if (!ROOM(c, a->effects, a->n_effects, a->effects_size))
		return 1;
	i = (uint32_t)a->n_effects++;
	a->effects[i] = *effect;
	if (index_add(&a->effect_index, hash, i) < 0)
		c->oom = true;
	return i;
}

static uint32_t make_effect(struct automaton *a, uint32_t effect, const struct claim *claim)
{
	struct bl_effect out = a->effects[effect];

	if (claim->scope) {
		out.op[BL_OP_SCOPE].deny |= claim->places;
		out.op[BL_OP_SCOPE].audit |= claim->sets;
		return share_effect(a, &out);
	}
	for (uint32_t left = claim->ops; left; left &= left - 1) {
		struct bl_pair *pair = &out.op[__builtin_ctz(left)];

		pair->deny &= ~claim->places;
		pair->audit &= ~claim->places;
		if (claim->action >= ACTION_ERRNO)
			pair->deny |= claim->places;
		else if (claim->action == ACTION_AUDIT)
			pair->audit |= claim->places;
	}
	return share_effect(a, &out);
}

/* There are few effects, so what was made lately is likely to be wanted again. */
static uint32_t overridden(struct automaton *a, uint32_t effect, const struct claim *claim)
{
	uint32_t kind = claim->action >= ACTION_ERRNO ? ACTION_ERRNO : claim->action;
	uint64_t hash = mix(mix(claim->places, (uint64_t)effect << 32 | claim->ops), kind);
	struct made *made = &a->made[hash % ARRAY_LEN(a->made)];

	if (claim->scope)
		return make_effect(a, effect, claim);
	if (made->result == 0 || made->effect != effect || made->places != claim->places ||
	    made->ops != claim->ops || made->kind != kind)
		*made = (struct made){claim->places, effect, make_effect(a, effect, claim),
				      claim->ops, (uint16_t)kind};
	return made->result;
}

static void add_weight(const struct automaton *a, uint64_t sum[2], uint32_t place, uint32_t ops,
		       uint32_t rule, bool minus)
{
	for (size_t k = 0; k < 2; k++) {
		uint64_t weight = 0, value = mix(a->weight[k][0][0], rule + 1ull);

		for (uint32_t left = ops; left; left &= left - 1)
			weight += a->weight[k][place][__builtin_ctz(left)];
		value *= weight;
		sum[k] += minus ? 0 - value : value;
	}
}

/* What a claim changes for one place. False: nothing. */
static bool replace(const struct automaton *a, const struct vector *from, const struct claim *claim,
		    uint32_t place, uint64_t sum[2])
{
	const struct bl_decider *list = a->c->deciders;
	uint32_t left = claim->ops, here, same = 0;

	for (uint32_t at = from->list; at && left; at = list[at].next) {
		here = list[at].place == place ? list[at].ops & left : 0;
		if (!here)
			continue;
		left &= ~here;
		if (list[at].rule == claim->rule)
			same |= here;
		else
			add_weight(a, sum, place, here, list[at].rule, true);
	}
	if (same == claim->ops)
		return false;
	add_weight(a, sum, place, claim->ops & ~same, claim->rule, false);
	return true;
}

/* The same list without what is overridden in it. */
static void compact(struct automaton *a, struct vector *vector)
{
	uint32_t seen[BL_PLACES] = {0}, at = vector->list, list = 0, length = 0, here;
	struct bl_decider node;

	for (; at && !a->c->oom; at = node.next) {
		node = a->c->deciders[at];
		here = node.ops & ~seen[node.place];
		seen[node.place] |= node.ops;
		if (!here)
			continue;
		list = add_decider(a->c, list, node.rule, here, node.place);
		length++;
	}
	vector->list = list;
	vector->length = length;
}

static uint64_t vector_hash(const struct vector *vector)
{
	return mix(vector->sum[0], mix(vector->sum[1], vector->effect));
}

/* `first`: nobody has applied this claim yet, so that the vector is new, and it is not noted either:
 * most claims are applied once. */
static uint32_t share_vector(struct automaton *a, const struct vector *base, struct vector *vector,
			     const struct claim *claim, uint64_t changed, bool first)
{
	uint64_t hash = vector_hash(vector);
	struct compiler *c = a->c;
	size_t at = 0;
	uint32_t i;

	while (!first && (i = index_next(&a->vector_index, hash, &at)))
		if (a->vectors[i].sum[0] == vector->sum[0] &&
		    a->vectors[i].sum[1] == vector->sum[1] &&
		    a->vectors[i].effect == vector->effect)
			return i;
	vector->list = base->list;
	vector->length = base->length;
	for (; changed; changed &= changed - 1, vector->length++)
		vector->list = add_decider(c, vector->list, claim->rule, claim->ops,
					   (uint32_t)__builtin_ctzll(changed));
	if (vector->length > LIST_MAX)
		compact(a, vector);
	if (!ROOM(c, a->vectors, a->n_vectors, a->vectors_size))
		return 1;
	i = (uint32_t)a->n_vectors++;
	a->vectors[i] = *vector;
	if (!first && index_add(&a->vector_index, hash, i) < 0)
		c->oom = true;
	return i;
}

static uint32_t apply(struct automaton *a, uint32_t vector, const struct claim *claim, bool first)
{
	struct vector base = a->vectors[vector], out = base;
	uint64_t changed = 0;

	for (uint64_t left = claim->scope ? 0 : claim->places; left; left &= left - 1) {
		uint32_t place = (uint32_t)__builtin_ctzll(left);

		a->steps += 1 + base.length / 16;
		if (replace(a, &base, claim, place, out.sum))
			changed |= left & -left;
	}
	if (!claim->scope && !changed)
		return vector;
	out.effect = overridden(a, base.effect, claim);
	return share_vector(a, &base, &out, claim, changed, first);
}

uint32_t vector_apply(struct automaton *a, uint32_t vector, uint32_t claim)
{
	uint64_t hash = mix(vector, claim);
	struct compiler *c = a->c;
	struct claim *says = &c->claims[claim];
	size_t at = 0;
	uint32_t i;

	if (says->on == vector)
		return says->made;
	if (!says->on && !says->scope) {
		says->on = vector;
		return says->made = apply(a, vector, says, true);
	}
	if (says->on && !says->again) {
		says->again = true;
		if (says->made != says->on &&
		    index_add(&a->vector_index, vector_hash(&a->vectors[says->made]), says->made) <
			    0)
			c->oom = true;
	}
	while ((i = index_next(&a->applied_index, hash, &at)))
		if (a->applied[i].vector == vector && a->applied[i].claim == claim)
			return a->applied[i].result;
	if (c->oom || !ROOM(c, a->applied, a->n_applied, a->applied_size))
		return vector;
	i = (uint32_t)a->n_applied++;
	a->applied[i] = (struct applied){vector, claim, 0};
	a->applied[i].result = apply(a, vector, says, false);
	if (index_add(&a->applied_index, hash, i) < 0)
		c->oom = true;
	return a->applied[i].result;
}

/* --- Several claims at one place ---------------------------------------------------------------- */

void candidate_add(struct automaton *a, uint32_t claim, uint8_t written, bool final)
{
	const struct claim *says = &a->c->claims[claim];
	uint32_t rank = (uint32_t)written << 8 | (uint32_t)says->by << 7 |
			(uint32_t)says->action << 4 | (says->quiet ? 0u : 1u << 3);

	if (!ROOM(a->c, a->candidates, a->n_candidates, a->candidates_size))
		return;
	a->candidates[a->n_candidates++] = (struct candidate){claim, rank, final};
}

/* The weakest first; of equals, the last written. What is applied later overrides. */
static int compare_candidates(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->claim != b->claim)
		return a->claim > b->claim ? -1 : 1;
	return a->final < b->final ? -1 : a->final > b->final;
}

/* Two errnos of equal rank where nothing else decides. */
static void find_conflicts(struct automaton *a, bool below)
{
	uint32_t by[BL_PLACES][BL_OPS] = {{0}}, rank[BL_PLACES][BL_OPS] = {{0}};

	for (size_t i = a->n_candidates; i-- > 0;) {
		const struct candidate *candidate = &a->candidates[i];
		const struct claim *claim = &a->c->claims[candidate->claim];
		uint32_t level = candidate->rank >> 4 << 4;

		if (claim->scope || (below && !candidate->final))
			continue;
		for (uint64_t places = claim->places; places; places &= places - 1)
			for (uint32_t ops = claim->ops; ops; ops &= ops - 1) {
				uint32_t *who = &by[__builtin_ctzll(places)][__builtin_ctz(ops)];
				uint32_t *high = &rank[__builtin_ctzll(places)][__builtin_ctz(ops)];

				if (!*who) {
					*who = candidate->claim;
					*high = level;
				} else if (*high == level && claim->action == ACTION_ERRNO &&
					   a->c->claims[*who].error != claim->error) {
					tell_conflict(a->c, candidate->claim, *who);
				}
			}
	}
}

void vectors_settle(struct automaton *a, uint32_t vector, uint32_t *ret_below, uint32_t *ret_own)
{
	uint32_t below = vector, own = vector;
	uint16_t error = 0;
	bool differ = false;

	if (a->n_candidates > 1)
		qsort(a->candidates, a->n_candidates, sizeof(*a->candidates), compare_candidates);
	a->steps += a->n_candidates;
	for (size_t i = 0; i < a->n_candidates; i++) {
		const struct candidate *candidate = &a->candidates[i];
		const struct claim *claim = &a->c->claims[candidate->claim];

		differ |= claim->error && error && claim->error != error;
		error = claim->error ? claim->error : error;
		own = vector_apply(a, own, candidate->claim);
		if (candidate->final)
			below = vector_apply(a, below, candidate->claim);
	}
	if (differ) {
		find_conflicts(a, false);
		find_conflicts(a, true);
	}
	a->n_candidates = 0;
	*ret_below = below;
	*ret_own = own;
}
