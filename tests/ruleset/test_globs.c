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
