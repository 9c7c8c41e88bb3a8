/* SPDX-License-Identifier: Apache-2.0 */
/* In every element of an image: the last number that leads somewhere is taken, the next one refused. */
#include "help_ruleset.h"

#include <stddef.h>

static const char text[] =
	HEAD "files:\n  default: allow\n  deny: [/a/b, '/a/*.so', '/a/[xy]*', '/*/c/**']\n"
	     "  audit: [/b/**]\n"
	     "network:\n  default: deny\n  allow:\n    - {connect: ['10.0.0.0/8:80-90/tcp']}\n"
	     "    - {bind: ['*:443/udp']}\n"
	     "capabilities: {default: deny, allow: [CAP_CHOWN, CAP_KILL]}\n"
	     "kernel: {default: deny}\n";

#define HEADER(field) offsetof(struct bl_header, field)
#define FIELD(section, type, field)                                                                \
	HEADER(section), sizeof(struct type), offsetof(struct type, field),                        \
		sizeof(((struct type *)NULL)->field)

static const struct limit {
	const char *name;
	size_t section, size, offset, width;
	uint32_t first;	       /* number of an element */
	size_t count;	       /* where the header says how many there are */
	size_t bound;	       /* where it says the first number that is wrong */
	uint64_t wrong, right; /* or these; the bound and the one before it */
} limits[] = {
	{"effect", FIELD(states, bl_state, effect), 1, HEADER(n_states), HEADER(n_effects), 0, 0},
	{"no effect", FIELD(states, bl_state, effect), 1, HEADER(n_states), 0, 0, 1},
	{"decider", FIELD(states, bl_state, decider), 1, HEADER(n_states), HEADER(n_deciders), 0,
	 0},
	{"no decider", FIELD(states, bl_state, decider), 1, HEADER(n_states), HEADER(n_deciders), 0,
	 0},
	{"other", FIELD(states, bl_state, other), 1, HEADER(n_states), HEADER(n_states), 0, 0},
	{"no other", FIELD(states, bl_state, other), 1, HEADER(n_states), 0, 0, 1},
	{"globs", FIELD(states, bl_state, globs), 1, HEADER(n_states), 0, BL_SINK + 1ull, BL_SINK},
	{"globs in the empty block", FIELD(states, bl_state, globs), 1, HEADER(n_states), 0,
	 BL_SINK - 1ull, 0},
	{"rule", FIELD(deciders, bl_decider, rule), 1, HEADER(n_deciders), HEADER(n_rules), 0, 0},
	{"place", FIELD(deciders, bl_decider, place), 1, HEADER(n_deciders), 0, BL_PLACES,
	 BL_PLACES - 1},
	{"no errno", FIELD(rules, bl_rule, error), 0, HEADER(n_rules), 0, 0, 1},
	{"errno", FIELD(rules, bl_rule, error), 0, HEADER(n_rules), 0, 4096, 4095},
	{"policy", FIELD(rules, bl_rule, policy), 0, HEADER(n_rules), 0, BL_PLACES, BL_PLACES - 1},
	{"flags", FIELD(rules, bl_rule, flags), 0, HEADER(n_rules), 0, 4,
	 BL_RULE_KILL | BL_RULE_QUIET},
	{"text", FIELD(rules, bl_rule, text), 0, HEADER(n_rules), HEADER(texts_bytes), 0, 0},
	{"decision's decider", FIELD(decisions, bl_decision, decider), 1, HEADER(n_decisions),
	 HEADER(n_deciders), 0, 0},
	{"socket", 0, 0, HEADER(socket), 4, 0, 0, HEADER(n_decisions), 0, 0},
	{"no states", 0, 0, HEADER(n_states), 4, 0, 0, 0, BL_STATE_CGROUPS, UINT64_MAX},
	{"no effects", 0, 0, HEADER(n_effects), 4, 0, 0, 0, 0, UINT64_MAX},
	{"no deciders", 0, 0, HEADER(n_deciders), 4, 0, 0, 0, 0, UINT64_MAX},
	{"the lengths of IPv4", 0, 0, HEADER(lengths4), 8, 0, 0, 0, 1ull << 33 | 1, 1ull << 32 | 1},
	{"no empty IPv4 prefix", 0, 0, HEADER(lengths4), 8, 0, 0, 0, 2, 1},
	{"no empty IPv6 prefix", 0, 0, HEADER(lengths6), 8, 0, 0, 0, 2, 1},
	{"other policies hosted", 0, 0, HEADER(host), 8, 0, 0, 0, 2, 1},
	{"other policies launched", 0, 0, HEADER(launched), 8, 0, 0, 0, 2, 1},
	{"other policies kept", 0, 0, HEADER(kept), 8, 0, 0, 0, 2, 1},
	{"fewer edges", 0, 0, HEADER(n_edges), 4, 0, 0, 0, 0, UINT64_MAX},
};

static uint32_t word_at(const struct made *made, size_t offset)
{
	uint32_t word;

	memcpy(&word, made->set.blocks + offset, sizeof(word));
	return word;
}

/* What ruleset_check() says of the image with one number changed. */
static int check_with(const struct made *made, uint8_t *where, uint64_t value, size_t width)
{
	uint64_t before = 0;
	int error;

	memcpy(&before, where, width);
	memcpy(where, &value, width);
	error = ruleset_check(made->set.blocks, made->set.n_blocks, NULL);
	memcpy(where, &before, width);
	return error;
}

Test(limits, of_every_number)
{
	struct made made = make_one(text);

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		const struct limit *l = &limits[i];
		uint32_t count = l->count ? word_at(&made, l->count) : l->first + 1;
		uint64_t wrong = l->bound ? word_at(&made, l->bound) : l->wrong;
		uint64_t right = l->bound ? wrong - 1 : l->right;
		uint8_t *section = made.set.blocks;

		section += l->section ? (size_t)word_at(&made, l->section) * BL_BLOCK : 0;
		cr_assert_gt(count, l->first, "%s", l->name);
		for (uint32_t n = l->first; n < count; n++) {
			uint8_t *where = section + n * l->size + l->offset;

			cr_expect_eq(check_with(&made, where, wrong, l->width), -EINVAL,
				     "%s %u of %u", l->name, n, count);
			if (right != UINT64_MAX)
				cr_expect_eq(check_with(&made, where, right, l->width), 0,
					     "%s %u of %u", l->name, n, count);
		}
	}
	made_clear(&made);
}

/* Lists of numbers in the header. */
Test(limits, of_the_header)
{
	struct made made = make_one(text);
	struct bl_header *h = (struct bl_header *)(void *)made.set.blocks;
	const struct {
		uint32_t *first;
		size_t count;
	} lists[] = {
		{h->word, ARRAY_LEN(h->word)},
		{h->capability, ARRAY_LEN(h->capability)},
		{h->surface, ARRAY_LEN(h->surface)},
	};
	size_t header = sizeof(*h) / BL_BLOCK;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t j = 0; j < lists[i].count; j++) {
			uint8_t *where = (uint8_t *)&lists[i].first[j];

			cr_expect_eq(check_with(&made, where, h->n_decisions, 4), -EINVAL);
			cr_expect_eq(check_with(&made, where, h->n_decisions - 1, 4), 0);
		}
	for (size_t i = 0; i < sizeof(h->any) / sizeof(uint32_t); i++) {
		uint8_t *where = (uint8_t *)&h->any[0][0] + i * sizeof(uint32_t);

		cr_expect_eq(check_with(&made, where, h->nets - 1, 4), -EINVAL, "%zu", i);
		cr_expect_eq(check_with(&made, where, h->nets, 4), 0, "%zu", i);
		cr_expect_eq(check_with(&made, where, h->n_blocks, 4), -EINVAL, "%zu", i);
	}
	/* The header is no section. */
	cr_expect_eq(check_with(&made, (uint8_t *)&h->targets, header - 1, 4), -EINVAL);
	cr_expect_eq(ruleset_check(made.set.blocks, header - 1, NULL), -EINVAL);
	cr_expect_eq(ruleset_check(made.set.blocks, BL_MAX_BLOCKS + 1ull, NULL), -EINVAL);
	cr_expect_eq(ruleset_check(made.set.blocks + 8, made.set.n_blocks, NULL), -EINVAL);
	made_clear(&made);
}

/* Bits that can't stand beside each other. */
Test(limits, of_bits)
{
	struct made made = make_one(text);
	struct bl_header *h = (struct bl_header *)(void *)made.set.blocks;
	uint8_t *effects = made.set.blocks + (size_t)h->effects * BL_BLOCK;
	uint8_t *decisions = made.set.blocks + (size_t)h->decisions * BL_BLOCK;
	uint8_t *places = made.set.blocks + (size_t)h->places * BL_BLOCK;
	uint8_t *deciders = made.set.blocks + (size_t)h->deciders * BL_BLOCK;

	for (uint32_t i = 1; i < h->n_effects; i++)
		for (size_t op = 0; op < BL_OP_SCOPE; op++) {
			struct bl_effect *e = (struct bl_effect *)(void *)effects + i;
			struct bl_pair before = e->op[op];

			e->op[op] = (struct bl_pair){.deny = 6, .audit = 9};
			cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), 0);
			e->op[op].audit = 4;
			cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL),
				     -EINVAL, "effect %u, operation %zu", i, op);
			e->op[op] = before;
		}
	for (uint32_t i = 1; i < h->n_decisions; i++) {
		struct bl_decision *d = (struct bl_decision *)(void *)decisions + i, before = *d;
		static const struct {
			uint64_t decided, deny, audit;
			int error;
		} bits[] = {
			{3, 1, 2, 0}, {3, 3, 2, -EINVAL}, {3, 4, 0, -EINVAL}, {3, 0, 4, -EINVAL}};

		for (size_t j = 0; j < ARRAY_LEN(bits); j++) {
			d->decided = bits[j].decided;
			d->deny = bits[j].deny;
			d->audit = bits[j].audit;
			cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL),
				     bits[j].error, "decision %u, bits %zu", i, j);
		}
		*d = before;
	}
	for (uint32_t i = 0; i < BL_PLACES; i++) {
		struct bl_place *p = (struct bl_place *)(void *)places + i, before = *p;

		p->mask = 6;
		p->want = 4;
		p->policy = BL_PLACES;
		cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), 0);
		p->policy++;
		cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), -EINVAL);
		p->policy = 0;
		p->want = 1;
		cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), -EINVAL);
		*p = before;
	}
	for (uint32_t i = 1; i < h->n_deciders; i++) {
		uint8_t *next = deciders + i * sizeof(struct bl_decider);

		cr_expect_eq(check_with(&made, next, i, 4), -EINVAL, "decider %u", i);
		cr_expect_eq(check_with(&made, next, i - 1, 4), 0, "decider %u", i);
	}
	made_clear(&made);
}
