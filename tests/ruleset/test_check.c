/* SPDX-License-Identifier: Apache-2.0 */
/* An image with one thing wrong is refused, with the reason. */
#include "help_ruleset.h"

#include <stddef.h>

static const char text[] =
	HEAD "files:\n  default: allow\n  deny: [/a/b, '/a/*.so', '/a/[xy]*']\n"
	     "network:\n  default: deny\n  allow:\n    - {connect: ['10.0.0.0/8:80-90/tcp']}\n"
	     "kernel: {default: deny}\n";

#define IN_HEADER      UINT32_MAX
#define SECTION(field) offsetof(struct bl_header, field)
#define HEADER(field)  IN_HEADER, offsetof(struct bl_header, field)
/* The field of the n-th element of a section. */
#define FIELD(section, type, n, field)                                                             \
	SECTION(section), (n) * sizeof(struct type) + offsetof(struct type, field)

static const struct {
	const char *name;
	size_t section, offset;
	uint32_t value;
	const char *says;
} rows[] = {
	{"no magic", HEADER(magic), 0, "no image of this bailiff"},
	{"another ABI", HEADER(abi), BL_ABI + 1, "no image of this bailiff"},
	{"another length", HEADER(n_blocks), 50, "another length"},
	{"a table of another size", HEADER(edge_mask), 5, "power of two"},
	{"no states", HEADER(n_states), 1, "first states"},
	{"no IPv4", HEADER(lengths4), 0, "prefixes"},
	{"edges outside", HEADER(edges), 1u << 30, "edges"},
	{"edges over the header", HEADER(edges), 3, "edges"},
	{"states over effects", HEADER(n_states), 10000, "states"},
	{"effects over others", HEADER(n_effects), 10000, "effects"},
	{"deciders over others", HEADER(n_deciders), 10000, "deciders"},
	{"rules over others", HEADER(n_rules), 10000, "rules"},
	{"decisions over others", HEADER(n_decisions), 10000, "decisions"},
	{"texts past the end", HEADER(texts_bytes), 1u << 20, "texts"},
	{"target lists outside", HEADER(targets), 1u << 30, "target lists"},
	{"a state without effect", FIELD(states, bl_state, 1, effect), 0, "leads out"},
	{"a state's effect", FIELD(states, bl_state, 1, effect), 9999, "leads out"},
	{"a state's decider", FIELD(states, bl_state, 1, decider), 9999, "leads out"},
	{"a state without other", FIELD(states, bl_state, 1, other), 0, "leads out"},
	{"a state's other", FIELD(states, bl_state, 1, other), 9999, "leads out"},
	{"a state's list", FIELD(states, bl_state, 1, globs), 9999, "without its wildcards"},
	{"the middle of a list", FIELD(states, bl_state, 1, globs), 0x7fffffff,
	 "without its wildcards"},
	{"denied and audited", FIELD(effects, bl_effect, 2, op[BL_OP_UNIX_BIND].audit), 1,
	 "denies and audits"},
	{"a list that returns", FIELD(deciders, bl_decider, 2, next), 2, "leads out"},
	{"a decider's rule", FIELD(deciders, bl_decider, 2, rule), 9999, "leads out"},
	{"a decider's place", FIELD(deciders, bl_decider, 2, place), 64, "leads out"},
	{"a rule's errno and policy", FIELD(rules, bl_rule, 0, error), 0, "rule without sense"},
	{"a rule's text", FIELD(rules, bl_rule, 0, text), 1u << 20, "rule without sense"},
	{"a decision's decider", FIELD(decisions, bl_decision, 1, decider), 9999,
	 "decision without sense"},
	{"a decision that denies what it does not decide", FIELD(decisions, bl_decision, 1, deny),
	 6, "decision without sense"},
	{"a decision of sockets", HEADER(socket), 9999, "not there"},
	{"a decision of a surface", HEADER(surface), 9999, "not there"},
	{"a place's policy", FIELD(places, bl_place, 0, policy), 65, "place without sense"},
	{"a place that wants what it does not ask for", FIELD(places, bl_place, 0, want), 1,
	 "place without sense"},
	{"another count of edges", HEADER(n_edges), 1, "edges and says"},
	{"a list of any address", HEADER(any), 1u << 30, "that is not there"},
	{"an empty list of ports", SECTION(nets), 0, 0, "without its end"},
	{"an endless list of ports", SECTION(nets), 4, 1, "without its end"},
	{"a list that begins late", SECTION(nets), 12, 1, "without order"},
	{"a list's decision", SECTION(nets), 8, 9999, "without order"},
	{"a target list's table", SECTION(targets), BL_BLOCK, 0, "without its table"},
	{"a target list's length", SECTION(targets), BL_BLOCK + 4, 1u << 20, "without its table"},
	{"a target list's state", SECTION(targets), BL_BLOCK + 8, 9999, "wildcards that lead out"},
	{"a row's next", SECTION(globs), BL_BLOCK, 0xffff, "wildcards that lead out"},
	{"texts of another version", SECTION(texts), 0, 77, "tell its policies"},
	{"texts of more policies", SECTION(texts), 4, 77, "tell its policies"},
	{"a policy without a name", SECTION(texts), 16 + 24, 77777, "tell its policies"},
	{"policies that are not there", HEADER(policies), 2, "tell its policies"},
	{"a host that is not there", HEADER(host), 2, "tell its policies"},
};

Test(check, whatever_is_wrong)
{
	struct made made = make_one(text);
	size_t bytes = (size_t)made.set.n_blocks * BL_BLOCK;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t *copy = aligned_alloc(BL_BLOCK, bytes);
		struct diag *diag = NULL;
		uint32_t block = 0;

		cr_assert(copy && diag_new(&diag) == 0);
		memcpy(copy, made.set.blocks, bytes);
		if (rows[i].section != IN_HEADER)
			memcpy(&block, copy + rows[i].section, sizeof(block));
		memcpy(copy + (size_t)block * BL_BLOCK + rows[i].offset, &rows[i].value,
		       sizeof(rows[i].value));
		cr_expect_eq(ruleset_check(copy, made.set.n_blocks, diag), -EINVAL, "%s",
			     rows[i].name);
		if (!says(diag, DIAG_ERROR, 0, rows[i].says)) {
			diag_print(diag, stderr);
			cr_expect(false, "%s", rows[i].name);
		}
		diag_free(diag);
		free(copy);
	}
	made_clear(&made);
}

/* A used slot behind a free one, and an edge that leads nowhere. */
Test(check, edges)
{
	struct made made = make_one(text);
	struct bl_header *h = (struct bl_header *)(void *)made.set.blocks;
	struct bl_edge *edges =
		(struct bl_edge *)(void *)(made.set.blocks + (size_t)h->edges * BL_BLOCK);
	uint32_t slots = (h->edge_mask + 1) * 4, i;

	/* The last slot of its bucket may be used where it alone was free. */
	for (i = 0; i < slots && (edges[i].value || i % 4 == 3); i++)
		;
	cr_assert_lt(i, slots);
	i = i / 4 * 4 + 3;
	edges[i].value = 1;
	h->n_edges++;
	cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), -EINVAL);
	edges[i].value = 0;
	h->n_edges--;
	cr_assert_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), 0);
	for (i = 0; !edges[i].value; i++)
		;
	edges[i].value = 0x7fffffff;
	cr_expect_eq(ruleset_check(made.set.blocks, made.set.n_blocks, NULL), -EINVAL);
	cr_expect_eq(ruleset_check(made.set.blocks, 3, NULL), -EINVAL);
	made_clear(&made);
}
