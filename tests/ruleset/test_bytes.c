/* SPDX-License-Identifier: Apache-2.0 */
/* An image to the byte: the same from the same policies, nothing of old memory in it, and no more than there has
 * to be. */
#include "help_ruleset.h"

#include <malloc.h>

static const char text[] =
	HEAD "files:\n  default: allow\n  deny: [/a/b, '/a/*.so', '/a/[xy]*', '/**/c/**', /d/**]\n"
	     "  audit: [{paths: [/b/**], by: [/x, '/y*']}]\n"
	     "network:\n  default: deny\n  allow:\n    - {connect: ['10.0.0.0/8:80-90/tcp']}\n"
	     "    - {bind: ['*:443/udp', 'unix:/run/**']}\n    - {socket: [AF_NETLINK]}\n"
	     "capabilities: {default: deny, allow: [CAP_CHOWN, CAP_KILL]}\n"
	     "kernel: {default: deny}\n";

/* Memory that is handed out has the byte in it, or its complement. */
static struct made make_perturbed(int byte)
{
	struct made made;

	mallopt(M_PERTURB, byte);
	made = make_one(text);
	mallopt(M_PERTURB, 0);
	return made;
}

Test(bytes, the_same_from_the_same)
{
	struct made a = make_perturbed(0xa5), b = make_perturbed(0x3c);

	cr_assert_eq(a.set.n_blocks, b.set.n_blocks);
	for (size_t i = 0; i < (size_t)a.set.n_blocks * BL_BLOCK; i++)
		cr_assert_eq(a.set.blocks[i], b.set.blocks[i], "byte %zu: %#x and %#x", i,
			     a.set.blocks[i], b.set.blocks[i]);
	made_clear(&a);
	made_clear(&b);
}

/* Behind the last element of a section, to the end of its block. */
Test(bytes, zeros_between_sections)
{
	struct made made = make_perturbed(0xa5);
	const struct bl_header *h = (const struct bl_header *)(void *)made.set.blocks;
	const struct {
		const char *name;
		uint32_t block;
		size_t bytes;
	} sections[] = {
		{"states", h->states, h->n_states * sizeof(struct bl_state)},
		{"deciders", h->deciders, h->n_deciders * sizeof(struct bl_decider)},
		{"rules", h->rules, h->n_rules * sizeof(struct bl_rule)},
		{"decisions", h->decisions, h->n_decisions * sizeof(struct bl_decision)},
		{"texts", h->texts, h->texts_bytes},
	};

	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		const uint8_t *section = made.set.blocks + (size_t)sections[i].block * BL_BLOCK;

		for (size_t j = sections[i].bytes; j % BL_BLOCK; j++)
			cr_expect_eq(section[j], 0, "%s: byte %zu", sections[i].name, j);
	}
	made_clear(&made);
}

/* As many directories as you like that the same wildcards are in: one table says what they match. */
Test(bytes, tables_are_shared)
{
	size_t blocks[2];

	for (size_t i = 0; i < 2; i++) {
		unsigned directories = i ? 200 : 1;
		char *policy = NULL;
		size_t length;
		FILE *out = open_memstream(&policy, &length);
		struct made made;

		fputs(HEAD "files:\n  default: allow\n  deny:\n    - paths:\n", out);
		for (unsigned j = 0; j < directories; j++)
			fprintf(out, "      - '/d%u/*.so'\n      - '/d%u/[a-f]*x'\n", j, j);
		fclose(out);
		made = make_one(policy);
		blocks[i] = ((const struct bl_header *)(void *)made.set.blocks)->targets -
			    ((const struct bl_header *)(void *)made.set.blocks)->globs;
		made_clear(&made);
		free(policy);
	}
	cr_expect_eq(blocks[0], blocks[1], "%zu and %zu blocks", blocks[0], blocks[1]);
	cr_expect_gt(blocks[0], BL_GLOB_BLOCKS);
}

/* The name of a file stands there for the policy, and once for all rules in a row that are of it. */
Test(bytes, names_are_not_repeated)
{
	struct made made =
		make_one(HEAD "files:\n  default: allow\n  deny: [/a, /b, /c, /d]\n"
			      "  audit: [{paths: [/e], why: because}, {paths: [/f], why: "
			      "because}]\n");
	const struct bl_header *h = (const struct bl_header *)(void *)made.set.blocks;
	const char *from = (const char *)made.set.blocks + (size_t)h->texts * BL_BLOCK;
	const char *end = from + h->texts_bytes, *at;
	unsigned n = 0;

	for (at = from; (at = memmem(at, (size_t)(end - at), "t.yaml", 7)); at++)
		n++;
	cr_expect(n == 1 || n == 2, "%u", n);
	made_clear(&made);
}
