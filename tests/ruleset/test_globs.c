/* SPDX-License-Identifier: Apache-2.0 */
/* Wildcards against the library's own reading of them: names that rules have, too, and names that none has. */
#include "help_ruleset.h"

#include <fnmatch.h>

static const char *const globs[] = {"a*b",    "ab*ba", "*ab*",	  "a*ba*b", "ab*b",
				    "[ab]*a", "?*b",   "b*[!a]b", "*a?b*",  "ab*bab",
				    "*",      "a*",    "*b",	  "?a?"};

/* The i-th word of a and b: those of one letter, of two, .... NULL: it has more than `most`. */
static const char *word_at(unsigned i, unsigned most, char text[16])
{
	unsigned length = 1;

	for (; i >= 1u << length; length++)
		i -= 1u << length;
	if (length > most)
		return NULL;
	for (unsigned at = 0; at < length; at++)
		text[at] = i >> at & 1 ? 'b' : 'a';
	text[length] = '\0';
	return text;
}

static void check_glob(const char *glob, bool with_names)
{
	char *text = NULL, name[16], path[32];
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct ruleset_verdict verdict;
	struct made made;

	fprintf(out, HEAD "files:\n  default: allow\n  deny:\n    - paths:\n      - '/%s/**'\n",
		glob);
	for (unsigned i = 0; with_names && word_at(i, 6, name); i++)
		fprintf(out, "      - '/%s/z'\n", name);
	fclose(out);
	made = make_one(text);
	for (unsigned i = 0; word_at(i, 6, name); i++) {
		snprintf(path, sizeof(path), "/%s/y", name);
		cr_assert_eq(
			ruleset_ask_path(&made.set, BL_STATE_ROOT, path, BL_OP_READ, 1, &verdict),
			0);
		cr_assert_eq(verdict.deny, fnmatch(glob, name, 0) == 0, "%s and %s, %s names", glob,
			     name, with_names ? "with" : "without");
	}
	made_clear(&made);
	free(text);
}

Test(globs, as_the_library_reads_them)
{
	for (size_t i = 0; i < ARRAY_LEN(globs); i++) {
		check_glob(globs[i], true);
		check_glob(globs[i], false);
	}
}

/* --- As few rows as there are sets of places in the globs ------------------------------------------ */

/* A bit for each place in each of the globs, which have letters, ? and * alone; ten places a glob. */
static uint64_t enter(const char *glob, unsigned member, unsigned at)
{
	uint64_t bits = 1ull << (member * 10 + at);

	return glob[at] == '*' ? bits | enter(glob, member, at + 1) : bits;
}

static uint64_t step(const char *const *set, unsigned n, uint64_t from, char letter)
{
	uint64_t to = 0;

	for (unsigned member = 0; member < n; member++)
		for (unsigned at = 0; set[member][at]; at++) {
			char token = set[member][at];

			if (!(from >> (member * 10 + at) & 1))
				continue;
			if (token == '*')
				to |= enter(set[member], member, at);
			else if (token == '?' || token == letter)
				to |= enter(set[member], member, at + 1);
		}
	return to;
}

Test(globs, no_more_rows_than_sets)
{
	static const char *const sets[][3] = {{"a*b*c", "*c*a", "b?*"},
					      {"*ab*", "*ba*", "a*b"},
					      {"*a", "*b?", "*c??"},
					      {"a*a*a", "a*b*a", "*b*b"},
					      {"*c*b*a", "c*", "?b*?"}};

	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		uint64_t seen[512], start = 0;
		size_t n = 0, rows;
		char text[512];
		struct made made;
		const struct bl_header *h;

		for (unsigned member = 0; member < 3; member++)
			start |= enter(sets[i][member], member, 0);
		/* The first row is by itself: nothing leads back to it. */
		seen[n++] = start;
		for (size_t at = 0; at < n; at++)
			for (const char *letter = "abcx"; *letter; letter++) {
				uint64_t to = step(sets[i], 3, seen[at], *letter);
				size_t k = 1;

				while (k < n && seen[k] != to)
					k++;
				if (to && k >= n)
					seen[n++] = to;
			}
		snprintf(text, sizeof(text),
			 HEAD "files: {default: allow, deny: ['/%s', '/%s', '/%s']}\n", sets[i][0],
			 sets[i][1], sets[i][2]);
		made = make_one(text);
		h = (const struct bl_header *)(void *)made.set.blocks;
		rows = (h->targets - h->globs - 1) / BL_GLOB_BLOCKS;
		cr_expect_eq(rows, n, "%zu: %zu rows for %zu sets", i, rows, n);
		made_clear(&made);
	}
}
