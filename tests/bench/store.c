/* SPDX-License-Identifier: Apache-2.0 */
/* The store: what it takes in, beside a row for each violation in the same SQLite, and what a day costs. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "bailiff/store.h"
#include "bench.h"

#define ROUNDS	  3
#define REPEATS	  600000u /* a round, of so many kinds: */
#define KINDS	  1000u
#define NEW_KINDS 60000u /* a round */
#define ROWS	  60000u /* of the peer, a round */
#define BATCH	  10000u
#define DAY_KINDS 10000u
#define DAY	  100000000u
#define T0	  1795305600ll /* a midnight */

#define ID "8d4f0b6b2e0c4b2c9a3f5e7d1c0b9a8f7e6d5c4b3a29181706f5e4d3c2b1a09f"

static const struct event_task parents[] = {
	{4100, "/usr/sbin/nginx", "nginx"},
	{4088, "/usr/bin/tini", "tini"},
	{4060, "/usr/bin/containerd-shim-runc-v2", "containerd-shim"},
	{1, "/usr/lib/systemd/systemd", "systemd"},
};

static const struct event_process process = {
	.pid = 4242,
	.tid = 4242,
	.start_ns = T0 * 1000000000,
	.uid = 33,
	.gid = 33,
	.exe = "/usr/sbin/nginx",
	.comm = "nginx",
	.user = "www-data",
	.group = "www-data",
	.cgroup = "/system.slice/docker-" ID ".scope",
	.container = ID,
	.n_ancestors = 4,
	.ancestors = parents,
};

static void make_event(struct event *event, unsigned kind, char path[64])
{
	snprintf(path, 64, "/srv/data/d%u/file-%u.conf", kind / 100, kind);
	*event = (struct event){
		.time = {T0, 0},
		.policy = "web",
		.rule_file = "/etc/bailiff/web.yaml",
		.rule_line = 1 + kind % 40,
		.why = "only its own files",
		.class = CLASS_FILES,
		.verdict = VERDICT_DENIED,
		.error = 13,
		.plane = "lsm",
		.operation = "read",
		.object = path,
		.process = &process,
		.host = "web-1",
		.has_generation = true,
		.generation = 3,
		.count = 1,
	};
}

static struct store *open_store(const char *path)
{
	const struct store_options options = {.write = true};
	struct store *store = NULL;
	struct diag *diag = NULL;

	if (diag_new(&diag) < 0)
		bench_fail("memory");
	if (store_open(path, &options, diag, &store) < 0) {
		diag_print(diag, stderr);
		bench_fail("store_open");
	}
	diag_free(diag);
	return store;
}

static void commit(struct store *store)
{
	if (store_commit(store, 5000, NULL) < 0)
		bench_fail("store_commit");
}

/* Violations a second, as an event loop puts and commits them; `kinds` of them in turn, from `first`. */
static double ingest(struct store *store, unsigned count, unsigned first, unsigned kinds)
{
	uint64_t begin = bench_now();
	struct event event;
	char path[64];

	for (unsigned i = 0; i < count; i++) {
		make_event(&event, first + i % kinds, path);
		event.time.tv_nsec = i;
		store_put(store, &event);
		if (i % 64 == 0) {
			int64_t due = store_due(store);

			if (due >= 0 && due <= (int64_t)bench_now())
				commit(store);
		}
	}
	commit(store);
	return count * 1e9 / (double)(bench_now() - begin);
}

static void run_sql(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		bench_fail(sql);
}

static sqlite3 *open_peer(const char *path)
{
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		bench_fail(path);
	run_sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
		    "CREATE TABLE events(time INTEGER, policy TEXT, rule TEXT, line INTEGER, "
		    "verdict INTEGER, operation TEXT, object TEXT, exe TEXT, container TEXT, "
		    "json TEXT); CREATE INDEX events_time ON events(time)");
	return db;
}

/* What is commonly done: a row a violation, in batches. */
static double insert_rows(sqlite3 *db, unsigned first, unsigned kinds)
{
	struct event_line line = {0};
	uint64_t begin = bench_now();
	sqlite3_stmt *stmt = NULL;
	struct event event;
	char path[64];

	if (sqlite3_prepare_v2(db, "INSERT INTO events VALUES(?,?,?,?,?,?,?,?,?,?)", -1, &stmt,
			       NULL) != SQLITE_OK)
		bench_fail("prepare");
	for (unsigned i = 0; i < ROWS; i++) {
		make_event(&event, first + i % kinds, path);
		if (i % BATCH == 0)
			run_sql(db, "BEGIN");
		if (event_json(&event, &line) < 0)
			bench_fail("event_json");
		sqlite3_bind_int64(stmt, 1, event.time.tv_sec * 1000000000 + i);
		sqlite3_bind_text(stmt, 2, event.policy, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 3, event.rule_file, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 4, event.rule_line);
		sqlite3_bind_int64(stmt, 5, event.verdict);
		sqlite3_bind_text(stmt, 6, event.operation, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 7, event.object, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 8, process.exe, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 9, process.container, -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 10, line.data, (int)line.length, SQLITE_STATIC);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			bench_fail("INSERT");
		sqlite3_reset(stmt);
		if (i % BATCH == BATCH - 1)
			run_sql(db, "COMMIT");
	}
	sqlite3_finalize(stmt);
	event_line_clear(&line);
	return ROWS * 1e9 / (double)(bench_now() - begin);
}

/* The lines of a file, each as a row, none of them looked at: lines a second. */
static double insert_lines(const char *file, const char *path)
{
	uint64_t begin = bench_now();
	sqlite3_stmt *stmt = NULL;
	sqlite3 *db = NULL;
	size_t capacity = 0, count = 0;
	FILE *in = fopen(file, "r");
	char *line = NULL;
	ssize_t length;

	if (!in || sqlite3_open(path, &db) != SQLITE_OK)
		bench_fail(path);
	run_sql(db, "CREATE TABLE IF NOT EXISTS lines(json TEXT); BEGIN");
	if (sqlite3_prepare_v2(db, "INSERT INTO lines VALUES(?)", -1, &stmt, NULL) != SQLITE_OK)
		bench_fail("prepare");
	for (; (length = getline(&line, &capacity, in)) > 0; count++) {
		sqlite3_bind_text(stmt, 1, line, (int)length, SQLITE_STATIC);
		if (sqlite3_step(stmt) != SQLITE_DONE)
			bench_fail("INSERT");
		sqlite3_reset(stmt);
	}
	sqlite3_finalize(stmt);
	run_sql(db, "COMMIT");
	sqlite3_close(db);
	fclose(in);
	free(line);
	return (double)count * 1e9 / (double)(bench_now() - begin);
}

static void bench_ingest(const char *store_path, const char *peer_path)
{
	double same[ROUNDS], fresh[ROUNDS], rows[ROUNDS], new_rows[ROUNDS];
	struct store *store = open_store(store_path);
	sqlite3 *db = open_peer(peer_path);

	for (unsigned i = 0; i < ROUNDS; i++) {
		same[i] = ingest(store, REPEATS, 0, KINDS);
		rows[i] = insert_rows(db, 0, KINDS);
		fresh[i] = ingest(store, NEW_KINDS, KINDS + i * NEW_KINDS, NEW_KINDS);
		new_rows[i] = insert_rows(db, KINDS + i * ROWS, ROWS);
	}
	sqlite3_close(db);
	store_free(store);
	bench_row("violations into the store, 1,000 kinds repeat", "/s", bench_median(same, ROUNDS),
		  "a row each", bench_median(rows, ROUNDS), ">= 300000/s");
	bench_row("violations into the store, each a new kind", "/s", bench_median(fresh, ROUNDS),
		  "a row each", bench_median(new_rows, ROUNDS), ">= 30000/s");
}

/* A day: each hour every kind is told of, with the repeats folded as the planes do. */
static void make_day(struct store *store)
{
	const unsigned puts = 24 * DAY_KINDS;
	struct event event;
	char path[64];

	for (unsigned i = 0; i < puts; i++) {
		make_event(&event, i % DAY_KINDS, path);
		event.time.tv_sec = T0 + (int64_t)i * 86400 / puts;
		event.time.tv_nsec = i;
		event.count = DAY / puts + (i < DAY % puts);
		store_put(store, &event);
		if (store_due(store) >= 0 && store_due(store) <= (int64_t)bench_now())
			commit(store);
	}
	commit(store);
}

static int take_kind(void *context, const struct store_kind *kind)
{
	*(uint64_t *)context += kind->count;
	return 0;
}

/* ms: opened, the summary, and the first 50 kinds, worst first. */
static double report(const char *path, const struct store_filter *filter, uint64_t want)
{
	uint64_t begin = bench_now(), shown = 0;
	struct store_summary summary;
	struct store *store = NULL;

	if (store_open(path, NULL, NULL, &store) < 0 ||
	    store_summarize(store, filter, NULL, &summary) < 0 ||
	    store_kinds(store, filter, take_kind, &shown, NULL) < 0)
		bench_fail("report");
	store_free(store);
	if ((want && summary.violations != want) || !shown)
		bench_fail("a day's sum");
	return (double)(bench_now() - begin) / 1e6;
}

/* ms: the same questions of a hundredth of the day as rows. */
static double report_rows(const char *path)
{
	static const char *const questions[] = {
		"SELECT count(*), count(DISTINCT policy), min(time), max(time) FROM events",
		"SELECT verdict, policy, rule, line, operation, object, exe, container, count(*) "
		"n, "
		"min(time), max(time) FROM events GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY n DESC "
		"LIMIT 50"};
	uint64_t begin = bench_now();
	sqlite3 *db = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK)
		bench_fail(path);
	for (int i = 0; i < 2; i++) {
		sqlite3_stmt *stmt = NULL;

		if (sqlite3_prepare_v2(db, questions[i], -1, &stmt, NULL) != SQLITE_OK)
			bench_fail(questions[i]);
		while (sqlite3_step(stmt) == SQLITE_ROW)
			continue;
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	return (double)(bench_now() - begin) / 1e6;
}

/* ms: the command, from its start to its end, with all that it prints. */
static double command(const struct bench *bench, const char *words)
{
	uint64_t begin = bench_now();
	char line[512];

	snprintf(line, sizeof(line), "%s report %s >/dev/null", bench->bailiff, words);
	if (system(line) != 0)
		bench_fail(line);
	return (double)(bench_now() - begin) / 1e6;
}

static void bench_command(const struct bench *bench, const char *path, const char *what,
			  const char *words)
{
	double times[ROUNDS];
	char line[400];

	snprintf(line, sizeof(line), "--store %s %s", path, words);
	for (int i = 0; i < ROUNDS; i++)
		times[i] = command(bench, line);
	bench_row(what, "ms", bench_median(times, ROUNDS), NULL, -1, "<= 300 ms");
}

/* Reports of a file, every one whole, into a store; beside its lines as they are, into a table. */
static void bench_import(const struct bench *bench, const char *store_path, const char *peer_path)
{
	double ours[ROUNDS], theirs[ROUNDS];
	struct store_import sums;
	char file[256], path[64];
	struct event_line line = {0};
	struct event event;
	FILE *out;

	snprintf(file, sizeof(file), "%s/reports.jsonl", bench->scratch);
	out = fopen(file, "w");
	for (unsigned i = 0; out && i < ROWS; i++) {
		make_event(&event, i % KINDS, path);
		if (event_json(&event, &line) < 0 ||
		    fwrite(line.data, 1, line.length, out) != line.length)
			bench_fail(file);
	}
	if (!out || fclose(out) != 0)
		bench_fail(file);
	event_line_clear(&line);
	for (int i = 0; i < ROUNDS; i++) {
		struct store *store = open_store(store_path);
		uint64_t begin = bench_now();
		int fd = open(file, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || store_import(store, fd, file, NULL, &sums) < 0 ||
		    sums.records != ROWS)
			bench_fail("store_import");
		ours[i] = ROWS * 1e9 / (double)(bench_now() - begin);
		close(fd);
		store_free(store);
		theirs[i] = insert_lines(file, peer_path);
	}
	bench_row("a file of reports into the store, 1,000 kinds", "/s", bench_median(ours, ROUNDS),
		  "its lines, unread", bench_median(theirs, ROUNDS), "");
}

static void bench_day(const struct bench *bench, const char *path, const char *peer_path)
{
	const struct store_filter all = {.limit = 50};
	const struct store_filter noon = {.since = (T0 + 43200) * 1000000000, .limit = 50};
	double whole[ROUNDS], since[ROUNDS], rows[ROUNDS];
	struct store *store = open_store(path);
	struct stat st;

	make_day(store);
	store_free(store);
	if (stat(path, &st) < 0)
		bench_fail("stat");
	for (int i = 0; i < ROUNDS; i++) {
		whole[i] = report(path, &all, DAY);
		since[i] = report(path, &noon, 0);
		rows[i] = report_rows(peer_path);
	}
	bench_row("report: 50 of 10,000 kinds, 100 million violations", "ms",
		  bench_median(whole, ROUNDS), "360,000 rows", bench_median(rows, ROUNDS),
		  "<= 300 ms");
	bench_row("the same, of the last twelve hours", "ms", bench_median(since, ROUNDS),
		  "360,000 rows", bench_median(rows, ROUNDS), "<= 300 ms");
	bench_command(bench, path, "bailiff report of that day, from start to end", "");
	bench_command(bench, path, "bailiff report --json --limit 50", "--json --limit 50");
	bench_command(bench, path, "bailiff report --csv, all 10,000 kinds", "--csv");
	bench_row("the store of that day", "MB", (double)st.st_size / 1e6, NULL, -1, "<= 64 MB");
}

void bench_store(const struct bench *bench)
{
	char store[256], day[256], rows[256], imported[256];

	snprintf(store, sizeof(store), "%s/store.db", bench->scratch);
	snprintf(day, sizeof(day), "%s/day.db", bench->scratch);
	snprintf(rows, sizeof(rows), "%s/rows.db", bench->scratch);
	snprintf(imported, sizeof(imported), "%s/imported.db", bench->scratch);
	bench_ingest(store, rows);
	bench_import(bench, imported, rows);
	bench_day(bench, day, rows);
}
