/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that no path is asked for: capabilities, surfaces, the words of exec. */
#include <string.h>

#include "compiler.h"

uint32_t add_decider(struct compiler *c, uint32_t next, uint32_t rule, uint32_t ops, uint32_t place)
{
	if (c->n_deciders > UINT32_MAX / 2 ||
	    !ROOM(c, c->deciders, c->n_deciders, c->deciders_size)) {
		c->oom = true;
		return 0;
	}
	c->deciders[c->n_deciders] = (struct bl_decider){next, rule, ops, place};
	return (uint32_t)c->n_deciders++;
}

static uint32_t share_decider(struct compiler *c, uint32_t next, uint32_t rule, uint32_t place)
{
	uint64_t hash = mix((uint64_t)next << 32 | rule, place);
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&c->decider_index, hash, &at)))
		if (c->deciders[i].next == next && c->deciders[i].rule == rule &&
		    c->deciders[i].place == place)
			return i;
	i = add_decider(c, next, rule, UINT32_MAX, place);
	if (i && index_add(&c->decider_index, hash, i) < 0)
		c->oom = true;
	return i;
}

uint32_t share_decision(struct compiler *c, const struct bl_decision *decision)
{
	uint64_t hash = hash_bytes(0, decision, sizeof(*decision));
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&c->decision_index, hash, &at)))
		if (memcmp(&c->decisions[i], decision, sizeof(*decision)) == 0)
			return i;
	if (!ROOM(c, c->decisions, c->n_decisions, c->decisions_size))
		return 0;
	i = (uint32_t)c->n_decisions++;
	c->decisions[i] = *decision;
	if (index_add(&c->decision_index, hash, i) < 0)
		c->oom = true;
	return i;
}

void decide(struct compiler *c, struct bl_decision *decision, const struct claim *claim,
	    unsigned place)
{
	uint64_t bit = (uint64_t)1 << place;

	decision->decided |= bit;
	if (claim->action >= ACTION_ERRNO)
		decision->deny |= bit;
	else if (claim->action == ACTION_AUDIT)
		decision->audit |= bit;
	decision->decider = share_decider(c, decision->decider, claim->rule, place);
}

/* Rank, then the stricter, then one that reports, then the first. */
void choose(struct compiler *c, struct choice *choice, uint32_t claim, uint32_t rank)
{
	const struct claim *new = &c->claims[claim];

	rank = rank << 4 | new->action;
	for (uint64_t left = new->places; left; left &= left - 1) {
		unsigned place = (unsigned)__builtin_ctzll(left);
		uint32_t *kept = &choice->claim[place];
		const struct claim *old = &c->claims[*kept];

		if (*kept && choice->rank[place] > rank)
			continue;
		if (!*kept || choice->rank[place] < rank)
			choice->rival[place] = 0;
		else if (new->error != old->error)
			choice->rival[place] = claim;
		if (*kept && choice->rank[place] == rank && (new->quiet || !old->quiet))
			continue;
		*kept = claim;
		choice->rank[place] = rank;
	}
}

uint32_t share_choice(struct compiler *c, const struct choice *choice)
{
	struct bl_decision decision = {0};

	for (unsigned place = BL_PLACES; place-- > 0;) {
		if (choice->rival[place])
			tell_conflict(c, choice->claim[place], choice->rival[place]);
		if (choice->claim[place])
			decide(c, &decision, &c->claims[choice->claim[place]], place);
	}
	return decision.decided ? share_decision(c, &decision) : 0;
}

void add_words(struct compiler *c)
{
	for (unsigned word = 0; word < BL_WORDS; word++) {
		uint16_t bit = word == BL_WORD_ANONYMOUS ? EXEC_ANONYMOUS_MEMORY
							 : EXEC_WRITABLE_THEN_EXECUTABLE;
		struct choice choice = {.claim = {0}};

		for (unsigned i = 0; i < c->n_loaded; i++) {
			const struct policy *policy = c->loaded[i].policy;

			for (uint32_t j = 0; j < policy->n_path_rules && !c->oom; j++) {
				struct claim claim;

				if (!(policy->path_rules[j].words & bit))
					continue;
				fill_claim(c, &c->loaded[i], policy->path_rules[j].rule, &claim);
				choose(c, &choice, add_claim(c, &claim), claim.by);
			}
		}
		c->header.word[word] = share_choice(c, &choice);
	}
}

static void choose_rule(struct compiler *c, struct choice *choice, const struct loaded *loaded,
			uint32_t rule)
{
	struct claim claim;

	if (rule == POLICY_NO_RULE || c->oom)
		return;
	fill_claim(c, loaded, rule, &claim);
	choose(c, choice, add_claim(c, &claim), 0);
}

void add_capabilities(struct compiler *c)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		struct choice choice = {.claim = {0}};

		for (unsigned i = 0; i < c->n_loaded; i++) {
			const struct policy *policy = c->loaded[i].policy;

			if (policy->default_rule[CLASS_CAPABILITIES] != POLICY_NO_RULE)
				choose_rule(c, &choice, &c->loaded[i], policy->cap_rule[cap]);
		}
		c->header.capability[cap] = share_choice(c, &choice);
	}
}

void add_surfaces(struct compiler *c)
{
	size_t count;

	policy_surfaces(&count);
	for (size_t surface = 0; surface < count && surface < BL_SURFACES; surface++) {
		struct choice choice = {.claim = {0}};

		for (unsigned i = 0; i < c->n_loaded; i++)
			choose_rule(c, &choice, &c->loaded[i],
				    c->loaded[i].policy->surface_rule[surface]);
		c->header.surface[surface] = share_choice(c, &choice);
	}
}
