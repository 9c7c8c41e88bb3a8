/* SPDX-License-Identifier: Apache-2.0 */
/* Writers that are killed at any instant: nothing that was acknowledged is lost, nothing is damaged. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "help_store.h"

#define WRITERS 8
#define KILLS	100

/* Told by a writer before and after each commit, and read when it is dead. */
struct tally {
	_Atomic uint64_t put, acknowledged;
};

static _Noreturn void write_forever(const char *path, struct tally *tally, unsigned number)
{
	const struct store_options options = {.write = true};
	struct store *store = NULL;
	struct diag *diag = NULL;
	char object[32];

	if (diag_new(&diag) < 0)
		_exit(1);
	if (store_open(path, &options, diag, &store) < 0) {
		diag_print(diag, stderr);
		_exit(1);
	}
	for (uint64_t i = 0;; i++) {
		struct event event;

		/* Some of its own, some that all writers see. */
		snprintf(object, sizeof(object), "/o/%llu",
			 (unsigned long long)(i % 3 ? i % 50 : number * 1000 + i));
		event = help_event(object, (int64_t)(i / 100));
		store_put(store, &event);
		atomic_fetch_add(&tally->put, 1);
		if (i % 20 == 19) {
			uint64_t put = atomic_load(&tally->put);

			if (store_commit(store, 60000, diag) < 0) {
				diag_print(diag, stderr);
				_exit(2);
			}
			atomic_store(&tally->acknowledged, put);
		}
	}
}

static pid_t start(const char *path, struct tally *tally, unsigned number)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0)
		write_forever(path, tally, number);
	return pid;
}

static void finish(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "it ended by itself: %x",
		  (unsigned)status);
}

/* What a dead writer had put and not acknowledged may be there or not. */
static void settle(struct tally *tally, uint64_t *least, uint64_t *most)
{
	*least += atomic_exchange(&tally->acknowledged, 0);
	*most += atomic_exchange(&tally->put, 0);
}

Test(kill, nothing_acknowledged_is_lost, .timeout = 300)
{
	struct tally *tallies = mmap(NULL, WRITERS * sizeof(*tallies), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *path = help_path("new/v.db");
	uint64_t least = 0, most = 0;
	pid_t pids[WRITERS];
	struct store *store;
	struct store_summary sum;
	unsigned seed = 7;

	cr_assert_neq(tallies, MAP_FAILED);
	for (unsigned i = 0; i < WRITERS; i++)
		pids[i] = start(path, &tallies[i], i);
	for (unsigned i = 0; i < KILLS; i++) {
		struct timespec pause = {.tv_nsec = rand_r(&seed) % 30000000};

		nanosleep(&pause, NULL);
		finish(pids[i % WRITERS]);
		settle(&tallies[i % WRITERS], &least, &most);
		pids[i % WRITERS] = start(path, &tallies[i % WRITERS], i);
	}
	sleep(1);
	for (unsigned i = 0; i < WRITERS; i++) {
		finish(pids[i]);
		settle(&tallies[i], &least, &most);
	}
	store = help_open(path, true);
	cr_assert_eq(store_check(store, NULL), 0);
	sum = help_summary(store);
	cr_expect_eq(sum.lost, 0);
	cr_expect_geq(sum.violations, least, "%llu of %llu acknowledged",
		      (unsigned long long)sum.violations, (unsigned long long)least);
	cr_expect_leq(sum.violations, most, "%llu of %llu put", (unsigned long long)sum.violations,
		      (unsigned long long)most);
	cr_expect_gt(least, KILLS, "the writers hardly wrote");
	store_free(store);
}

static _Noreturn void make_and_write(const char *path, int gate)
{
	const struct store_options options = {.write = true};
	struct event event = help_event("x", 0);
	struct store *store = NULL;
	struct diag *diag = NULL;
	char byte;

	if (diag_new(&diag) < 0 || read(gate, &byte, 1) != 0)
		_exit(1);
	if (store_open(path, &options, diag, &store) == 0) {
		store_put(store, &event);
		if (store_commit(store, 60000, diag) == 0)
			_exit(0);
	}
	diag_print(diag, stderr);
	_exit(2);
}

/* Who comes first makes it; nobody finds half a store. */
Test(kill, all_make_it_at_once, .timeout = 300)
{
	for (int round = 0; round < 20; round++) {
		char name[16];
		const char *path;
		struct store *store;
		int gate[2], status;

		snprintf(name, sizeof(name), "v%d.db", round);
		path = help_path(name);
		cr_assert_eq(pipe(gate), 0);
		for (int i = 0; i < WRITERS; i++) {
			pid_t pid = fork();

			cr_assert_geq(pid, 0);
			if (pid == 0) {
				close(gate[1]);
				make_and_write(path, gate[0]);
			}
		}
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < WRITERS; i++) {
			cr_assert_gt(wait(&status), 0);
			cr_assert_eq(status, 0);
		}
		store = help_open(path, false);
		cr_assert_eq(help_summary(store).violations, WRITERS);
		store_free(store);
	}
}
