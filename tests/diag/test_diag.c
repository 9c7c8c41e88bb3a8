/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/diag.h"

static char *printed(const struct diag *diag)
{
	char *text = NULL;
	size_t length = 0;
	FILE *f = open_memstream(&text, &length);

	cr_assert_not_null(f);
	diag_print(diag, f);
	cr_assert_eq(fclose(f), 0);
	return text;
}

static void expect_printed(const struct diag *diag, const char *want)
{
	CLEANUP(free_ptr) char *text = printed(diag);

	cr_expect_str_eq(text, want, "got:\n%s\nwanted:\n%s", text, want);
}

static struct diag *fresh(void)
{
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	return diag;
}

Test(diag, nothing_prints_nothing)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();

	expect_printed(diag, "");
	cr_assert_eq(diag_errors(diag) + diag_warnings(diag) + diag_count(diag), 0);
	cr_assert_null(diag_at(diag, 0));
}

Test(diag, none_is_allowed)
{
	const struct diag_pos pos = {"f", 1, 1};
	struct diag *diag = NULL;

	diag_error(NULL, &pos, "%s", "dropped");
	diag_warning(NULL, NULL, "dropped");
	diag_note(NULL, NULL, "dropped");
	diag_system(NULL, -ENOENT, "open", "x", NULL);
	diag_free(NULL);
	diag_freep(&diag);
}

Test(diag, counts_by_severity)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();

	diag_error(diag, NULL, "one");
	diag_warning(diag, NULL, "two");
	diag_warning(diag, NULL, "three");
	diag_note(diag, NULL, "four");
	cr_assert_eq(diag_errors(diag), 1);
	cr_assert_eq(diag_warnings(diag), 2);
	cr_assert_eq(diag_count(diag), 4);
	cr_assert_eq(diag_at(diag, 0)->severity, DIAG_ERROR);
	cr_assert_eq(diag_at(diag, 3)->severity, DIAG_NOTE);
	cr_assert_str_eq(diag_at(diag, 2)->text, "three");
	cr_assert_null(diag_at(diag, 4));
	cr_assert_null(diag_at(diag, SIZE_MAX));
}

Test(diag, positions_as_far_as_they_are_known)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	const struct diag_pos rows[] = {
		{"web.yaml", 3, 7}, {"web.yaml", 3, 0}, {"web.yaml", 0, 0},
		{"web.yaml", 0, 9}, {NULL, 5, 5},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		diag_error(diag, &rows[i], "%zu", i);
	diag_note(diag, NULL, "5");
	expect_printed(diag, "web.yaml: error: 2\n"
			     "web.yaml: error: 3\n"
			     "web.yaml:3: error: 1\n"
			     "web.yaml:3:7: error: 0\n"
			     "bailiff: note: 5\n"
			     "bailiff: error: 4\n");
}

/* Files in the order of their first mention, then line, column, and order of arrival. */
Test(diag, order)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	const struct {
		struct diag_pos pos;
		const char *text;
	} rows[] = {
		{{"z.yaml", 10, 1}, "z ten"},	      {{"a.yaml", 2, 5}, "a two five"},
		{{"z.yaml", 9, 1}, "z nine"},	      {{"a.yaml", 2, 4}, "a two four"},
		{{"a.yaml", 2, 5}, "a two five too"}, {{"a.yaml", 1, 400}, "a one"},
		{{"z.yaml", 100, 1}, "z hundred"},
	};

	diag_error(diag, NULL, "nowhere");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		diag_warning(diag, &rows[i].pos, "%s", rows[i].text);
	expect_printed(diag, "z.yaml:9:1: warning: z nine\n"
			     "z.yaml:10:1: warning: z ten\n"
			     "z.yaml:100:1: warning: z hundred\n"
			     "a.yaml:1:400: warning: a one\n"
			     "a.yaml:2:4: warning: a two four\n"
			     "a.yaml:2:5: warning: a two five\n"
			     "a.yaml:2:5: warning: a two five too\n"
			     "bailiff: error: nowhere\n");
	cr_assert_str_eq(diag_at(diag, 0)->text, "nowhere", "printing does not reorder");
}

Test(diag, file_names_are_its_own)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	char name[] = "gone.yaml";
	struct diag_pos pos = {name, 1, 2};

	diag_error(diag, &pos, "first");
	memset(name, 'X', sizeof(name) - 1);
	pos = (struct diag_pos){NULL, 9, 9};
	expect_printed(diag, "gone.yaml:1:2: error: first\n");
}

Test(diag, input_cannot_forge_a_line)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	const struct diag_pos pos = {"a\nbailiff: note: all is well", 1, 1};

	diag_error(diag, &pos, "unknown key '%s'", "x\x1b[2J\r\n\xe2\x80\xae\xff");
	expect_printed(diag, "a\\x0abailiff: note: all is well:1:1: error: unknown key "
			     "'x\\x1b[2J\\x0d\\x0a\\xe2\\x80\\xae\\xff'\n");
}

Test(diag, system_call_that_failed)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();

	diag_system(diag, -ENOENT, "open", "/etc/x", NULL);
	diag_system(diag, EPERM, "seccomp", "filter", "is no_new_privs set?");
	expect_printed(diag, "bailiff: error: open /etc/x: No such file or directory\n"
			     "bailiff: error: seccomp filter: Operation not permitted; "
			     "is no_new_privs set?\n");
	cr_assert_eq(diag_errors(diag), 2);
}

Test(diag, past_the_limit_messages_are_counted)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	CLEANUP(free_ptr) char *text = NULL;
	struct diag_pos pos = {"f", 1, 1};
	size_t lines = 0;

	for (unsigned i = 0; i < DIAG_MAX + 25; i++) {
		pos.line = DIAG_MAX - i % DIAG_MAX;
		diag_error(diag, &pos, "%u", i);
		diag_warning(diag, &pos, "%u", i);
	}
	cr_assert_eq(diag_errors(diag), DIAG_MAX + 25);
	cr_assert_eq(diag_warnings(diag), DIAG_MAX + 25);
	cr_assert_eq(diag_count(diag), DIAG_MAX);
	text = printed(diag);
	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	cr_assert_eq(lines, DIAG_MAX + 1);
	cr_assert_not_null(strstr(text, "bailiff: error: 10050 more messages are not shown\n"));
}

/* Messages from hostile input, each as long as a scalar may be: memory stays bounded, and no error
 * is lost from the count, though its text is. */
Test(diag, long_messages_are_bounded_and_counted)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	CLEANUP(free_ptr) char *text = NULL;
	const size_t length = 65536;
	CLEANUP(free_ptr) char *word = malloc(length + 1);

	memset(word, 'w', length);
	word[length] = '\0';
	for (int i = 0; i < 2000; i++)
		diag_error(diag, NULL, "%s", word);
	cr_assert_eq(diag_errors(diag), 2000);
	cr_assert_lt(diag_count(diag), 600);
	cr_assert_gt(diag_count(diag), 400);
	text = printed(diag);
	cr_assert_not_null(strstr(text, "more messages are not shown\n"));
}

Test(diag, many_files)
{
	CLEANUP(diag_freep) struct diag *diag = fresh();
	CLEANUP(free_ptr) char *text = NULL;
	char name[32];

	for (int i = 0; i < 200; i++) {
		const struct diag_pos pos = {name, 1, 1};

		snprintf(name, sizeof(name), "include-%d.yaml", i % 100);
		diag_note(diag, &pos, "%d", i);
	}
	text = printed(diag);
	cr_assert(strncmp(text,
			  "include-0.yaml:1:1: note: 0\ninclude-0.yaml:1:1: note: 100\n"
			  "include-1.yaml",
			  70) == 0);
}
