/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of the ring: everything is told once, or told to be lost. In this machine's kernel. */
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "help_kernel.h"
#include "help_record.h"

#define RING (1u << 20)

static struct kernel kernel;
static struct kernel_reading reading = {.kernel = &kernel};
static struct lsm_reader *reader;
static struct ruleset set;

static struct {
	uint64_t events, lost, other, with_rule;
	char exe[PATH_MAX], object[PATH_MAX];
	struct timespec last;
	bool backwards;
} told;

static void on_event(void *context, const struct event *event)
{
	cr_assert_eq(context, (void *)&told);
	told.events++;
	told.with_rule += event->rule_file != NULL;
	/* The clock is set a little at a time. */
	told.backwards |= event->time.tv_sec * 1000000000ll + event->time.tv_nsec + 2000000 <
			  told.last.tv_sec * 1000000000ll + told.last.tv_nsec;
	told.last = event->time;
	cr_assert_eq(event->process->pid, getpid());
	snprintf(told.exe, sizeof(told.exe), "%s", event->process->exe);
	snprintf(told.object, sizeof(told.object), "%s", event->object);
}

static void on_lost(void *context, const char *kind, uint64_t count)
{
	cr_assert_eq(context, (void *)&told);
	*(strcmp(kind, "lsm") == 0 ? &told.lost : &told.other) += count;
}

static int pump(void)
{
	return lsm_reader_pump(reader, on_event, on_lost, &told);
}

static uint64_t write_records(uint64_t count)
{
	struct test_result result = {.count = count};

	cr_assert_eq(kernel_run(&kernel, "write_records", &result), 0);
	return result.sum / count;
}

static void write_records_of(uint64_t count, uint64_t bytes)
{
	struct test_result result = {.count = count, .bytes = bytes};

	cr_assert_eq(kernel_run(&kernel, "write_records", &result), 0);
	cr_assert_eq(result.sum, count * bytes);
}

static bool wakes(int ms)
{
	struct pollfd pfd = {.fd = lsm_reader_fd(reader), .events = POLLIN};

	return poll(&pfd, 1, ms) == 1;
}

static void set_up(void)
{
	const char *reason = kernel_open(&kernel, RING);

	if (reason)
		cr_skip_test("%s", reason);
	set = image_of_two(true);
	reading.set = &set;
	strcpy(reading.run, "/tmp/bailiff-ring-XXXXXX");
	cr_assert(mkdtemp(reading.run));
	cr_assert_eq(kernel_reader(&reading, &reader), 0);
}

static void tear_down(void)
{
	char path[96];

	lsm_reader_free(reader);
	snprintf(path, sizeof(path), "%s/reader.lock", reading.run);
	unlink(path);
	rmdir(reading.run);
	ruleset_clear(&set);
	kernel_close(&kernel);
}

TestSuite(ring, .init = set_up, .fini = tear_down);

Test(ring, records_are_told)
{
	char exe[PATH_MAX] = "";
	int r;

	cr_assert_gt(readlink("/proc/self/exe", exe, sizeof(exe) - 1), 0);
	for (int i = 0; i < 50; i++) {
		write_records(500);
		r = pump();
		cr_assert_eq(r, 500, "%d", r);
	}
	cr_assert_eq(pump(), 0);
	cr_expect_eq(told.events, 25000);
	cr_expect_eq(told.lost + told.other, 0);
	cr_expect(!told.backwards);
	/* Of a mount below another, the path seen here begins elsewhere. */
	cr_expect_neq(told.exe[0], '\0');
	cr_expect_str_eq(strrchr(told.exe, '/'), strrchr(exe, '/'));
	cr_expect_str_eq(told.object, told.exe);
	cr_expect_gt(told.with_rule, 0);
}

Test(ring, a_call_is_bounded)
{
	uint64_t bytes = write_records(1), fit = RING / (bytes + 16);

	write_records(fit / 2);
	while (pump() == LSM_READER_BATCH)
		;
	cr_expect_eq(told.events, 1 + fit / 2);
	cr_expect_eq(told.lost, 0);
}

Test(ring, what_does_not_fit_is_told_to_be_lost)
{
	uint64_t written = 0, before;

	for (int i = 0; i < 5; i++) {
		write_records(5000);
		written += 5000;
		before = told.events;
		while (pump() > 0)
			;
		cr_expect_gt(told.events, before);
		/* What is lost in a round is told in the next, at the latest. */
	}
	(void)pump();
	cr_expect_gt(told.lost, 0);
	cr_expect_eq(told.events + told.lost, written);
	cr_expect_eq(told.other, 0);
}

Test(ring, the_reader_is_woken_by_an_eighth)
{
	write_records(10);
	cr_expect(!wakes(0));
	write_records(RING / 8 / 400);
	cr_expect(wakes(1000));
	while (pump() > 0)
		;
	cr_expect(!wakes(0));
}

/* The ring rounds a record with its header up to eight bytes: an eighth may be reached by these alone. */
Test(ring, the_reader_is_woken_by_an_eighth_whatever_a_record_measures)
{
	for (uint64_t bytes = 1024 - 8 - 9; bytes <= 1024 - 8 + 1; bytes++) {
		write_records_of(RING / 8 / 1024 + 2, bytes);
		cr_expect(wakes(1000), "records of %ju bytes", (uintmax_t)bytes);
		while (pump() > 0)
			;
		cr_assert(!wakes(0));
	}
}

Test(ring, there_is_one_reader_and_the_next_goes_on)
{
	struct lsm_reader *second = NULL;
	uint64_t lost;

	write_records(5000);
	(void)pump();
	lost = told.lost;
	cr_assert_gt(lost, 0);
	cr_expect_eq(kernel_reader(&reading, &second), -EBUSY);
	lsm_reader_free(reader);
	/* As much again is lost while nobody reads. */
	write_records(5000);
	cr_assert_eq(kernel_reader(&reading, &reader), 0);
	while (pump() > 0)
		;
	cr_expect_gt(told.lost, lost);
	cr_expect_eq(told.events + told.lost, 10000);
}

/* Bytes that are no record are told, too. */
Test(ring, damage_is_counted)
{
	struct test_result result = {0};

	cr_assert_eq(kernel_run(&kernel, "write_damaged", &result), 0);
	write_records(1);
	while (pump() > 0)
		;
	(void)pump();
	cr_expect_eq(told.events, 1);
	cr_expect_eq(told.other, 1);
}
