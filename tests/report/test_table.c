/* SPDX-License-Identifier: Apache-2.0 */
/* The table: golden texts, widths, alignment, signs beside colours, and many kinds. */
#include "help_report.h"

TestSuite(table, .timeout = 120);

static const struct store_filter everything = {.limit = 50};

Test(table, fits_each_width)
{
	static const struct {
		unsigned width;
		const char *golden;
	} rows[] = {
		{0, "table-0.txt"},
		{120, "table-120.txt"},
		{80, "table-80.txt"},
		{40, "table-40.txt"},
	};
	struct store *store = help_four();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct report_look look = help_look(rows[i].width);
		CLEANUP(free_ptr) char *text = help_table(store, &everything, &look);

		help_golden(text, rows[i].golden);
	}
	store_free(store);
}

Test(table, groups_have_the_columns_that_were_asked_for)
{
	const struct store_filter by = {.by = 1u << STORE_KEY_POLICY | 1u << STORE_KEY_VERDICT};
	struct report_look look = help_look(0);
	struct store *store = help_four();
	CLEANUP(free_ptr) char *text = help_table(store, &by, &look);

	help_golden(text, "by-policy.txt");
	store_free(store);
}

Test(table, an_empty_store)
{
	struct report_look look = help_look(80);
	struct store *store = help_store();
	CLEANUP(free_ptr) char *text = help_table(store, &everything, &look);

	help_golden(text, "empty.txt");
	store_free(store);
}

Test(table, one_kind_with_marks_that_take_no_column)
{
	struct report_look look = help_look(0);
	struct store *store = help_store();
	struct event event = help_event("/srv/e\u0301te\u0301", 0);
	CLEANUP(free_ptr) char *text = NULL;

	event.rule_file = "w.yaml";
	event.rule_line = 27;
	event.error = EACCES;
	help_put(store, &event);
	text = help_table(store, &everything, &look);
	help_golden(text, "one.txt");
	store_free(store);
}

Test(table, acknowledged_and_grown_have_signs)
{
	struct report_look look = help_look(80);
	struct store *store = help_store();
	struct event event = help_event("/a", 0);
	CLEANUP(free_ptr) char *text = NULL;

	event.rule_file = "w";
	event.rule_line = 1;
	help_put(store, &event);
	event.object = "/b";
	help_put(store, &event);
	cr_assert_eq(store_ack(store, 1, "known", NULL), 0);
	cr_assert_eq(store_ack(store, 2, NULL, NULL), 0);
	event.object = "/a";
	event.time.tv_sec += 3599;
	help_put(store, &event);
	text = help_table(store, &everything, &look);
	help_golden(text, "acked.txt");
	store_free(store);
}

/* Without its colours it is the same text, and it has some. */
Test(table, colour_is_never_the_only_sign)
{
	struct report_look look = help_look(80);
	struct store *store = help_four();
	CLEANUP(free_ptr) char *plain = help_table(store, &everything, &look);
	CLEANUP(free_ptr) char *text = NULL;
	char *to, *at;
	size_t colours = 0;

	look.color = true;
	text = help_table(store, &everything, &look);
	for (at = to = text; *at;) {
		if (at[0] == '\033' && at[1] == '[') {
			at = strchr(at, 'm') + 1;
			colours++;
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
	cr_expect_str_eq(text, plain);
	cr_expect_geq(colours, 8);
	store_free(store);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = text; (at = strstr(at, part)); at++)
		count++;
	return count;
}

Test(table, ten_thousand_kinds)
{
	struct report_look look = help_look(80);
	struct store_filter filter = {.limit = 50};
	struct store *store = help_store();
	char *text;

	for (unsigned i = 0; i < 10000; i++) {
		char object[32];
		struct event event;

		snprintf(object, sizeof(object), "/srv/%u", i);
		event = help_event(object, i % 3600);
		store_put(store, &event);
	}
	cr_assert_eq(store_commit(store, 0, NULL), 0);
	text = help_table(store, &filter, &look);
	cr_expect(strstr(text, "10,000 violations (10,000 denied) of 10,000 kinds"), "%.200s",
		  text);
	cr_expect(strstr(text, "\n... and 9,950 more; --limit 0 shows all\n"));
	cr_expect_eq(count_of(text, "  denied  "), 50);
	free(text);
	filter.limit = 0;
	text = help_table(store, &filter, &look);
	cr_expect_eq(count_of(text, "  denied  "), 10000);
	cr_expect_null(strstr(text, "more; --limit"));
	free(text);
	store_free(store);
}

/* --- Times -------------------------------------------------------------------------------------- */

Test(table, times_are_told_from_now)
{
	static const struct {
		int64_t seconds; /* before now */
		const char *want;
	} rows[] = {
		{0, "now"},
		{1, "1 s ago"},
		{59, "59 s ago"},
		{60, "1 min ago"},
		{3599, "59 min ago"},
		{3600, "1 h ago"},
		{48 * 3600 - 1, "47 h ago"},
		{48 * 3600, "2 d ago"},
		{60 * 86400 - 1, "59 d ago"},
		{60 * 86400, "2 mon ago"},
		{365 * 86400, "12 mon ago"},
		{3 * 365 * 86400, "3 y ago"},
		{-5, "in 5 s"},
	};
	struct report_look look = help_look(80);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store *store = help_store();
		struct event event = help_event("/a", 0);
		CLEANUP(free_ptr) char *text = NULL;
		char *end;

		event.time.tv_sec = T0 + 3600 - rows[i].seconds;
		help_put(store, &event);
		text = help_table(store, &everything, &look);
		end = text + strlen(text) - 1;
		*end = '\0';
		end -= strlen(rows[i].want);
		cr_expect_str_eq(end, rows[i].want, "%s", text);
		cr_expect_eq(end[-1], ' ');
		store_free(store);
	}
}

Test(table, times_that_a_person_says)
{
	static const int64_t now = (T0 + 3600) * 1000000000;
	static const struct {
		const char *text;
		int64_t seconds; /* -1: refused */
	} rows[] = {
		{"90s", T0 + 3600 - 90},
		{"15m", T0 + 3600 - 900},
		{"1h", T0},
		{"7d", T0 + 3600 - 7 * 86400},
		{"2w", T0 + 3600 - 14 * 86400},
		{"0s", T0 + 3600},
		{"2026-11-22T07:00Z", T0},
		{"2026-11-22T07:00:00Z", T0},
		{"2026-11-22 07:00:00Z", T0},
		{"2026-11-22", T0 - 7 * 3600},
		{"2026-11-22T07:00", T0},
		{"@1795330800", T0},
		{"@0", 0},
		{"2024-02-29", 1709164800},
		{"", -1},
		{"h", -1},
		{"1", -1},
		{"1y", -1},
		{"1hh", -1},
		{"-1h", -1},
		{" 1h", -1},
		{"99999999999d", -1},
		{"@", -1},
		{"@-1", -1},
		{"@99999999999999999999", -1},
		{"2026-02-29", -1},
		{"2026-13-01", -1},
		{"2026-00-01", -1},
		{"2026-11-00", -1},
		{"2026-11-22T24:00", -1},
		{"2026-11-22T07", -1},
		{"2026-11-22T07:00+01", -1},
		{"1969-12-31", -1},
		{"26-11-22", -1},
	};
	int64_t ns;

	setenv("TZ", "UTC", 1);
	tzset();
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool good = report_time(rows[i].text, now, &ns);

		cr_expect_eq(good, rows[i].seconds >= 0, "'%s'", rows[i].text);
		if (good && rows[i].seconds >= 0)
			cr_expect_eq(ns, rows[i].seconds * 1000000000, "'%s'", rows[i].text);
	}
	/* Later than nanoseconds can say: as late as they can. */
	cr_expect(report_time("2262-04-12", now, &ns) && ns == INT64_MAX);
	cr_expect(report_time("9999-12-31", now, &ns) && ns == INT64_MAX);
}
