/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places: a policy together with those of its `by` sets that an executable is in. Of those subsets,
 * only such as can occur get a place: they are found by an automaton of the sets' patterns alone.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool has_by(const struct policy_rule *rule)
{
	return rule->n_by > 0 && (rule->class == CLASS_FILES || rule->class == CLASS_EXEC ||
				  rule->class == CLASS_NETWORK);
}

static void add_by_set(struct compiler *c, const struct loaded *loaded,
		       const struct policy_rule *rule, const char **sorted, uint32_t count,
		       uint64_t hash)
{
	struct by_set *set = &c->by_sets[c->n_by_sets];
	struct claim claim = {.sets = (uint64_t)1 << c->n_by_sets, .source = rule, .scope = true};

	set->patterns = arena_alloc(c->arena, count, sizeof(*set->patterns));
	set->resolved = arena_alloc(c->arena, count, sizeof(*set->resolved));
	if (!set->patterns || !set->resolved ||
	    index_add(&c->by_index, hash, c->n_by_sets + 1) < 0) {
		c->oom = true;
		return;
	}
	memcpy(set->patterns, sorted, count * sizeof(*sorted));
	set->n_patterns = count;
	for (uint32_t i = 0; i < count; i++)
		set->resolved[i] = resolve_pattern(c, sorted[i], rule, loaded->policy);
	set->claim = add_claim(c, &claim);
	c->n_by_sets++;
}

/* The number of a rule's set, which may be new; NO_SET: there are too many. */
static uint8_t find_by_set(struct compiler *c, const struct loaded *loaded,
			   const struct policy_rule *rule)
{
	CLEANUP(free_ptr) const char **sorted = calloc(rule->n_by, sizeof(*sorted));
	uint32_t n = 0, i;
	uint64_t hash = 0;
	size_t at = 0;

	if (!sorted) {
		c->oom = true;
		return NO_SET;
	}
	memcpy(sorted, rule->by, rule->n_by * sizeof(*sorted));
	qsort(sorted, rule->n_by, sizeof(*sorted), compare_texts);
	for (i = 0; i < rule->n_by; i++)
		if (!n || strcmp(sorted[n - 1], sorted[i]) != 0)
			sorted[n++] = sorted[i];
	for (i = 0; i < n; i++)
		hash = hash_text(hash, sorted[i]);
	while ((i = index_next(&c->by_index, hash, &at))) {
		const struct by_set *set = &c->by_sets[i - 1];
		uint32_t same = 0;

		if (set->n_patterns != n)
			continue;
		while (same < n && strcmp(set->patterns[same], sorted[same]) == 0)
			same++;
		if (same == n)
			return (uint8_t)(i - 1);
	}
	if (c->n_by_sets == BL_PLACES) {
		REFUSE(c, &rule->pos,
		       "more than %u different lists of `by` in all policies; use the same list "
		       "where rules mean the same programs",
		       BL_PLACES);
		return NO_SET;
	}
	add_by_set(c, loaded, rule, sorted, n, hash);
	return (uint8_t)(c->n_by_sets - 1);
}

void collect_by_sets(struct compiler *c)
{
	c->rule_sets = malloc(c->n_rules + 1u);
	if (!c->rule_sets) {
		c->oom = true;
		return;
	}
	memset(c->rule_sets, NO_SET, c->n_rules + 1u);
	for (unsigned i = 0; i < c->n_loaded; i++) {
		struct loaded *loaded = &c->loaded[i];

		for (uint32_t j = 0; j < loaded->policy->n_rules && !c->oom && !c->errors; j++) {
			const struct policy_rule *rule = &loaded->policy->rules[j];
			uint8_t set = has_by(rule) ? find_by_set(c, loaded, rule) : NO_SET;

			if (set == NO_SET)
				continue;
			c->rule_sets[loaded->first_rule + j] = set;
			loaded->sets |= (uint64_t)1 << set;
		}
	}
}

void add_by_claims(struct compiler *c, struct automaton *a)
{
	for (unsigned i = 0; i < c->n_by_sets && !c->oom; i++)
		for (uint32_t j = 0; j < c->by_sets[i].n_patterns; j++)
			if (c->by_sets[i].resolved[j])
				automaton_add(a, BL_STATE_ROOT, c->by_sets[i].resolved[j],
					      c->by_sets[i].claim);
}

/* --- Which subsets occur ------------------------------------------------------------------------ */

struct subsets {
	uint64_t *want;
	size_t count, size;
};

static void add_subset(struct compiler *c, struct subsets *subsets, uint64_t want)
{
	/* No more are needed to know that there are too many. */
	if (subsets->count > 4 * BL_PLACES)
		return;
	for (size_t i = 0; i < subsets->count; i++)
		if (subsets->want[i] == want)
			return;
	if (ROOM(c, subsets->want, subsets->count, subsets->size))
		subsets->want[subsets->count++] = want;
}

static void find_subsets(struct compiler *c, struct subsets *subsets)
{
	static const uint32_t start[] = {1, 1, 1, 1};
	struct automaton *a = &c->automaton;
	CLEANUP(free_ptr) bool *seen = NULL;

	if (automaton_open(c, a) < 0)
		return;
	add_by_claims(c, a);
	automaton_build(a, start);
	seen = calloc(a->n_effects, sizeof(*seen));
	c->oom |= !seen;
	for (size_t i = BL_STATE_ROOT; i < a->n_states && !c->oom && !a->failed; i++) {
		uint32_t effect = a->states[i].effect;

		if (seen[effect])
			continue;
		seen[effect] = true;
		for (unsigned j = 0; j < c->n_loaded; j++)
			add_subset(c, &subsets[j],
				   a->effects[effect].op[BL_OP_SCOPE].audit & c->loaded[j].sets);
	}
	automaton_clear(a);
	c->n_edges = 0; /* only the states were wanted */
}

static void refuse_places(struct compiler *c, const struct subsets *subsets, size_t total)
{
	char text[1024] = "";
	size_t used = 0;

	for (unsigned i = 0; i < c->n_loaded && used < sizeof(text); i++)
		if (subsets[i].count > 1)
			used += (size_t)snprintf(text + used, sizeof(text) - used,
						 "; '%s' takes %zu%s for %d lists of `by`",
						 c->loaded[i].policy->name, subsets[i].count,
						 subsets[i].count > 4 * BL_PLACES ? " or more" : "",
						 __builtin_popcountll(c->loaded[i].sets));
	REFUSE(c, NULL, "the policies take %zu of %u places%s", total, BL_PLACES, text);
}

void make_places(struct compiler *c)
{
	struct subsets subsets[BL_PLACES] = {{0}};
	size_t total = 0;

	for (unsigned i = 0; i < c->n_loaded; i++)
		add_subset(c, &subsets[i], 0);
	if (c->n_by_sets && !c->oom)
		find_subsets(c, subsets);
	for (unsigned i = 0; i < c->n_loaded; i++)
		total += subsets[i].count;
	if (total > BL_PLACES)
		refuse_places(c, subsets, total);
	for (unsigned i = 0; i < c->n_loaded && total <= BL_PLACES && !c->oom; i++) {
		struct loaded *loaded = &c->loaded[i];

		for (size_t j = 0; j < subsets[i].count; j++) {
			loaded->places |= (uint64_t)1 << c->n_places;
			c->places[c->n_places++] = (struct bl_place){.mask = loaded->sets,
								     .want = subsets[i].want[j],
								     .policy = loaded->bit};
		}
	}
	for (unsigned i = 0; i < c->n_loaded; i++)
		free(subsets[i].want);
	for (unsigned i = c->n_places; i < BL_PLACES; i++)
		c->places[i].policy = BL_PLACES;
}

uint64_t rule_places(const struct compiler *c, const struct loaded *loaded, uint32_t rule)
{
	uint8_t set = c->rule_sets[loaded->first_rule + rule];
	uint64_t places = 0;

	if (!loaded->policy->rules[rule].n_by)
		return loaded->places;
	for (unsigned i = 0; i < c->n_places; i++)
		if (loaded->places >> i & 1 && set != NO_SET && c->places[i].want >> set & 1)
			places |= (uint64_t)1 << i;
	return places;
}
