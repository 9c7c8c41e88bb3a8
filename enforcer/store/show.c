/* SPDX-License-Identifier: Apache-2.0 */
/* One kind whole, and what a person does with kinds. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "room.h"

/* Of one kind, whatever a file of others' making has. */
#define DETAIL_BYTES (64u << 20)

struct detail {
	struct store_detail public; /* first: it is what is freed */
	struct arena *memory;
};

static const char *keep(struct detail *detail, const char *text)
{
	return text ? arena_strndup(detail->memory, text, strlen(text)) : NULL;
}

static void keep_kind(struct detail *detail, const struct store_kind *kind)
{
	struct store_kind *own = &detail->public.kind;

	*own = *kind;
	own->policy = keep(detail, kind->policy);
	own->rule_file = keep(detail, kind->rule_file);
	own->why = keep(detail, kind->why);
	own->plane = keep(detail, kind->plane);
	own->operation = keep(detail, kind->operation);
	own->object = keep(detail, kind->object);
	own->exe = keep(detail, kind->exe);
	own->container = keep(detail, kind->container);
	own->host = keep(detail, kind->host);
	own->note = keep(detail, kind->note);
}

/* One of the lists: rows of it, in order, each taken by `take` (false: no memory). */
struct list {
	const char *sql;
	int64_t from, to; /* ?1 and ?2 */
	size_t size;	  /* of an item */
	bool (*take)(struct detail *detail, sqlite3_stmt *stmt, void *item);
};

static bool take_hour(struct detail *detail, sqlite3_stmt *stmt, void *item)
{
	struct store_hour *hour = item;

	(void)detail;
	*hour = (struct store_hour){sqlite3_column_int64(stmt, 0), column_count(stmt, 1)};
	return true;
}

static bool take_arguments(struct detail *detail, sqlite3_stmt *stmt, void *item)
{
	struct store_arguments *arguments = item;
	const char *json = column_text(stmt, 0);

	arguments->json = json && *json ? keep(detail, json) : NULL;
	arguments->count = column_count(stmt, 1);
	return arguments->json || !json || !*json;
}

static bool take_record(struct detail *detail, sqlite3_stmt *stmt, void *item)
{
	const char **record = item;
	const char *json = column_text(stmt, 0);

	*record = keep(detail, json ? json : "");
	return *record;
}

static int read_list(struct store *store, struct detail *detail, const struct list *list,
		     const void *ret_items, size_t *ret_count)
{
	CLEANUP(free_ptr) char *items = NULL;
	size_t capacity = 0, count = 0;
	sqlite3_stmt *stmt = NULL;
	void *copy;
	int code = sqlite3_prepare_v2(store->db, list->sql, -1, &stmt, NULL);

	if (code == SQLITE_OK) {
		sqlite3_bind_int64(stmt, 1, list->from);
		sqlite3_bind_int64(stmt, 2, list->to);
	}
	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		code = SQLITE_OK;
		if (grow_array(&items, &capacity, (count + 1) * list->size, 1) < 0 ||
		    !list->take(detail, stmt, items + count * list->size))
			code = SQLITE_NOMEM;
		else
			count++;
	}
	sqlite3_finalize(stmt);
	if (code != SQLITE_DONE)
		return code;
	copy = arena_alloc(detail->memory, count ? count : 1, list->size);
	if (!copy)
		return SQLITE_NOMEM;
	if (count)
		memcpy(copy, items, count * list->size);
	*(const void **)ret_items = copy;
	*ret_count = count;
	return SQLITE_OK;
}

static int read_lists(struct store *store, struct detail *detail, int64_t id)
{
	struct store_detail *public = &detail->public;
	const int64_t at = id < INT64_MAX / 256 ? id * 128 : 0;
	const struct list hours = {
		"SELECT hour, n FROM counts WHERE kind = ?1 AND ?2 ORDER BY hour", id, 1,
		sizeof(struct store_hour), take_hour};
	/* Those that have no place of their own come last. */
	const struct list arguments = {"SELECT json, n FROM arguments WHERE kind = ?1 AND ?2 "
				       "ORDER BY json = '', n DESC, json LIMIT 100",
				       id, 1, sizeof(struct store_arguments), take_arguments};
	const struct list records = {"SELECT json FROM records WHERE at >= ?1 AND at < ?2 "
				     "ORDER BY seq DESC",
				     at, at + 128, sizeof(const char *), take_record};
	int code = read_list(store, detail, &hours, &public->hours, &public->n_hours);

	if (code == SQLITE_OK)
		code = read_list(store, detail, &arguments, &public->arguments,
				 &public->n_arguments);
	if (code == SQLITE_OK)
		code = read_list(store, detail, &records, &public->records, &public->n_records);
	return code;
}

static int no_such(const struct store *store, int64_t id, struct diag *diag)
{
	diag_error(diag, NULL,
		   "find violation %lld in the store %s: there is none; `bailiff report` has the "
		   "numbers",
		   (long long)id, store->path);
	return -ENOENT;
}

static int read_detail(struct store *store, int64_t id, struct detail *detail, struct diag *diag)
{
	struct store_filter everything = {0};
	struct query query = {.length = 0};
	struct store_kind kind;
	sqlite3_stmt *stmt = NULL;
	int code;

	kind_columns(&query, &everything);
	query_add(&query, " FROM (SELECT k.*, k.count AS n FROM kinds k WHERE k.id = ?1)");
	query.values[query.n_values++].number = id;
	code = query_prepare(store, &query, &stmt);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		kind_read(stmt, &kind);
		keep_kind(detail, &kind);
	}
	sqlite3_finalize(stmt);
	if (code == SQLITE_DONE)
		return no_such(store, id, diag);
	if (code == SQLITE_ROW)
		code = read_lists(store, detail, id);
	return code == SQLITE_OK ? 0 : store_failed(store, "read", diag);
}

int store_show(struct store *store, int64_t id, struct diag *diag, struct store_detail **ret_detail)
{
	struct detail *detail = calloc(1, sizeof(*detail));
	bool frozen;
	int r;

	if (!detail || arena_new(DETAIL_BYTES, &detail->memory) < 0) {
		free(detail);
		return -ENOMEM;
	}
	/* All of one moment, unless that has been chosen already. */
	frozen = sqlite3_get_autocommit(store->db) == 0;
	r = frozen ? 0 : store_freeze(store, diag);
	if (r == 0)
		r = read_detail(store, id, detail, diag);
	if (!frozen)
		store_thaw(store);
	if (r < 0) {
		store_detail_free(&detail->public);
		return r;
	}
	*ret_detail = &detail->public;
	return 0;
}

void store_detail_free(struct store_detail *detail)
{
	struct detail *whole = (struct detail *)detail;

	if (!whole)
		return;
	arena_free(whole->memory);
	free(whole);
}

/* --- Acknowledged, deleted, checked --------------------------------------------------------------- */

static int mark(struct store *store, int64_t id, int64_t time, const char *note, struct diag *diag)
{
	static const char text[] = "UPDATE kinds SET acked_at = ?2, note = ?3, "
				   "acked_count = iif(?2, count, 0) WHERE id = ?1";
	sqlite3_stmt *stmt = NULL;
	int r;

	if (!store->options.write)
		return -EBADF;
	r = store_begin(store, STORE_WAIT_MS, diag);
	if (r < 0)
		return r;
	if (sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL) == SQLITE_OK) {
		sqlite3_bind_int64(stmt, 1, id);
		sqlite3_bind_int64(stmt, 2, time);
		bind_text(stmt, 3, note);
	}
	if (statement_run(store, stmt) != SQLITE_OK)
		r = store_failed(store, "write to", diag);
	else if (!sqlite3_changes(store->db))
		r = no_such(store, id, diag);
	sqlite3_finalize(stmt);
	return store_end(store, r, "write to", diag);
}

int store_ack(struct store *store, int64_t id, const char *note, struct diag *diag)
{
	return mark(store, id, store_clock(CLOCK_REALTIME), note, diag);
}

int store_unack(struct store *store, int64_t id, struct diag *diag)
{
	return mark(store, id, 0, NULL, diag);
}

static int collect(struct store *store, const struct store_filter *filter, int64_t **ret_ids,
		   size_t *ret_count)
{
	struct store_filter chosen = *filter;
	CLEANUP(free_ptr) int64_t *ids = NULL;
	struct query query = {.length = 0};
	size_t capacity = 0, count = 0;
	sqlite3_stmt *stmt = NULL;
	int code;

	chosen.until = 0;
	query_add(&query, "SELECT k.id FROM kinds k");
	query_where(&query, &chosen);
	if (filter->until) {
		query.values[query.n_values++].number = filter->until;
		query_add(&query, " AND k.last < ?%d", query.n_values);
	}
	code = query_prepare(store, &query, &stmt);
	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		code = grow_array(&ids, &capacity, count + 1, sizeof(*ids)) < 0 ? SQLITE_NOMEM
										: SQLITE_OK;
		if (code == SQLITE_OK)
			ids[count++] = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	if (code != SQLITE_DONE)
		return code;
	*ret_ids = STEAL(ids);
	*ret_count = count;
	return SQLITE_OK;
}

int store_delete(struct store *store, const struct store_filter *filter, struct diag *diag,
		 uint64_t *ret_kinds)
{
	CLEANUP(free_ptr) int64_t *ids = NULL;
	size_t count = 0, i;
	int code, r;

	if (!store->options.write)
		return -EBADF;
	r = store_begin(store, STORE_WAIT_MS, diag);
	if (r < 0)
		return r;
	code = collect(store, filter, &ids, &count);
	for (i = 0; i < count && code == SQLITE_OK; i++)
		code = trim_drop(store, ids[i]);
	if (code != SQLITE_OK)
		r = store_failed(store, "delete from", diag);
	r = store_end(store, r, "delete from", diag);
	if (r == 0)
		*ret_kinds = count;
	return r;
}

int store_check(struct store *store, struct diag *diag)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(store->db, "PRAGMA integrity_check(10)", -1, &stmt, NULL);
	int r = 0;

	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *text = column_text(stmt, 0);

		code = SQLITE_OK;
		if (text && strcmp(text, "ok") == 0)
			continue;
		diag_error(
			diag, NULL,
			"check the store %s: %s; move it away: a new one is made, and this one can "
			"be searched",
			store->path, text ? text : "damaged");
		r = -EUCLEAN;
	}
	if (code != SQLITE_DONE && code != SQLITE_OK)
		r = store_failed(store, "check", diag);
	sqlite3_finalize(stmt);
	return r;
}
