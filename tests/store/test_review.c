/* SPDX-License-Identifier: Apache-2.0 */
/* What a person asks: filters, groups, order, what is new; and what is forgotten, or taken in. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "help_store.h"

#define NS 1000000000ll

/* Five kinds: object, hours after T0, policy, executable, verdict, count. */
static void fill(struct store *store)
{
	static const struct {
		const char *object, *policy, *exe;
		int64_t hour;
		enum event_verdict verdict;
		uint64_t count;
	} rows[] = {
		{"/a", "web", "/bin/x", 0, VERDICT_DENIED, 10},
		{"/a", "web", "/bin/x", 5, VERDICT_DENIED, 1},
		{"/b", "web", "/bin/y", 1, VERDICT_DENIED, 50},
		{"/c", "db", "/bin/x", 2, VERDICT_AUDITED, 100},
		{"/d", "db", "/bin/z", 3, VERDICT_WOULD_DENY, 7},
		{"/e", "db", "/bin/z", 4, VERDICT_KILLED, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct event event = help_event(rows[i].object, rows[i].hour * 3600);
		struct event_process process = *event.process;

		process.exe = rows[i].exe;
		event.process = &process;
		event.policy = rows[i].policy;
		event.verdict = rows[i].verdict;
		event.count = rows[i].count;
		store_put(store, &event);
	}
	help_commit(store);
}

Test(review, filters_and_orders)
{
	static const struct {
		const char *name;
		struct store_filter filter;
		const char *want; /* the objects, and their counts */
	} cases[] = {
		{"worst first", {0}, "/e=1 /b=50 /a=11 /d=7 /c=100 "},
		{"most first", {.order = STORE_MOST}, "/c=100 /b=50 /a=11 /d=7 /e=1 "},
		{"newest first", {.order = STORE_NEWEST}, "/a=11 /e=1 /d=7 /c=100 /b=50 "},
		{"oldest first", {.order = STORE_OLDEST}, "/a=11 /b=50 /c=100 /d=7 /e=1 "},
		{"a page", {.order = STORE_IDS, .limit = 2, .skip = 1}, "/b=50 /c=100 "},
		{"the rest", {.order = STORE_IDS, .skip = 3}, "/d=7 /e=1 "},
		{"a policy", {.policy = "db"}, "/e=1 /d=7 /c=100 "},
		{"no such policy", {.policy = "d"}, ""},
		{"an executable", {.exe = "/bin/x"}, "/a=11 /c=100 "},
		{"a container", {.container = "c2"}, ""},
		{"a host", {.host = "web-1", .limit = 1}, "/e=1 "},
		{"a verdict", {.verdict = VERDICT_KILLED}, "/e=1 "},
		{"since", {.since = (HELP_T0 + 4 * 3600) * NS}, "/e=1 /a=1 "},
		{"until", {.until = (HELP_T0 + 3600) * NS}, "/a=10 "},
		{"between",
		 {.since = (HELP_T0 + 3600) * NS, .until = (HELP_T0 + 3 * 3600) * NS},
		 "/b=50 /c=100 "},
		{"long ago", {.until = 1}, ""},
	};
	struct store *store = help_open(":memory:", true);
	struct store_kind kinds[64];

	fill(store);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = help_kinds(store, &cases[i].filter, kinds);
		struct store_summary sum;
		uint64_t all = 0;
		char text[256] = "";

		for (size_t j = 0; j < n; j++) {
			sprintf(text + strlen(text), "%s=%d ", kinds[j].object,
				(int)kinds[j].count);
			all += kinds[j].count;
		}
		cr_expect_str_eq(text, cases[i].want, "%s: %s", cases[i].name, text);
		if (cases[i].filter.limit || cases[i].filter.skip)
			continue;
		cr_assert_eq(store_summarize(store, &cases[i].filter, NULL, &sum), 0);
		cr_expect_eq(sum.kinds, n, "%s", cases[i].name);
		cr_expect_eq(sum.violations, all, "%s", cases[i].name);
	}
	store_free(store);
}

Test(review, groups)
{
	struct store_filter filter = {.by = 1u << STORE_KEY_POLICY, .order = STORE_MOST};
	struct store *store = help_open(":memory:", true);
	struct store_kind kinds[64];
	enum store_key key;

	fill(store);
	cr_assert_eq(help_kinds(store, &filter, kinds), 2);
	cr_expect_str_eq(kinds[0].policy, "db");
	cr_expect_eq(kinds[0].kinds, 3);
	cr_expect_eq(kinds[0].count, 108);
	cr_expect_null(kinds[0].object);
	cr_expect_null(kinds[0].exe);
	cr_expect_eq(kinds[0].verdict, 0);
	cr_expect_str_eq(kinds[0].rule_file, "web.yaml", "what all share is told");
	cr_expect_eq(kinds[1].verdict, VERDICT_DENIED);
	filter.by |= 1u << STORE_KEY_EXE | 1u << STORE_KEY_RULE;
	cr_expect_eq(help_kinds(store, &filter, kinds), 4);
	for (unsigned i = 0; i < STORE_KEYS; i++) {
		const char *name = store_key_name((enum store_key)i);

		filter.by = 1u << i;
		cr_expect_geq(help_kinds(store, &filter, kinds), 1);
		cr_expect(store_key_find(name, strlen(name), &key) && key == i);
	}
	filter.by = (1u << STORE_KEYS) - 1;
	cr_expect_eq(help_kinds(store, &filter, kinds), 5);
	cr_expect_not(store_key_find("rul", 3, &key));
	store_free(store);
}

static int add_hour(void *context, int64_t hour, enum event_verdict verdict, uint64_t count)
{
	char *text = context;

	sprintf(text + strlen(text), "%d:%s=%d ", (int)(hour - HELP_T0 / 3600),
		event_verdict_name(verdict), (int)count);
	return 0;
}

Test(review, hours)
{
	struct store_filter filter = {.policy = "web"};
	struct store *store = help_open(":memory:", true);
	char text[256] = "";

	fill(store);
	cr_assert_eq(store_hours(store, &filter, add_hour, text, NULL), 0);
	cr_expect_str_eq(text, "0:denied=10 1:denied=50 5:denied=1 ");
	store_free(store);
}

Test(review, new_is_what_came_or_grew)
{
	const struct store_filter fresh = {.only_new = true, .order = STORE_IDS};
	struct store *store = help_open(help_path("v.db"), true);
	struct store_kind kinds[64];
	struct event event;

	fill(store);
	cr_assert_eq(store_ack(store, 1, "known, ticket 4", NULL), 0);
	cr_assert_eq(store_ack(store, 2, NULL, NULL), 0);
	cr_expect_eq(store_ack(store, 99, NULL, NULL), -ENOENT);
	cr_expect_eq(help_kinds(store, &fresh, kinds), 3);
	cr_expect_eq(help_summary(store).new_kinds, 3);
	event = help_event("/b", 7);
	struct event_process process = *event.process;
	process.exe = "/bin/y";
	event.process = &process;
	store_put(store, &event);
	help_commit(store);
	cr_assert_eq(help_kinds(store, &fresh, kinds), 4);
	cr_expect_str_eq(kinds[0].object, "/b");
	cr_expect_eq(kinds[0].acked_count, 50);
	cr_expect_neq(kinds[0].acked_at, 0);
	cr_assert_eq(store_unack(store, 1, NULL), 0);
	cr_assert_eq(help_kinds(store, &fresh, kinds), 5);
	cr_expect_null(kinds[0].note);
	store_free(store);
}

Test(review, ids_are_not_used_again)
{
	const struct store_filter web = {.policy = "web"}, all = {0};
	struct store *store = help_open(help_path("v.db"), true);
	struct event event = help_event("/f", 0);
	uint64_t gone = 0;

	fill(store);
	cr_assert_eq(store_delete(store, &web, NULL, &gone), 0);
	cr_expect_eq(gone, 2);
	cr_expect_eq(help_summary(store).kinds, 3);
	cr_assert_eq(store_delete(store, &all, NULL, &gone), 0);
	cr_expect_eq(gone, 3);
	cr_expect_eq(help_summary(store).violations, 0);
	store_put(store, &event);
	help_commit(store);
	cr_expect_eq(help_id(store, "/f"), 6);
	store_free(store);
}

Test(review, what_is_old_is_forgotten)
{
	const struct store_filter everything = {0};
	struct store *store = help_open(help_path("v.db"), true);
	struct store_detail *detail = NULL;
	struct event event = help_event("/old", 0);
	struct store_kind kinds[64];
	int64_t now = time(NULL);

	event.time.tv_sec = now - 91 * 86400;
	store_put(store, &event);
	event.object = "/alive";
	store_put(store, &event);
	event.time.tv_sec = now;
	store_put(store, &event);
	help_commit(store);
	cr_assert_eq(store_trim(store, NULL), 0);
	cr_assert_eq(help_kinds(store, &everything, kinds), 1);
	cr_expect_str_eq(kinds[0].object, "/alive");
	cr_expect_eq(kinds[0].total, 2);
	cr_assert_eq(store_show(store, kinds[0].id, NULL, &detail), 0);
	cr_expect_eq(detail->n_hours, 1);
	store_detail_free(detail);
	cr_expect_eq(help_summary(store).lost, 0);
	store_free(store);
}

/* A rule that floods pays itself, what others did stays; and what goes is told. */
Test(review, too_much_is_trimmed_where_it_came_from)
{
	const struct store_options options = {.write = true, .bytes = 2 << 20, .memory = 2 << 20};
	struct store *store = NULL;
	struct event event = help_event("/quiet", 0);
	struct store_summary sum;
	struct stat st;

	cr_assert_eq(store_open(help_path("v.db"), &options, NULL, &store), 0);
	event.rule_line = 1;
	event.time.tv_sec = time(NULL);
	store_put(store, &event);
	for (int i = 0; i < 20000; i++) {
		char object[32];

		snprintf(object, sizeof(object), "/flood/%d", i);
		event.object = object;
		event.rule_line = 2;
		store_put(store, &event);
		if (i % 500 == 0)
			help_commit(store);
	}
	help_commit(store);
	cr_assert_eq(store_trim(store, NULL), 0);
	cr_expect_eq(help_id(store, "/quiet"), 1);
	sum = help_summary(store);
	cr_expect_eq(sum.violations + sum.lost, 20001);
	cr_expect_gt(sum.lost, 10000);
	cr_expect_gt(sum.kinds, 100);
	cr_assert_eq(store_check(store, NULL), 0);
	store_free(store);
	cr_assert_eq(stat(help_path("v.db"), &st), 0);
	cr_expect_leq(st.st_size, 3 << 20);
}

static int open_text(const char *text, size_t length)
{
	const char *path = help_path("lines");
	FILE *file = fopen(path, "w");
	int fd;

	cr_assert(file);
	fwrite(text, 1, length, file);
	fclose(file);
	fd = open(path, O_RDONLY);
	cr_assert_geq(fd, 0);
	return fd;
}

Test(review, import_counts_what_is_there_and_what_is_not)
{
	struct store *store = help_open(":memory:", false), *direct = help_open(":memory:", false);
	struct event_line line = {0};
	struct store_import sums;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int fd;

	for (int i = 0; i < 3000; i++) {
		char object[64];
		struct event event;

		snprintf(object, sizeof(object), "/o/\xff\x1b%d", i % 1000);
		event = help_event(object, i);
		event.count = 2;
		store_put(direct, &event);
		event_json(&event, &line);
		fputs(line.data, out);
	}
	event_json_lost("ring-full", 7, &line);
	fputs(line.data, out);
	fputs("\n  \n{\"verdict\":\"maybe\"}\nwhat?\n", out);
	for (size_t i = 0; i < EVENT_LINE_MAX + 100000; i++)
		fputc('x', out);
	fputs("\n{\"partial\":{\"rule\":null,\"class\":\"files\",\"reason\":\"r\"}}\n{\"verd", out);
	fclose(out);
	fd = open_text(text, length);
	cr_assert_eq(store_import(store, fd, "lines", NULL, &sums), 0);
	help_commit(direct);
	cr_expect_eq(sums.records, 3002);
	cr_expect_eq(sums.violations, 6000);
	cr_expect_eq(sums.lost, 7);
	cr_expect_eq(sums.partial, 1);
	cr_expect_eq(sums.bad, 4);
	cr_expect_eq(sums.first_bad, 3004);
	cr_expect_eq(help_summary(store).kinds, 1000);
	cr_expect_eq(help_summary(store).violations, 6000);
	cr_expect_eq(help_summary(store).lost, 7);
	cr_expect_neq(help_id(store, "/o/\xff\x1b"
				     "0"),
		      0, "as if it had been put");
	cr_expect_eq(help_id(store, "/o/\xff\x1b"
				    "0"),
		     help_id(direct, "/o/\xff\x1b"
				     "0"));
	close(fd);
	free(text);
	event_line_clear(&line);
	store_free(store);
	store_free(direct);
}

Test(review, import_of_something_else_changes_nothing)
{
	struct store *store = help_open(help_path("v.db"), true);
	struct store_import sums = {0};
	int fd = open_text("one\ntwo\n", 8);

	cr_expect_eq(store_import(store, fd, "lines", NULL, &sums), -EINVAL);
	close(fd);
	fd = open("/", O_RDONLY);
	cr_expect_eq(store_import(store, fd, "/", NULL, &sums), -EISDIR);
	close(fd);
	fd = open_text("", 0);
	cr_expect_eq(store_import(store, fd, "lines", NULL, &sums), 0);
	close(fd);
	cr_expect_eq(help_summary(store).kinds, 0);
	store_free(store);
}
