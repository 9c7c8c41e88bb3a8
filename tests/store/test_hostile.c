/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are no store of ours, and a disk that does not take what it should. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "help_store.h"

static void make_store(const char *path)
{
	struct store *store = help_open(path, true);

	for (int64_t i = 0; i < 100; i++) {
		char object[32];
		struct event event;

		snprintf(object, sizeof(object), "/o/%d", (int)i);
		event = help_event(object, i);
		store_put(store, &event);
	}
	help_commit(store);
	store_free(store);
}

/* SQL in a file of its own. */
static void make_other(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	cr_assert_eq(chmod(path, 0600), 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file);
	fputs(text, file);
	fclose(file);
	cr_assert_eq(chmod(path, 0600), 0);
}

static void expect_in(const char *text, const char *part)
{
	cr_expect(strstr(text, part), "\"%s\" is not in: %s", part, text);
}

Test(hostile, modes)
{
	struct stat st;

	umask(0);
	make_store(help_path("a/b/v.db"));
	cr_assert_eq(stat(help_path("a/b/v.db"), &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	cr_assert_eq(stat(help_path("a/b"), &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0700);
	struct store *store = help_open(help_path("a/b/v.db"), true);
	cr_assert_eq(stat(help_path("a/b/v.db-wal"), &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0600);
	store_free(store);
}

Test(hostile, a_reader_makes_nothing)
{
	struct stat st;

	cr_expect_str_eq(help_refusal(help_path("v.db"), false, -ENOENT), "");
	cr_expect_str_eq(help_refusal(help_path("no/v.db"), false, -ENOENT), "");
	cr_expect_lt(stat(help_path("v.db"), &st), 0);
	cr_expect_lt(stat(help_path("no"), &st), 0);
}

Test(hostile, what_is_no_store_is_refused_by_name)
{
	const char *path = help_path("v.db");
	struct stat before, after;

	make_other(path, "CREATE TABLE bookmarks(url)");
	cr_assert_eq(stat(path, &before), 0);
	expect_in(help_refusal(path, true, -EINVAL), "a database of another application");
	expect_in(help_refusal(path, false, -EINVAL), path);
	cr_assert_eq(stat(path, &after), 0);
	cr_expect_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec, "it is not touched");
	write_file(path, "{\"verdict\":\"denied\"}\n, and no database at all");
	expect_in(help_refusal(path, true, -EUCLEAN), "this is no store");
	unlink(path);
	make_store(path);
	make_other(path, "PRAGMA user_version = 2");
	expect_in(help_refusal(path, true, -EINVAL), "it has version 2");
	expect_in(help_refusal(path, false, -EINVAL), "use the newer bailiff");
}

Test(hostile, a_schema_that_is_not_ours_is_refused)
{
	static const char *const changes[] = {
		"CREATE TRIGGER t AFTER UPDATE ON kinds BEGIN DELETE FROM kinds; END",
		"CREATE VIEW v AS SELECT 1",
		"CREATE TABLE more(x)",
		"DROP TABLE records",
		"DROP TABLE records; CREATE VIEW records AS SELECT 1 AS at, 2 AS seq, 'x' AS json",
		"ALTER TABLE kinds ADD COLUMN x INTEGER AS (count + 1)",
		"CREATE INDEX i ON kinds(abs(count))",
	};

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		const char *path = help_path("v.db");

		unlink(path);
		make_store(path);
		make_other(path, changes[i]);
		expect_in(help_refusal(path, true, -EINVAL), "its tables are not those of a store");
		expect_in(help_refusal(path, false, -EINVAL), "move it away");
	}
}

Test(hostile, numbers_that_make_no_sense)
{
	static const char *const texts[] = {"UPDATE numbers SET value = 0 WHERE name = 'next'",
					    "UPDATE numbers SET value = -5 WHERE name = 'next'",
					    "DELETE FROM numbers WHERE name = 'next'"};
	const struct store_options options = {.write = true, .bytes = 1};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *path = help_path("v.db");
		struct store *store = NULL;

		unlink(path);
		make_store(path);
		make_other(path, texts[i]);
		cr_assert_eq(store_open(path, &options, NULL, &store), 0);
		cr_expect_eq(store_trim(store, NULL), -EUCLEAN, "%s", texts[i]);
		store_free(store);
	}
}

Test(hostile, places_that_others_may_write_to)
{
	const char *path = help_path("open/v.db");

	cr_assert_eq(mkdir(help_path("open"), 0700), 0);
	cr_assert_eq(chmod(help_path("open"), 0777), 0);
	expect_in(help_refusal(path, true, -EPERM), "may write there");
	cr_assert_eq(chmod(help_path("open"), 0700), 0);
	make_store(path);
	cr_assert_eq(chmod(path, 0666), 0);
	expect_in(help_refusal(path, true, -EPERM), "chmod go-w");
	cr_assert_eq(symlink(path, help_path("link.db")), 0);
	expect_in(help_refusal(help_path("link.db"), true, -EINVAL), "no regular file");
	cr_assert_eq(mkfifo(help_path("fifo"), 0600), 0);
	expect_in(help_refusal(help_path("fifo"), false, -EINVAL), "no regular file");
	help_refusal(help_path("open"), true, -EINVAL);
	help_refusal(help_path("x/.."), true, -EISDIR);
	if (geteuid() != 0)
		return;
	cr_assert_eq(chown(help_path("open"), 1234, 1234), 0);
	expect_in(help_refusal(path, false, -EPERM), "belongs to user 1234");
	cr_assert_eq(chown(help_path("open"), 0, 0), 0);
	cr_assert_eq(chmod(path, 0600), 0);
	cr_assert_eq(chown(path, 1234, 1234), 0);
	expect_in(help_refusal(path, false, -EPERM), "belongs to user 1234");
}

/* Any byte may be wrong: an error or not, and no crash. */
Test(hostile, damage, .timeout = 120)
{
	const struct store_filter everything = {0};
	const char *path = help_path("v.db");
	unsigned char *image;
	struct stat st;
	unsigned seed = 3;
	FILE *file;

	make_store(path);
	cr_assert_eq(stat(path, &st), 0);
	image = malloc((size_t)st.st_size);
	file = fopen(path, "r");
	cr_assert(file && fread(image, 1, (size_t)st.st_size, file) == (size_t)st.st_size);
	fclose(file);
	for (int round = 0; round < 300; round++) {
		const struct store_options options = {.write = true};
		struct event event = help_event("/o/5", round);
		struct store *store = NULL;
		struct store_detail *detail = NULL;
		struct store_summary sum;
		size_t length = (size_t)st.st_size;

		file = fopen(path, "w");
		if (round % 10 == 9)
			length = (size_t)rand_r(&seed) % length;
		cr_assert_eq(fwrite(image, 1, length, file), length);
		for (int i = 0; i < 1 + round % 30; i++) {
			/* The ends of pages hold cells, their beginnings how they are found. */
			size_t page = (size_t)rand_r(&seed) % (length / 8192 + 1) * 8192;

			fseek(file, (long)(page + (size_t)rand_r(&seed) % (i % 2 ? 200 : 8192)),
			      SEEK_SET);
			fputc(rand_r(&seed), file);
		}
		fclose(file);
		if (store_open(path, &options, NULL, &store) < 0)
			continue;
		(void)store_summarize(store, &everything, NULL, &sum);
		(void)store_check(store, NULL);
		if (store_show(store, 6, NULL, &detail) == 0)
			store_detail_free(detail);
		store_put(store, &event);
		if (store_commit(store, 0, NULL) < 0)
			cr_expect_eq(store_missing(store, NULL), 1);
		store_free(store);
		unlink(help_path("v.db-wal"));
		unlink(help_path("v.db-shm"));
	}
	free(image);
}

/* Without room, what is put waits, and is all there when there is room again. */
Test(hostile, a_full_disk)
{
	struct rlimit small = {128 << 10, RLIM_INFINITY}, old;
	struct store *store = help_open(help_path("v.db"), true);
	struct diag *diag = NULL;
	int error = 0;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int64_t i = 0; i < 3000; i++) {
		char object[32];
		struct event event;

		snprintf(object, sizeof(object), "/o/%d", (int)i);
		event = help_event(object, i);
		store_put(store, &event);
	}
	cr_assert_eq(diag_new(&diag), 0);
	cr_expect_eq(store_commit(store, 0, diag), -ENOSPC);
	cr_assert_gt(diag_count(diag), 0);
	expect_in(diag_at(diag, 0)->text, "make room");
	diag_free(diag);
	cr_expect_eq(store_missing(store, &error), 3000);
	cr_expect_eq(error, ENOSPC);
	cr_expect_gt(store_due(store), 0);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	help_commit(store);
	cr_expect_eq(help_summary(store).violations, 3000);
	cr_expect_eq(help_summary(store).lost, 0);
	store_free(store);
}

/* The same of a writer that does not end. */
Test(hostile, locked_too_long)
{
	struct store *store = help_open(help_path("v.db"), true);
	struct event event = help_event("x", 0);
	sqlite3 *other = NULL;

	cr_assert_eq(sqlite3_open(help_path("v.db"), &other), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	store_put(store, &event);
	cr_expect_eq(store_commit(store, 20, NULL), -EBUSY);
	store_put(store, &event);
	cr_expect_eq(store_missing(store, NULL), 2);
	cr_assert_eq(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	help_commit(store);
	cr_expect_eq(help_summary(store).violations, 2);
	store_free(store);
}

/* Removed under a writer: a new one is made, with another key, and nothing that waits is lost. */
Test(hostile, removed)
{
	struct store *store = help_open(help_path("v.db"), true);
	struct event event = help_event("x", 0);

	store_put(store, &event);
	help_commit(store);
	store_put(store, &event);
	unlink(help_path("v.db"));
	unlink(help_path("v.db-wal"));
	unlink(help_path("v.db-shm"));
	store_put(store, &event);
	help_commit(store);
	store_put(store, &event);
	help_commit(store);
	store_free(store);
	store = help_open(help_path("v.db"), false);
	cr_expect_eq(help_summary(store).violations, 3);
	cr_expect_eq(help_summary(store).kinds, 1);
	store_free(store);
}

Test(hostile, a_reader_writes_nothing)
{
	struct store *store;

	make_store(help_path("v.db"));
	store = help_open(help_path("v.db"), false);
	cr_expect_eq(store_ack(store, 1, NULL, NULL), -EBADF);
	cr_expect_eq(store_trim(store, NULL), -EBADF);
	cr_expect_eq(store_commit(store, 0, NULL), -EBADF);
	store_free(store);
}
