/* SPDX-License-Identifier: Apache-2.0 */
/* From who counts to who writes: nothing is lost or counted twice, and nothing bad is believed. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../enforcer/store/room.h"
#include "help_store.h"

struct batch {
	uint8_t *bytes;
	size_t size;
};

static struct store *gatherer(void)
{
	struct store *store = NULL;

	cr_assert_eq(store_gather(NULL, &store), 0);
	return store;
}

static struct batch pack(struct store *store)
{
	struct batch batch;
	void *bytes;

	cr_assert_eq(store_pack(store, &bytes, &batch.size), 0);
	batch.bytes = bytes;
	return batch;
}

static struct batch make_batch(void)
{
	struct store *store = gatherer();
	struct event event = help_event("/etc/shadow", 0);
	struct batch batch;

	event.why = "secrets";
	for (int i = 0; i < 10; i++) {
		event.time.tv_sec += 1800;
		store_put(store, &event);
	}
	event = help_event("/etc/gshadow", 60);
	event.count = 31;
	event.has_call = true;
	event.call = (struct event_call){.arch = ARCH_X86_64, .nr = 16, .args = {0, 0x5412, 0}};
	store_put(store, &event);
	store_put_lost(store, "ring-full", 7, 0);
	cr_expect_eq(store_missing(store, NULL), 48);
	batch = pack(store);
	cr_expect_eq(store_missing(store, NULL), 0, "it has been moved");
	store_free(store);
	return batch;
}

Test(batch, arrives_whole)
{
	struct batch batch = make_batch();
	struct store *store = help_open(help_path("v.db"), true);
	struct store_detail *detail;
	struct store_summary sum;

	cr_assert_eq(store_unpack(store, batch.bytes, batch.size), 0);
	cr_expect_eq(store_missing(store, NULL), 48);
	cr_expect_eq(store_unpack(store, batch.bytes, batch.size), -EBUSY);
	help_commit(store);
	sum = help_summary(store);
	cr_expect_eq(sum.kinds, 2);
	cr_expect_eq(sum.violations, 41);
	cr_expect_eq(sum.lost, 7);
	cr_assert_eq(store_show(store, help_id(store, "/etc/shadow"), NULL, &detail), 0);
	cr_expect_eq(detail->kind.count, 10);
	cr_expect_eq(detail->kind.first, (HELP_T0 + 1800) * STORE_NS + 5);
	cr_expect_eq(detail->kind.last, (HELP_T0 + 18000) * STORE_NS + 5);
	cr_expect_str_eq(detail->kind.why, "secrets");
	cr_expect_eq(detail->n_hours, 6);
	cr_expect_eq(detail->n_records, STORE_RECORDS);
	cr_expect_not_null(strstr(detail->records[0], "/etc/shadow"));
	store_detail_free(detail);
	cr_assert_eq(store_show(store, help_id(store, "/etc/gshadow"), NULL, &detail), 0);
	cr_expect_eq(detail->n_arguments, 1);
	cr_expect_eq(detail->arguments[0].count, 31);
	cr_expect_not_null(strstr(detail->arguments[0].json, "TIOCSTI"));
	store_detail_free(detail);
	store_free(store);
	free(batch.bytes);
}

Test(batch, the_newest_records_arrive)
{
	struct store *from = gatherer(), *to = help_open(help_path("v.db"), true);
	struct event event = help_event("/etc/shadow", 0);
	struct store_detail *detail;
	struct batch batch;

	for (unsigned i = 1; i <= 2 * STORE_RECORDS + 2; i++) {
		event.rule_line = 27;
		event.time.tv_sec++;
		store_put(from, &event);
	}
	batch = pack(from);
	cr_assert_eq(store_unpack(to, batch.bytes, batch.size), 0);
	help_commit(to);
	cr_assert_eq(store_show(to, 1, NULL, &detail), 0);
	cr_assert_eq(detail->n_records, STORE_RECORDS);
	for (size_t i = 1; i < detail->n_records; i++)
		cr_expect_gt(strcmp(detail->records[i - 1], detail->records[i]), 0,
			     "newest first, and each another");
	store_detail_free(detail);
	free(batch.bytes);
	store_free(from);
	store_free(to);
}

/* Counts stop at the greatest, here and there: such a batch is none that can't be read. */
Test(batch, the_greatest_counts_arrive)
{
	struct store *from = gatherer(), *to = help_open(help_path("v.db"), true);
	struct event event = help_event("/etc/shadow", 0);
	struct store_detail *detail;
	struct batch batch;

	event.count = STORE_COUNT_MAX + 1;
	store_put(from, &event);
	event.time.tv_sec += 3600;
	event.count = UINT64_MAX;
	store_put(from, &event);
	store_put_lost(from, "ring-full", UINT64_MAX, 0);
	store_put_lost(from, "ring-full", 1, 0);
	batch = pack(from);
	cr_assert_eq(store_unpack(to, batch.bytes, batch.size), 0);
	help_commit(to);
	cr_assert_eq(store_show(to, 1, NULL, &detail), 0);
	cr_expect_eq(detail->kind.count, STORE_COUNT_MAX);
	cr_expect_eq(detail->hours[0].count, STORE_COUNT_MAX);
	cr_expect_eq(help_summary(to).lost, STORE_COUNT_MAX);
	store_detail_free(detail);
	free(batch.bytes);
	store_free(from);
	store_free(to);
}

/* The writer was killed before it could say so; the next is sent it again. */
Test(batch, counts_once)
{
	struct batch batch = make_batch(), other = make_batch();
	struct store *store;

	for (int i = 0; i < 3; i++) {
		store = help_open(help_path("v.db"), true);
		cr_assert_eq(store_unpack(store, batch.bytes, batch.size), 0);
		help_commit(store);
		cr_expect_eq(store_missing(store, NULL), 0);
		cr_expect_eq(help_summary(store).violations, 41);
		store_free(store);
	}
	store = help_open(help_path("v.db"), true);
	cr_assert_eq(store_unpack(store, other.bytes, other.size), 0);
	help_commit(store);
	cr_expect_eq(help_summary(store).violations, 82, "another with the same in it");
	store_free(store);
	free(batch.bytes);
	free(other.bytes);
}

Test(batch, what_did_not_fit_is_lost)
{
	const struct store_options small = {.memory = 65536};
	struct store *from = NULL, *to = help_open(help_path("v.db"), true);
	struct store_summary sum;
	struct batch batch;
	char name[64];

	cr_assert_eq(store_gather(&small, &from), 0);
	for (int i = 0; i < 1000; i++) {
		struct event event;

		snprintf(name, sizeof(name), "/etc/%d", i);
		event = help_event(name, 0);
		store_put(from, &event);
	}
	batch = pack(from);
	cr_assert_eq(store_unpack(to, batch.bytes, batch.size), 0);
	help_commit(to);
	sum = help_summary(to);
	cr_expect_gt(sum.violations, 10);
	cr_expect_eq(sum.violations + sum.lost, 1000);
	free(batch.bytes);
	store_free(from);
	store_free(to);
}

/* Each byte changed, and each length: nothing is read beyond, and what is refused is not counted. */
Test(batch, hostile, .timeout = 120)
{
	struct batch batch = make_batch();
	struct store *store = help_open(":memory:", true);
	uint8_t *copy = malloc(batch.size);
	unsigned refused = 0;

	cr_assert_not_null(copy);
	for (size_t i = 0; i < batch.size; i++) {
		for (int j = 0; j < 3; j++) {
			memcpy(copy, batch.bytes, batch.size);
			copy[i] ^= (uint8_t[]){1, 0x80, 0xff}[j];
			if (store_unpack(store, copy, batch.size) == 0) {
				pending_reset(store);
				continue;
			}
			refused++;
			cr_assert_eq(store_missing(store, NULL), 0);
		}
		memcpy(copy, batch.bytes, i);
		copy = realloc(copy, i ? i : 1);
		cr_assert_eq(store_unpack(store, copy, i), -EBADMSG, "%zu bytes", i);
		copy = realloc(copy, batch.size);
		cr_assert_not_null(copy);
	}
	cr_expect_gt(refused, 200);
	free(copy);
	free(batch.bytes);
	store_free(store);
}
