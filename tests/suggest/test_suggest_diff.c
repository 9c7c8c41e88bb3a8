/* SPDX-License-Identifier: Apache-2.0 */
/* The diff: against hand-made ones, and applied by a reader that knows nothing of how it was made. */
#include "help_suggest.h"

TestSuite(suggest_diff, .timeout = 60);

static const struct {
	const char *name, *before, *after, *diff;
} rows[] = {
	{"equal", "a\nb\n", "a\nb\n", ""},
	{"both empty", "", "", ""},
	{"from nothing", "", "a\n", "--- n\n+++ n\n@@ -0,0 +1 @@\n+a\n"},
	{"to nothing", "a\nb\n", "", "--- n\n+++ n\n@@ -1,2 +0,0 @@\n-a\n-b\n"},
	{"a newline at the end", "a", "a\n",
	 "--- n\n+++ n\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"},
	{"three lines around it", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n6\n7\n8\n9\n",
	 "--- n\n+++ n\n@@ -2,7 +2,6 @@\n 2\n 3\n 4\n-5\n 6\n 7\n 8\n"},
	{"two places near each other are one hunk", "1\n2\n3\n4\n5\n6\n7\n8\n",
	 "x\n2\n3\n4\n5\n6\n7\ny\n",
	 "--- n\n+++ n\n@@ -1,8 +1,8 @@\n-1\n+x\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+y\n"},
	{"seven lines between them: two hunks", "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
	 "x\n2\n3\n4\n5\n6\n7\n8\ny\n",
	 "--- n\n+++ n\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n "
	 "8\n-9\n+y\n"},
};

Test(suggest_diff, rows)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(free_ptr)
		char *diff = suggest_diff("n", rows[i].before, strlen(rows[i].before),
					  rows[i].after, strlen(rows[i].after));

		cr_expect_str_eq(diff, rows[i].diff, "%s:\n%s", rows[i].name, diff);
	}
}

Test(suggest_diff, a_hostile_name)
{
	CLEANUP(free_ptr) char *diff = suggest_diff("a\n+b\x1b", "a\n", 2, "b\n", 2);

	cr_assert_str_eq(diff, "--- a\\x0a+b\\x1b\n+++ a\\x0a+b\\x1b\n@@ -1 +1 @@\n-a\n+b\n");
}

static const char *next_line(const char *at)
{
	const char *end = strchr(at, '\n');

	return end ? end + 1 : at + strlen(at);
}

/* Lines of `before`, as the hunks say; each line that a hunk names must be there. */
static void apply(const char *diff, const char *before, char *out)
{
	unsigned from, line = 1;
	const char *end;

	*out = '\0';
	if (*diff)
		diff = next_line(next_line(diff));
	while (*diff) {
		cr_assert_eq(sscanf(diff, "@@ -%u", &from), 1, "%s", diff);
		cr_assert(from >= line || !*before);
		for (; line < from; line++, before = end) {
			end = next_line(before);
			strncat(out, before, (size_t)(end - before));
		}
		for (diff = next_line(diff); *diff && *diff != '@'; diff = next_line(diff)) {
			size_t length = (size_t)(next_line(diff) - diff - 1);

			cr_assert(strchr(" +-", *diff), "%s", diff);
			if (*diff != '+') {
				cr_assert_eq(strncmp(before, diff + 1, length), 0, "%s", diff);
				before += length;
				line++;
			}
			if (*diff != '-')
				strncat(out, diff + 1, length);
		}
	}
	strcat(out, before);
}

/* Texts of few different lines, so that many of them are the same. */
static void draw(unsigned *seed, char *text)
{
	unsigned lines;

	*seed = *seed * 1103515245u + 12345u;
	lines = *seed >> 16 & 31;
	for (unsigned i = 0; i < lines; i++) {
		*seed = *seed * 1103515245u + 12345u;
		text += sprintf(text, "%c\n", 'a' + (int)(*seed >> 16 & 3));
	}
	*text = '\0';
}

Test(suggest_diff, applied_it_is_the_other_text)
{
	char before[128], after[128], made[256];
	unsigned seed = 7;

	for (unsigned i = 0; i < 20000; i++) {
		char *diff;

		draw(&seed, before);
		draw(&seed, after);
		diff = suggest_diff("n", before, strlen(before), after, strlen(after));
		cr_assert_not_null(diff);
		apply(diff, before, made);
		cr_assert_str_eq(made, after, "%s", diff);
		free(diff);
	}
}
