/* SPDX-License-Identifier: Apache-2.0 */
/* The fold: whatever comes in whatever order, the counts add up. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/event.h"

#define SECOND 1000000000ll

struct told {
	uint64_t count, records, largest;
	struct event last;
};

static void take(void *context, const struct event *event)
{
	struct told *told = context;

	told->count += event->count;
	told->records++;
	told->last = *event;
	if (event->count > told->largest)
		told->largest = event->count;
}

static struct event_call ioctl_call(uint64_t fd, uint64_t cmd, uint64_t pointer)
{
	return (struct event_call){.arch = ARCH_X86_64,
				   .audit_arch = 0xc000003e,
				   .nr = 16,
				   .args = {fd, cmd, pointer}};
}

/* One occurrence, as the supervisor does it. */
static void occur(struct event_fold *fold, struct told *told, pid_t tid,
		  const struct event_call *call, const struct event_process *process, int64_t now)
{
	struct event event = {.count = 1, .has_call = true, .call = *call, .process = process};
	struct event_kind kind;

	event_kind_set(&kind, tid, 0x1000, call, 3, VERDICT_DENIED);
	event_fold_flush(fold, now);
	if (event_fold_repeat(fold, &kind, now))
		return;
	take(told, &event);
	cr_assert_eq(event_fold_open(fold, &kind, &event, now), 0);
}

Test(fold, a_second_is_one_record)
{
	struct event_call call = ioctl_call(0, 0x5412, 1);
	struct told told = {0};
	struct event_fold *fold;

	cr_assert_eq(event_fold_new(take, &told, &fold), 0);
	for (int i = 0; i < 1000; i++)
		occur(fold, &told, 7, &call, NULL, 5 * SECOND + i * 1000);
	cr_expect_eq(told.records, 1, "the first is told at once");
	cr_expect_eq(event_fold_due(fold), 6 * SECOND);
	event_fold_flush(fold, 6 * SECOND - 1);
	cr_expect_eq(told.records, 1);
	event_fold_flush(fold, 6 * SECOND);
	cr_expect_eq(told.records, 2);
	cr_expect_eq(told.last.count, 999);
	cr_expect_eq(told.count, 1000);
	cr_expect_eq(told.last.time.tv_nsec, 999000, "the time of the last one");
	cr_expect_eq(event_fold_due(fold), -1);
	event_fold_free(fold);
}

Test(fold, once_is_told_once)
{
	struct event_call call = ioctl_call(0, 0x5412, 1);
	struct told told = {0};
	struct event_fold *fold;

	cr_assert_eq(event_fold_new(take, &told, &fold), 0);
	occur(fold, &told, 7, &call, NULL, SECOND);
	event_fold_flush(fold, INT64_MAX);
	cr_expect_eq(told.records, 1);
	occur(fold, &told, 7, &call, NULL, 3 * SECOND);
	cr_expect_eq(told.records, 2, "a new kind again");
	event_fold_free(fold);
}

Test(fold, a_late_repeat_is_a_new_kind)
{
	struct event_call call = ioctl_call(0, 0x5412, 1);
	struct told told = {0};
	struct event_fold *fold;
	struct event_kind kind;

	cr_assert_eq(event_fold_new(take, &told, &fold), 0);
	occur(fold, &told, 7, &call, NULL, SECOND);
	occur(fold, &told, 7, &call, NULL, SECOND + 1);
	event_kind_set(&kind, 7, 0x1000, &call, 3, VERDICT_DENIED);
	/* The timer has not run yet. */
	cr_expect_not(event_fold_repeat(fold, &kind, 2 * SECOND));
	cr_expect_eq(told.count, 2);
	event_fold_free(fold);
}

static const struct kind_case {
	const char *name;
	pid_t tid;
	uint64_t args[3];
	bool same;
} kind_cases[] = {
	{"the same", 7, {0, 0x5412, 1}, true},
	{"another small value, which is no address", 7, {0, 0x5412, 2}, false},
	{"dirty upper bits of the command", 7, {0, 0xdead00005412, 1}, true},
	{"another command", 7, {0, 0x5413, 1}, false},
	{"another thread", 8, {0, 0x5412, 1}, false},
};

Test(fold, what_makes_a_kind)
{
	struct event_call first = ioctl_call(0, 0x5412, 1), call;
	struct event_kind a, b;

	event_kind_set(&a, 7, 0x1000, &first, 3, VERDICT_DENIED);
	for (size_t i = 0; i < ARRAY_LEN(kind_cases); i++) {
		const struct kind_case *c = &kind_cases[i];
		bool same;

		call = ioctl_call(c->args[0], c->args[1], c->args[2]);
		event_kind_set(&b, c->tid, 0x1000, &call, 3, VERDICT_DENIED);
		same = memcmp(&a, &b, sizeof(a)) == 0;
		cr_expect_eq(same, c->same, "%s", c->name);
	}
	event_kind_set(&b, 7, 0x1000, &first, 4, VERDICT_DENIED);
	cr_expect_neq(memcmp(&a, &b, sizeof(a)), 0, "another rule");
	event_kind_set(&b, 7, 0x2000, &first, 3, VERDICT_DENIED);
	cr_expect_neq(memcmp(&a, &b, sizeof(a)), 0, "another place, so another program");
	call = ioctl_call(0, 0x5412, 0x7ffd0000);
	event_kind_set(&a, 7, 0x1000, &call, 3, VERDICT_DENIED);
	call = ioctl_call(0, 0x5412, 0x7ffd0010);
	event_kind_set(&b, 7, 0x1000, &call, 3, VERDICT_DENIED);
	cr_expect_eq(memcmp(&a, &b, sizeof(a)), 0, "what looks like an address is one");
	first = (struct event_call){.arch = ARCH_X86_64, .nr = 257, .args = {1, 0x1000, 0, 0}};
	event_kind_set(&a, 7, 0x1000, &first, 3, VERDICT_DENIED);
	first.args[1] = 0x2000;
	event_kind_set(&b, 7, 0x1000, &first, 3, VERDICT_DENIED);
	cr_expect_eq(memcmp(&a, &b, sizeof(a)), 0, "another pointer is no other kind");
	first.nr = 9999;
	event_kind_set(&a, 7, 0x1000, &first, 3, VERDICT_DENIED);
	first.args[0] = 77;
	event_kind_set(&b, 7, 0x1000, &first, 3, VERDICT_DENIED);
	cr_expect_eq(memcmp(&a, &b, sizeof(a)), 0, "nothing is known of an unknown call");
}

/* As where a denial is told by what it was about: the text is the fold's own. */
static void occur_to(struct event_fold *fold, struct told *told, const char *text, int64_t now)
{
	struct event_kind kind = {.tid = 7};
	char object[32];
	struct event event = {.count = 1, .object = object};

	strcpy(object, text);
	event_fold_flush(fold, now);
	if (!event_fold_repeat_of(fold, &kind, object, now)) {
		take(told, &event);
		cr_assert_eq(event_fold_open(fold, &kind, &event, now), 0);
	}
	memset(object, 'x', sizeof(object) - 1);
}

static void name_objects(void *context, const struct event *event)
{
	strcat(context, event->object ? event->object : "-");
	strcat(context, " ");
}

Test(fold, what_has_an_object)
{
	char names[256] = "";
	struct told told = {0};
	struct event_fold *fold;
	size_t empty;

	cr_assert_eq(event_fold_new(name_objects, names, &fold), 0);
	empty = event_fold_bytes(fold);
	for (int i = 0; i < 10; i++) {
		occur_to(fold, &told, "/etc/passwd", i);
		occur_to(fold, &told, "/etc/shadow", i);
	}
	cr_expect_eq(told.records, 2);
	cr_expect_eq(event_fold_bytes(fold), empty + 24);
	event_fold_flush(fold, INT64_MAX);
	cr_expect_str_eq(names, "/etc/passwd /etc/shadow ");
	cr_expect_eq(event_fold_bytes(fold), empty);
	occur_to(fold, &told, "/etc/passwd", SECOND);
	event_fold_free(fold);
}

Test(fold, a_full_table_loses_nothing)
{
	struct told told = {0};
	struct event_fold *fold;
	uint64_t total = 0;

	cr_assert_eq(event_fold_new(take, &told, &fold), 0);
	for (int round = 0; round < 3; round++)
		for (uint64_t i = 0; i < 3 * EVENT_FOLD_KINDS; i++) {
			struct event_call call = ioctl_call(i, 0x5412, 1);

			for (int k = 0; k < 3; k++, total++)
				occur(fold, &told, 7, &call, NULL, SECOND + (int64_t)total);
			cr_assert_leq(event_fold_bytes(fold), EVENT_FOLD_BYTES);
		}
	event_fold_flush(fold, INT64_MAX);
	cr_expect_eq(told.count, total);
	event_fold_free(fold);
}

Test(fold, big_processes_stay_within_the_limit)
{
	struct event_process process = {.pid = 7, .tid = 7};
	struct told told = {0};
	struct event_fold *fold;
	char path[4000];
	uint64_t total = 0;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	process.exe = process.cgroup = process.user = process.group = path;
	cr_assert_eq(event_fold_new(take, &told, &fold), 0);
	for (uint64_t i = 0; i < 500; i++) {
		struct event_call call = ioctl_call(i, 0x5412, 1);

		for (int k = 0; k < 2; k++, total++)
			occur(fold, &told, 7, &call, &process, SECOND);
		cr_assert_leq(event_fold_bytes(fold), EVENT_FOLD_BYTES);
	}
	event_fold_flush(fold, INT64_MAX);
	cr_expect_eq(told.count, total);
	event_fold_free(fold);
}

/* Random threads, commands and times. */
Test(fold, counts_add_up)
{
	struct event_process process = {.pid = 7, .tid = 7, .exe = "/usr/bin/x", .comm = "x"};
	struct told told = {0};
	struct event_fold *fold;
	int64_t now = SECOND;
	uint64_t seed = 42, i;

	cr_assert_eq(event_fold_new(take, &told, &fold), 0);
	for (i = 0; i < 300000; i++) {
		struct event_call call;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		now += (int64_t)(seed >> 40 & 0xfffff);
		call = ioctl_call(seed >> 33 & 63, 0x5400 + (seed >> 50 & 31), 1);
		occur(fold, &told, (pid_t)(seed >> 60), &call, seed >> 59 & 1 ? &process : NULL,
		      now);
	}
	event_fold_flush(fold, INT64_MAX);
	cr_expect_eq(told.count, i);
	cr_expect_lt(told.records, i);
	event_fold_free(fold);
}
