/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Retention, in slices that ride on commits, so that no commit takes long.
 *
 * By age: a cursor goes through the kinds, once an hour. By size: the rule with the most kinds pays, with
 * its oldest; so a program that is denied a million names pushes out its own, not what others did.
 * What goes by size is told as lost ("store-size").
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "room.h"

#define AGE_EVERY_NS (3600 * STORE_NS)
#define AGE_SLICE    500
#define SIZE_SLICE   2000
#define SLICES	     8
#define SAMPLES	     64
#define VACUUM	     "PRAGMA incremental_vacuum(256)"

static int drop_where(struct store *store, enum statement which, int64_t first, int64_t second)
{
	sqlite3_stmt *stmt = statement(store, which);

	sqlite3_bind_int64(stmt, 1, first);
	if (second)
		sqlite3_bind_int64(stmt, 2, second);
	return statement_run(store, stmt);
}

int trim_drop(struct store *store, int64_t id)
{
	int code = drop_where(store, DO_DROP_KIND, id, 0);

	if (code == SQLITE_OK)
		code = drop_where(store, DO_DROP_COUNTS, id, 0);
	if (code == SQLITE_OK && id > 0 && id < INT64_MAX / 256)
		code = drop_where(store, DO_DROP_RECORDS, id * 128, id * 128 + 128);
	if (code == SQLITE_OK)
		code = drop_where(store, DO_DROP_ARGUMENTS, id, 0);
	return code;
}

/* --- By age ------------------------------------------------------------------------------------- */

struct row {
	int64_t id, value;
};

/* Up to SIZE_SLICE rows of two numbers; a statement can't be read from while what it reads is deleted. */
static int read_rows(sqlite3_stmt *stmt, struct row *rows, size_t *ret_count)
{
	int code;

	*ret_count = 0;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW && *ret_count < SIZE_SLICE)
		rows[(*ret_count)++] =
			(struct row){sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1)};
	sqlite3_reset(stmt);
	return code == SQLITE_DONE || code == SQLITE_ROW ? SQLITE_OK : code;
}

static int age_kind(struct store *store, const struct row *row, int64_t oldest)
{
	int code = SQLITE_OK;

	if (row->value < oldest)
		return trim_drop(store, row->id);
	if (drop_where(store, DO_AGE_COUNTS, row->id, oldest / STORE_NS / STORE_HOUR) != SQLITE_OK)
		return sqlite3_extended_errcode(store->db);
	/* Slots beyond those in use now, of a time when more were kept. */
	if (row->id > 0 && row->id < INT64_MAX / 256)
		code = drop_where(store, DO_SLOTS, row->id * 128 + store->options.records,
				  row->id * 128 + 128);
	return code;
}

static int age_slice(struct store *store, struct row *rows)
{
	int64_t oldest = store_clock(CLOCK_REALTIME) -
			 (int64_t)store->options.days * 24 * STORE_HOUR * STORE_NS;
	sqlite3_stmt *stmt = statement(store, DO_AGE_SCAN);
	size_t count = 0, i;
	int code;

	sqlite3_bind_int64(stmt, 1, store->age_cursor);
	sqlite3_bind_int64(stmt, 2, AGE_SLICE);
	code = stmt ? read_rows(stmt, rows, &count) : sqlite3_extended_errcode(store->db);
	for (i = 0; i < count && code == SQLITE_OK; i++)
		code = age_kind(store, &rows[i], oldest);
	if (code != SQLITE_OK)
		return code;
	if (count == AGE_SLICE) {
		store->age_cursor = rows[count - 1].id;
		return SQLITE_OK;
	}
	store->age_cursor = 0;
	store->age_at = store_clock(CLOCK_MONOTONIC) + AGE_EVERY_NS;
	return drop_where(store, DO_AGE_LOST, oldest / STORE_NS / STORE_HOUR, 0);
}

/* --- By size ------------------------------------------------------------------------------------ */

struct rule {
	char *policy, *file;
	int64_t line;
	int seen;
};

static bool same_text(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

static char *copy_text(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void see_rule(struct rule *rules, size_t *count, sqlite3_stmt *stmt)
{
	const char *policy = column_text(stmt, 0), *file = column_text(stmt, 1);
	int64_t line = sqlite3_column_int64(stmt, 2);
	size_t i = 0;

	while (i < *count && !(rules[i].line == line && same_text(rules[i].policy, policy) &&
			       same_text(rules[i].file, file)))
		i++;
	if (i == *count) {
		rules[i] = (struct rule){copy_text(policy), copy_text(file), line, 0};
		++*count;
	}
	rules[i].seen++;
}

/* Which rule has the most kinds, as far as a few at random tell. */
static int sample_rules(struct store *store, struct rule *rules, size_t *ret_count)
{
	int64_t next = 0;
	int code = store_ask(store, "SELECT value FROM numbers WHERE name = 'next'", &next);

	if (code == SQLITE_OK && next < 1)
		code = SQLITE_CORRUPT;
	for (int i = 0; i < SAMPLES && (code == SQLITE_OK || code == SQLITE_DONE); i++) {
		sqlite3_stmt *stmt = statement(store, DO_SIZE_SAMPLE);
		uint64_t random;

		if (!stmt)
			return sqlite3_extended_errcode(store->db);
		sqlite3_randomness(sizeof(random), &random);
		sqlite3_bind_int64(stmt, 1, 1 + (int64_t)(random % (uint64_t)next));
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW) {
			see_rule(rules, ret_count, stmt);
			code = SQLITE_OK;
		}
		sqlite3_reset(stmt);
	}
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int drop_oldest_of(struct store *store, const struct rule *rule, struct row *rows,
			  bool *ret_any)
{
	sqlite3_stmt *stmt = statement(store, DO_SIZE_SCAN);
	uint64_t gone = 0;
	size_t count = 0, i;
	int code;

	bind_text(stmt, 1, rule->policy);
	bind_text(stmt, 2, rule->file);
	sqlite3_bind_int64(stmt, 3, rule->line);
	sqlite3_bind_int64(stmt, 4, SIZE_SLICE);
	code = stmt ? read_rows(stmt, rows, &count) : sqlite3_extended_errcode(store->db);
	*ret_any = count > 0;
	for (i = 0; i < count && code == SQLITE_OK; i++) {
		code = trim_drop(store, rows[i].id);
		if (rows[i].value > 0)
			gone += (uint64_t)rows[i].value < STORE_COUNT_MAX ? (uint64_t)rows[i].value
									  : STORE_COUNT_MAX;
		if (gone > STORE_COUNT_MAX)
			gone = STORE_COUNT_MAX;
	}
	if (code == SQLITE_OK && gone) {
		stmt = statement(store, DO_LOST);
		bind_text(stmt, 1, "store-size");
		sqlite3_bind_int64(stmt, 2, store_clock(CLOCK_REALTIME) / STORE_NS / STORE_HOUR);
		sqlite3_bind_int64(stmt, 3, (int64_t)gone);
		code = statement_run(store, stmt);
	}
	return code;
}

static int size_slice(struct store *store, struct row *rows, bool *ret_any)
{
	struct rule rules[SAMPLES];
	size_t count = 0, most = 0, i;
	int code = sample_rules(store, rules, &count);

	for (i = 1; i < count; i++)
		if (rules[i].seen > rules[most].seen)
			most = i;
	if (code == SQLITE_OK && count)
		code = drop_oldest_of(store, &rules[most], rows, ret_any);
	for (i = 0; i < count; i++) {
		free(rules[i].policy);
		free(rules[i].file);
	}
	return code;
}

static int size_of(struct store *store, int64_t *ret_pages, int64_t *ret_free)
{
	int code = store_ask(store, "PRAGMA page_count", ret_pages);

	return code == SQLITE_OK ? store_ask(store, "PRAGMA freelist_count", ret_free) : code;
}

static int by_size(struct store *store, struct row *rows, bool *ret_more)
{
	int64_t pages = 0, unused = 0, page = 4096;
	int code = size_of(store, &pages, &unused);

	*ret_more = false;
	if (code == SQLITE_OK)
		code = store_ask(store, "PRAGMA page_size", &page);
	if (code != SQLITE_OK)
		return code;
	if ((uint64_t)((pages - unused) * page) > store->options.bytes)
		return size_slice(store, rows, ret_more);
	/* What others could use goes back, a little at a time. */
	return unused > 1024 && unused > pages / 4 ? store_exec(store, VACUUM) : SQLITE_OK;
}

int trim_slice(struct store *store)
{
	int64_t now = store_clock(CLOCK_MONOTONIC);
	CLEANUP(free_ptr) struct row *rows = NULL;
	bool more = true;
	int code = SQLITE_OK;

	if (store->own)
		return SQLITE_OK;
	rows = malloc(SIZE_SLICE * sizeof(*rows));
	if (!rows)
		return SQLITE_OK; /* later, then */
	if (now >= store->age_at)
		code = age_slice(store, rows);
	/* A flood adds more kinds in one commit than one slice takes away. */
	for (int i = 0; i < SLICES && more && code == SQLITE_OK; i++)
		code = by_size(store, rows, &more);
	return code;
}

int store_trim(struct store *store, struct diag *diag)
{
	CLEANUP(free_ptr) struct row *rows = malloc(SIZE_SLICE * sizeof(*rows));
	bool more = true;
	int code = SQLITE_OK, r;

	if (!rows)
		return -ENOMEM;
	if (!store->options.write)
		return -EBADF;
	store->age_at = store->age_cursor = 0;
	while (more || !store->age_at) {
		r = store_begin(store, STORE_WAIT_MS, diag);
		if (r < 0)
			return r;
		if (!store->age_at)
			code = age_slice(store, rows);
		if (code == SQLITE_OK)
			code = by_size(store, rows, &more);
		if (code != SQLITE_OK)
			r = store_failed(store, "trim", diag);
		r = store_end(store, r, "trim", diag);
		if (r < 0)
			return r;
	}
	if (store_exec(store, "PRAGMA incremental_vacuum") != SQLITE_OK)
		return store_failed(store, "trim", diag);
	return 0;
}
