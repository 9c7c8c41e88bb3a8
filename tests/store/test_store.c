/* SPDX-License-Identifier: Apache-2.0 */
/* What is put is found again: kinds, counts, hours, arguments, records, losses; byte for byte. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../enforcer/store/room.h"
#include "help_store.h"

Test(store, hash_is_siphash)
{
	/* The first and last of the authors' vectors of 128 bits: key 00..0f, input 00..n. */
	static const unsigned char want[2][16] = {{0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,
						   0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93},
						  {0x51, 0x50, 0xd1, 0x77, 0x2f, 0x50, 0x83, 0x4a,
						   0x50, 0x3e, 0x06, 0x9a, 0x97, 0x3f, 0xbd, 0x7c}};
	unsigned char bytes[64];
	uint64_t key[2], hash[2];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	memcpy(key, bytes, sizeof(key));
	store_hash(key, bytes, 0, hash);
	cr_expect_arr_eq(hash, want[0], 16);
	store_hash(key, bytes, 63, hash);
	cr_expect_arr_eq(hash, want[1], 16);
}

Test(store, what_is_put_is_found)
{
	const struct store_filter everything = {0};
	struct store *store = help_open(help_path("v.db"), true);
	struct store_kind kinds[64];
	struct store_summary sum;
	struct event event = help_event("/etc/shadow", 0);

	event.why = "secrets";
	store_put(store, &event);
	event.count = 41;
	event.time.tv_sec += 7200;
	store_put(store, &event);
	event = help_event("/etc/gshadow", 60);
	event.verdict = VERDICT_KILLED;
	store_put(store, &event);
	cr_expect_eq(store_missing(store, NULL), 43);
	help_commit(store);
	store_free(store);

	store = help_open(help_path("v.db"), false);
	sum = help_summary(store);
	cr_expect_eq(sum.policies, 1);
	cr_expect_eq(sum.kinds, 2);
	cr_expect_eq(sum.new_kinds, 2);
	cr_expect_eq(sum.violations, 43);
	cr_expect_eq(sum.of_verdict[VERDICT_DENIED], 42);
	cr_expect_eq(sum.of_verdict[VERDICT_KILLED], 1);
	cr_expect_eq(sum.first, HELP_T0 * STORE_NS + 5);
	cr_expect_eq(sum.last, (HELP_T0 + 7200) * STORE_NS + 5);
	cr_assert_eq(help_kinds(store, &everything, kinds), 2);
	cr_expect_eq(kinds[0].verdict, VERDICT_KILLED, "the worst first");
	cr_expect_eq(kinds[1].id, 1);
	cr_expect_eq(kinds[1].count, 42);
	cr_expect_eq(kinds[1].total, 42);
	cr_expect_eq(kinds[1].kinds, 1);
	cr_expect_eq(kinds[1].rule_line, 27);
	cr_expect_eq(kinds[1].class, CLASS_FILES);
	cr_expect_eq(kinds[1].error, EACCES);
	cr_expect_str_eq(kinds[1].policy, "web");
	cr_expect_str_eq(kinds[1].rule_file, "web.yaml");
	cr_expect_str_eq(kinds[1].why, "secrets");
	cr_expect_str_eq(kinds[1].plane, "lsm");
	cr_expect_str_eq(kinds[1].operation, "read");
	cr_expect_str_eq(kinds[1].object, "/etc/shadow");
	cr_expect_str_eq(kinds[1].exe, "/usr/bin/cat");
	cr_expect_str_eq(kinds[1].container, "c1");
	cr_expect_str_eq(kinds[1].host, "web-1");
	cr_expect_null(kinds[1].note);
	store_free(store);
}

Test(store, each_field_makes_a_kind_and_the_why_does_not)
{
	struct event_process other = *help_event("x", 0).process;
	struct store *store = help_open(":memory:", true);
	struct event events[16];

	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		events[i] = help_event("x", (int64_t)i);
	events[1].policy = "x";
	events[2].rule_file = NULL;
	events[3].rule_line = 28;
	events[4].class = CLASS_EXEC;
	events[5].verdict = VERDICT_AUDITED;
	events[6].error = EPERM;
	events[7].plane = "seccomp";
	events[8].operation = "write";
	events[9].object = "y";
	events[10].object = NULL;
	events[11].object = "";
	events[12].host = "web-2";
	other.exe = "/bin/x";
	events[13].process = &other;
	events[14].process = NULL;
	events[15].why = "another word";
	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		store_put(store, &events[i]);
	help_commit(store);
	cr_expect_eq(help_summary(store).kinds, 15);
	store_free(store);
}

/* Fields must not run into each other: ("ab", "c") is not ("a", "bc"). */
Test(store, fields_have_their_ends)
{
	struct store *store = help_open(":memory:", true);
	struct event event = help_event("c", 0);

	event.operation = "ab";
	store_put(store, &event);
	event.operation = "a";
	event.object = "bc";
	store_put(store, &event);
	help_commit(store);
	cr_expect_eq(help_summary(store).kinds, 2);
	store_free(store);
}

Test(store, a_kind_whole)
{
	struct store *store = help_open(help_path("v.db"), true);
	struct store_detail *detail = NULL;
	struct event_line line = {0};
	struct event event;

	for (int64_t i = 0; i < 12; i++) {
		event = help_event("/etc/shadow", i * 1800);
		store_put(store, &event);
		if (i % 4 == 3)
			help_commit(store);
	}
	cr_assert_eq(store_show(store, 1, NULL, &detail), 0);
	cr_expect_eq(detail->kind.count, 12);
	cr_assert_eq(detail->n_hours, 6);
	for (size_t i = 0; i < 6; i++) {
		cr_expect_eq(detail->hours[i].hour, HELP_T0 / 3600 + (int64_t)i);
		cr_expect_eq(detail->hours[i].count, 2);
	}
	cr_assert_eq(detail->n_records, STORE_RECORDS);
	for (int64_t i = 0; i < 5; i++) {
		event = help_event("/etc/shadow", (11 - i) * 1800);
		cr_assert_eq(event_json(&event, &line), 0);
		line.data[line.length - 1] = '\0';
		cr_expect_str_eq(detail->records[i], line.data);
	}
	cr_expect_eq(detail->n_arguments, 0);
	store_detail_free(detail);
	cr_expect_eq(store_show(store, 2, NULL, &detail), -ENOENT);
	event_line_clear(&line);
	store_free(store);
}

static void put_ioctl(struct store *store, uint64_t fd, uint64_t cmd, uint64_t address)
{
	struct event event = help_event(NULL, 0);

	event.operation = NULL;
	event.class = CLASS_SYSCALLS;
	event.has_call = true;
	event.call = (struct event_call){.arch = ARCH_X86_64,
					 .audit_arch = 0xc000003e,
					 .nr = 16,
					 .args = {fd, cmd, address}};
	store_put(store, &event);
}

Test(store, arguments_that_were_seen)
{
	struct store *store = help_open(help_path("v.db"), true);
	struct store_detail *detail = NULL;

	for (uint64_t i = 0; i < 30; i++)
		put_ioctl(store, 0, 0x5412, 0x7ffd0000 + i); /* addresses are no difference */
	for (uint64_t i = 1; i <= 10; i++)
		put_ioctl(store, i, 0x5412, 0x7ffd0000);
	help_commit(store);
	for (uint64_t i = 1; i <= 20; i++)
		put_ioctl(store, i, 0x5412, 0x7ffd0000);
	help_commit(store);
	cr_assert_eq(store_show(store, 1, NULL, &detail), 0);
	cr_expect_eq(detail->kind.count, 60);
	cr_expect_str_eq(detail->kind.operation, "ioctl");
	cr_assert_eq(detail->n_arguments, STORE_ARGUMENTS_MAX + 1);
	cr_expect_str_eq(detail->arguments[0].json, "{\"fd\":0,\"cmd\":\"TIOCSTI\"}");
	cr_expect_eq(detail->arguments[0].count, 30);
	cr_expect_eq(detail->arguments[1].count, 2);
	cr_expect_null(detail->arguments[STORE_ARGUMENTS_MAX].json);
	cr_expect_eq(detail->arguments[STORE_ARGUMENTS_MAX].count, 5);
	store_detail_free(detail);
	store_free(store);
}

Test(store, calls_without_a_name)
{
	const struct store_filter by_id = {.order = STORE_IDS};
	struct store *store = help_open(":memory:", true);
	struct event event = help_event(NULL, 0);
	struct store_kind kinds[64];

	event.operation = NULL;
	event.has_call = true;
	event.call = (struct event_call){.arch = ARCH_X86_64, .nr = 9999};
	store_put(store, &event);
	event.call = (struct event_call){.foreign = true, .audit_arch = 0x40000028, .nr = 5};
	store_put(store, &event);
	help_commit(store);
	cr_assert_eq(help_kinds(store, &by_id, kinds), 2);
	cr_expect_str_eq(kinds[0].operation, "call 9999 of x86_64");
	cr_expect_str_eq(kinds[1].operation, "call 5 of 0x40000028");
	store_free(store);
}

Test(store, hostile_texts_survive)
{
	static const char *const texts[] = {
		"\x1b]0;owned\x07\r\n",
		"\xff\xfe\xc3\x28 no UTF-8",
		"'; DROP TABLE kinds; --",
		"<script>alert(1)</script>",
		"%s%n%1$s",
		"",
	};
	struct store *store = help_open(help_path("v.db"), true);
	char *big = malloc(4096);

	memset(big, 0xfe, 4095);
	big[4095] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct event event = help_event(texts[i], 0);

		store_put(store, &event);
	}
	struct event event = help_event(big, 0);
	event.policy = event.rule_file = event.operation = event.host = big;
	store_put(store, &event);
	help_commit(store);
	store_free(store);
	store = help_open(help_path("v.db"), false);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		cr_expect_neq(help_id(store, texts[i]), 0, "%zu", i);
	cr_expect_neq(help_id(store, big), 0);
	store_free(store);
	free(big);
}

static int take_loss(void *context, const char *kind, uint64_t count, int64_t first_hour,
		     int64_t last_hour)
{
	uint64_t *sums = context;

	(void)first_hour;
	(void)last_hour;
	sums[strcmp(kind, "ring-full") == 0 ? 0 : strcmp(kind, "store-full") == 0 ? 1 : 2] += count;
	return 0;
}

Test(store, losses_are_kept)
{
	const struct store_filter everything = {0};
	struct store *store = help_open(help_path("v.db"), true);
	uint64_t sums[3] = {0};

	store_put_lost(store, "ring-full", 3, 0);
	store_put_lost(store, "ring-full", 4, 0);
	help_commit(store);
	store_put_lost(store, "ring-full", 5, 0);
	for (int i = 0; i < 1000; i++) { /* of somebody's making */
		char name[32];

		snprintf(name, sizeof(name), "kind-%d", i);
		store_put_lost(store, name, 1, 0);
	}
	help_commit(store);
	cr_assert_eq(store_losses(store, &everything, take_loss, sums, NULL), 0);
	cr_expect_eq(sums[0], 12);
	cr_expect_eq(sums[0] + sums[1] + sums[2], 1012);
	cr_expect_eq(help_summary(store).lost, 1012);
	store_free(store);
}

/* A table that is full loses no count of a kind it knows, and tells the others. */
Test(store, memory_is_bounded)
{
	const struct store_options options = {.write = true, .memory = 256 << 10};
	struct store *store = NULL;
	struct store_summary sum;

	cr_assert_eq(store_open(help_path("v.db"), &options, NULL, &store), 0);
	for (int i = 0; i < 5000; i++) {
		char object[32];
		struct event event;

		snprintf(object, sizeof(object), "/tmp/%d", i);
		event = help_event(object, i);
		store_put(store, &event);
		event = help_event("/tmp/0", i);
		store_put(store, &event);
	}
	cr_expect_eq(store_missing(store, NULL), 10000);
	cr_expect_leq(store_due(store), store_clock(CLOCK_MONOTONIC),
		      "full: to be written at once");
	help_commit(store);
	sum = help_summary(store);
	cr_expect_eq(sum.violations + sum.lost, 10000);
	cr_expect_gt(sum.lost, 1000);
	cr_expect_geq(sum.violations, 5001);
	store_free(store);
}

Test(store, when_to_commit)
{
	struct store *store = help_open(help_path("v.db"), true);
	struct event event = help_event("x", 0);
	int64_t now = store_clock(CLOCK_MONOTONIC);

	cr_expect_eq(store_due(store), -1);
	store_put(store, &event);
	cr_expect_geq(store_due(store), now + STORE_COMMIT_NS);
	cr_expect_leq(store_due(store), store_clock(CLOCK_MONOTONIC) + STORE_COMMIT_NS);
	help_commit(store);
	cr_expect_eq(store_due(store), -1);
	store_free(store);
}
