/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted, and what it is written as: valid whatever the names, bounded, and exact. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/metrics.h"

static struct metrics *metrics;

static void set_up(void)
{
	cr_assert_eq(metrics_new(-1, NULL, NULL, &metrics), 0);
}

static void tear_down(void)
{
	metrics_free(metrics);
}

TestSuite(text, .init = set_up, .fini = tear_down);

static char *text_of(void)
{
	size_t length;
	char *text;

	cr_assert_eq(metrics_text(metrics, &text, &length), 0);
	cr_assert_eq(strlen(text), length);
	return text;
}

static size_t name_length(const char *at)
{
	return strspn(at, "abcdefghijklmnopqrstuvwxyz_");
}

/* name="value",name="value"} */
static const char *after_labels(const char *at)
{
	while (*at != '}') {
		cr_assert(name_length(at), "%s", at);
		at += name_length(at);
		cr_assert(strncmp(at, "=\"", 2) == 0, "%s", at);
		for (at += 2; *at != '"'; at++) {
			cr_assert((unsigned char)*at >= ' ' && *at != 127, "%s", at);
			if (*at == '\\')
				cr_assert(strchr("\\\"", *++at), "%s", at);
		}
		at++;
		cr_assert(*at == '}' || *at == ',', "%s", at);
		at += *at == ',';
	}
	return at + 1;
}

/* The grammar of the format, as far as we write it; and no series is there twice, and each is of the
 * family that stands above it. Returns the sum of one family. */
static uint64_t check(const char *family)
{
	char *text = text_of(), *saved, *line, type[128] = "", *seen[2 * METRICS_SERIES + 200];
	size_t n_seen = 0;
	uint64_t sum = 0;

	cr_assert(utf8_valid(text, strlen(text)));
	for (line = strtok_r(text, "\n", &saved); line; line = strtok_r(NULL, "\n", &saved)) {
		size_t n = name_length(line);
		const char *at = line + n;

		if (strncmp(line, "# TYPE ", 7) == 0)
			snprintf(type, sizeof(type), "%.*s", (int)name_length(line + 7), line + 7);
		if (*line == '#')
			continue;
		cr_assert(n && n == strlen(type) && strncmp(line, type, n) == 0, "%s", line);
		if (*at == '{')
			at = after_labels(at + 1);
		cr_assert(*at == ' ' && strspn(at + 1, "0123456789.") == strlen(at + 1), "%s",
			  line);
		if (strcmp(type, family) == 0)
			sum += strtoull(at + 1, NULL, 10);
		line[at - line] = '\0';
		for (size_t i = 0; i < n_seen; i++)
			cr_assert(strcmp(seen[i], line) != 0, "%s is there twice", line);
		cr_assert_lt(n_seen, ARRAY_LEN(seen));
		seen[n_seen++] = line;
	}
	free(text);
	return sum;
}

static bool has(const char *line)
{
	char *text = text_of(), *at = strstr(text, line);
	bool found = at && (at == text || at[-1] == '\n') && strchr("\n", at[strlen(line)]);

	free(text);
	return found;
}

static void violate(const char *policy, const char *file, unsigned line, uint64_t count)
{
	const struct event event = {
		.policy = policy,
		.rule_file = file,
		.rule_line = line,
		.class = CLASS_FILES,
		.verdict = VERDICT_DENIED,
		.plane = "lsm",
		.count = count,
	};

	metrics_event(metrics, &event);
}

Test(text, counts_by_what_it_is)
{
	violate("web", "/etc/bailiff/web.yaml", 7, 2);
	violate("web", "/etc/bailiff/web.yaml", 7, 40);
	violate("web", "/etc/bailiff/web.yaml", 8, 1);
	cr_assert(has("bailiff_violations_total{policy=\"web\",rule=\"/etc/bailiff/web.yaml:7\","
		      "class=\"files\",verdict=\"denied\",plane=\"lsm\"} 42"));
	cr_assert(has("bailiff_violations_folded_total 0"));
	cr_assert_eq(check("bailiff_violations_total"), 43);
}

Test(text, an_event_of_which_nothing_is_known)
{
	const struct event event = {.count = 3, .plane = "elsewhere", .verdict = 99};

	metrics_event(metrics, &event);
	cr_assert(has("bailiff_violations_total{policy=\"\",rule=\"\",class=\"none\","
		      "verdict=\"other\",plane=\"other\"} 3"));
	check("");
}

Test(text, hostile_names)
{
	static const char *const names[] = {
		"quote\"} 1\nbailiff_violations_total 99",
		"back\\slash\\",
		"\x80\xff\xc3(",
		"\x1b[31mred\x07",
		"\u202eoverride",
		"umlaut \u00e4\u20ac\U0001f600",
		"",
	};
	char many[5000];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		violate(names[i], names[i], 1, 1);
		metrics_lost(metrics, names[i], 1);
	}
	/* 4 KiB of what is written four bytes long, quotes that are two, and characters cut in two */
	for (const char *p = "\x01\"\\\xe4"; *p; p++) {
		memset(many, *p, sizeof(many) - 1);
		many[sizeof(many) - 1] = '\0';
		violate(many, many, 4000000000, 1);
		metrics_lost(metrics, many, 1);
		metrics_rule(metrics, many, many, 1, 1);
		metrics_counter(metrics, many, 1);
	}
	for (size_t i = 0; i + 4 < sizeof(many); i += 4)
		memcpy(many + i, "\U0001f600", 4);
	violate(many, many, 7, 1);
	violate("x", many + 1, 7, 1);
	cr_assert_eq(check("bailiff_violations_total"), ARRAY_LEN(names) + 6);
	cr_assert_eq(check("bailiff_lost_total"), ARRAY_LEN(names) + 4);
	cr_assert(has("bailiff_lost_total{kind=\"umlaut \u00e4\u20ac\U0001f600\"} 1"));
	cr_assert(has("bailiff_lost_total{kind=\"back\\\\x5cslash\\\\x5c\"} 1"));
}

/* The line stays, however long the file's name. */
Test(text, a_long_file)
{
	char *text, name[5000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name + 4990, "end.yaml", 9);
	violate("long", name, 123456, 1);
	memset(name, '\x01', sizeof(name) - 1);
	violate("longer", name, 654321, 1);
	text = text_of();
	cr_assert(strstr(text, "xend.yaml:123456\""));
	cr_assert(strstr(text, "\\\\x01:654321\""));
	free(text);
	check("");
}

Test(text, too_many_series)
{
	char file[32];
	char *text;

	for (unsigned i = 0; i < 5000; i++) {
		snprintf(file, sizeof(file), "/p%u.yaml", i % 2500);
		violate("many", file, 1, 3);
	}
	cr_assert_eq(check("bailiff_violations_total"), 15000);
	cr_assert(has("bailiff_violations_folded_total 9000"));
	cr_assert(has("bailiff_violations_total{policy=\"other\",rule=\"other\",class=\"other\","
		      "verdict=\"denied\",plane=\"lsm\"} 9000"));
	/* Those that are there go on being counted as themselves. */
	violate("many", "/p7.yaml", 1, 4);
	cr_assert(has("bailiff_violations_total{policy=\"many\",rule=\"/p7.yaml:1\","
		      "class=\"files\",verdict=\"denied\",plane=\"lsm\"} 10"));
	cr_assert(has("bailiff_violations_folded_total 9000"));
	text = text_of();
	cr_assert_lt(strlen(text), METRICS_SERIES * 120);
	free(text);
}

Test(text, too_many_kinds_of_loss)
{
	char kind[32];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(kind, sizeof(kind), "kind-%u", i % 100);
		metrics_lost(metrics, kind, 5);
	}
	metrics_lost(metrics, "other", 1);
	cr_assert_eq(check("bailiff_lost_total"), 1001);
	cr_assert(has("bailiff_lost_total{kind=\"other\"} 361"));
	cr_assert(has("bailiff_lost_total{kind=\"kind-63\"} 10"));
}

Test(text, counts_stop_at_the_greatest_number)
{
	metrics_lost(metrics, "lsm", UINT64_MAX - 1);
	metrics_lost(metrics, "lsm", 7);
	cr_assert(has("bailiff_lost_total{kind=\"lsm\"} 18446744073709551615"));
}

/* --- How things stand --------------------------------------------------------------------------- */

static struct metrics_kernel kernel = {
	.generation = 4,
	.published = 1700000000,
	.enforced = 2,
	.audited = 1,
	.tasks = 300,
	.governed = 12,
	.memory_bytes = 50000000,
	.ring_bytes = 4194304,
	.ring_waiting = 1000,
};

Test(text, is_left_out_until_it_is_known)
{
	char *text = text_of();

	cr_assert(strstr(text, "\nbailiff_build_info{version=\"" BAILIFF_VERSION "\"} 1\n"));
	cr_assert(!strstr(text, "bailiff_store_") && !strstr(text, "bailiff_loaded") &&
		  !strstr(text, "bailiff_reading"));
	free(text);
	metrics_store(metrics, 7, -28);
	metrics_reading(metrics, true);
	cr_assert(has("bailiff_store_unstored_violations 7"));
	cr_assert(has("bailiff_store_commit_error 28"));
	cr_assert(has("bailiff_reading 1"));
	check("");
}

Test(text, the_kernels_figures)
{
	metrics_kernel(metrics, &kernel);
	metrics_counter(metrics, "lost-lsm", 3);
	metrics_rule(metrics, "web", "/w.yaml", 4, 10);
	cr_assert(has("bailiff_loaded 1"));
	cr_assert(has("bailiff_generation 4"));
	cr_assert(has("bailiff_policies{mode=\"enforce\"} 2"));
	cr_assert(has("bailiff_policies{mode=\"audit\"} 1"));
	cr_assert(has("bailiff_governed_tasks 12"));
	cr_assert(has("bailiff_ring_used_bytes 1000"));
	cr_assert(has("bailiff_kernel_events_total{event=\"lost-lsm\"} 3"));
	cr_assert(has("bailiff_rule_decisions_total{policy=\"web\",rule=\"/w.yaml:4\"} 10"));
	/* They are told anew each time, and not added to. */
	metrics_kernel(metrics, &kernel);
	metrics_rule(metrics, "web", "/w.yaml", 4, 11);
	cr_assert(has("bailiff_rule_decisions_total{policy=\"web\",rule=\"/w.yaml:4\"} 11"));
	check("");
}

Test(text, nothing_is_loaded_any_more)
{
	const struct metrics_kernel none = {.generation = 0};
	char *text;

	metrics_kernel(metrics, &kernel);
	metrics_rule(metrics, "web", "/w.yaml", 4, 10);
	metrics_kernel(metrics, &none);
	text = text_of();
	cr_assert(strstr(text, "\nbailiff_loaded 0\n"));
	cr_assert(!strstr(text, "bailiff_generation") && !strstr(text, "bailiff_rule"));
	free(text);
	check("");
}

static void tell_rules(unsigned from, unsigned to, uint64_t count)
{
	char file[32];

	metrics_kernel(metrics, &kernel);
	for (unsigned i = from; i < to; i++) {
		snprintf(file, sizeof(file), "/%u.yaml", i);
		metrics_rule(metrics, "p", file, 1, count);
	}
}

/* A rule that has a series keeps it, though others that stand before it come to decide. */
Test(text, no_series_of_a_rule_ever_falls)
{
	tell_rules(500, 2000, 1);
	cr_assert_eq(check("bailiff_rule_decisions_total"), 1500);
	cr_assert(has("bailiff_rule_decisions_total{policy=\"other\",rule=\"other\"} 500"));
	tell_rules(0, 2000, 2);
	cr_assert_eq(check("bailiff_rule_decisions_total"), 4000);
	cr_assert(has("bailiff_rule_decisions_total{policy=\"p\",rule=\"/500.yaml:1\"} 2"));
	cr_assert(has("bailiff_rule_decisions_total{policy=\"p\",rule=\"/1499.yaml:1\"} 2"));
	cr_assert(has("bailiff_rule_decisions_total{policy=\"other\",rule=\"other\"} 2000"));
	/* Other rules: it begins again. */
	kernel.generation++;
	tell_rules(0, 10, 1);
	cr_assert_eq(check("bailiff_rule_decisions_total"), 10);
}
