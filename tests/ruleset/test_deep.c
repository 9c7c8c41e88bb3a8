/* SPDX-License-Identifier: Apache-2.0 */
/* Rules below rules, thousands of them: each operation's is the deepest that speaks of it, and is told by its line. */
#include "help_ruleset.h"

#define LEVELS 1200 /* more than 2,048 rules on one way */

static const struct {
	const char *word;
	enum bl_op op;
} words[] = {{"read", BL_OP_READ},
	     {"write", BL_OP_WRITE},
	     {"execute", BL_OP_EXECUTE},
	     {"create", BL_OP_CREATE}};

/* Two rules a level, one that denies a word and one that allows the word before it. */
static bool speaks(unsigned level, size_t word, bool denying)
{
	return (level + !denying) % ARRAY_LEN(words) == word;
}

static void put_rules(FILE *out, bool denying, unsigned *line, unsigned lines[LEVELS + 1])
{
	static char path[2 * LEVELS + 8];

	path[0] = '\0';
	fprintf(out, "  %s:\n", denying ? "deny" : "allow");
	++*line;
	for (unsigned level = 1; level <= LEVELS; level++) {
		strcpy(path + 2 * (level - 1), "/a");
		for (size_t word = 0; word < ARRAY_LEN(words); word++)
			if (speaks(level, word, denying))
				fprintf(out, "    - {paths: [%s/**], access: [%s]}\n", path,
					words[word].word);
		lines[level] = ++*line;
	}
}

Test(deep, the_deepest_rule_decides)
{
	static unsigned denying[LEVELS + 1], allowing[LEVELS + 1];
	static char path[2 * LEVELS + 8];
	unsigned line = 5;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	struct ruleset_verdict verdict;
	struct ruleset_rule rule;
	struct made made;

	fputs(HEAD "files:\n  default: allow\n", out);
	put_rules(out, true, &line, denying);
	put_rules(out, false, &line, allowing);
	fclose(out);
	made = make_one(text);
	for (unsigned depth = 1; depth <= LEVELS; depth++) {
		strcpy(path + 2 * (depth - 1), "/a");
		for (size_t word = 0; word < ARRAY_LEN(words); word++) {
			unsigned level = depth;
			bool denied;

			while (level && !speaks(level, word, true) && !speaks(level, word, false))
				level--;
			denied = level && speaks(level, word, true);
			cr_assert_eq(ruleset_ask_path(&made.set, BL_STATE_ROOT, path,
						      words[word].op, 1, &verdict),
				     0);
			cr_assert_eq(verdict.deny, denied, "%s at depth %u", words[word].word,
				     depth);
			if (!level)
				continue;
			cr_assert_eq(ruleset_rule(&made.set, verdict.rule, &rule), 0);
			cr_assert_eq(rule.line, denied ? denying[level] : allowing[level],
				     "%s at depth %u: line %u", words[word].word, depth, rule.line);
		}
	}
	made_clear(&made);
	free(text);
}
