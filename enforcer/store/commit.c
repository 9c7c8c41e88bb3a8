/* SPDX-License-Identifier: Apache-2.0 */
/* What waits, into the file: one transaction, after which it is acknowledged. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "room.h"

#define RETRY_NS      STORE_NS
#define RETRY_BUSY_NS (STORE_NS / 4)

static int bind_kind(sqlite3_stmt *stmt, const struct pending_kind *kind, int64_t id)
{
	const struct kind_head *head = kind->head;
	const uint32_t numbers[] = {head->rule_line, head->class, head->verdict, head->error};
	int at = 1;

	sqlite3_bind_int64(stmt, at++, id);
	sqlite3_bind_blob(stmt, at++, kind->key, sizeof(kind->key), SQLITE_STATIC);
	sqlite3_bind_int64(stmt, at++, kind->first);
	sqlite3_bind_int64(stmt, at++, kind->last);
	sqlite3_bind_int64(stmt, at++, (int64_t)kind->count);
	sqlite3_bind_int64(stmt, at++, kind->n_records);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		sqlite3_bind_int64(stmt, at++, numbers[i]);
	for (int i = 0; i < KIND_TEXTS; i++)
		bind_text(stmt, at++, pending_text(head, (enum kind_text)i));
	bind_text(stmt, at, kind->why);
	return SQLITE_OK;
}

/* The id of a kind that is there, and how many records it has had; id 0: it is new. */
static int find(struct store *store, const struct pending_kind *kind, int64_t *ret_id,
		int64_t *ret_records)
{
	sqlite3_stmt *stmt = statement(store, DO_FIND);
	int code;

	if (!stmt)
		return sqlite3_extended_errcode(store->db);
	sqlite3_bind_blob(stmt, 1, kind->key, sizeof(kind->key), SQLITE_STATIC);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		*ret_id = sqlite3_column_int64(stmt, 0);
		*ret_records = sqlite3_column_int64(stmt, 1);
		/* Only a file that is not ours has others; they are no numbers to reckon with. */
		if (*ret_id < 1 || *ret_id > INT64_MAX / 256 || *ret_records < 0 ||
		    *ret_records > INT64_MAX / 2)
			code = SQLITE_CORRUPT;
	}
	sqlite3_reset(stmt);
	return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

static int write_kind_row(struct store *store, const struct pending_kind *kind, int64_t *ret_id,
			  int64_t *ret_records)
{
	int64_t id = 0, records = 0;
	int code = find(store, kind, &id, &records);
	sqlite3_stmt *stmt;

	if (code != SQLITE_OK)
		return code;
	*ret_records = records;
	*ret_id = id ? id : store->next_id;
	stmt = statement(store, id ? DO_UPDATE : DO_INSERT);
	if (!stmt)
		return sqlite3_extended_errcode(store->db);
	if (!id) {
		bind_kind(stmt, kind, store->next_id++);
		return statement_run(store, stmt);
	}
	sqlite3_bind_int64(stmt, 1, id);
	sqlite3_bind_int64(stmt, 2, kind->first);
	sqlite3_bind_int64(stmt, 3, kind->last);
	sqlite3_bind_int64(stmt, 4, (int64_t)kind->count);
	sqlite3_bind_int64(stmt, 5, records + kind->n_records);
	bind_text(stmt, 6, kind->why);
	return statement_run(store, stmt);
}

static int write_hours(struct store *store, const struct pending_kind *kind, int64_t id)
{
	int code = SQLITE_OK;

	for (const struct pending_hour *at = &kind->hours; at && code == SQLITE_OK; at = at->next) {
		sqlite3_stmt *stmt = statement(store, DO_COUNT);

		sqlite3_bind_int64(stmt, 1, id);
		sqlite3_bind_int64(stmt, 2, at->hour);
		sqlite3_bind_int64(stmt, 3, (int64_t)at->count);
		code = statement_run(store, stmt);
	}
	return code;
}

static int add_arguments(struct store *store, enum statement which, int64_t id, const char *json,
			 uint64_t count)
{
	sqlite3_stmt *stmt = statement(store, which);

	sqlite3_bind_int64(stmt, 1, id);
	if (which != DO_ARGUMENTS_MORE)
		bind_text(stmt, 2, json);
	sqlite3_bind_int64(stmt, 3, (int64_t)count);
	if (which == DO_ARGUMENTS_NEW)
		sqlite3_bind_int64(stmt, 4, STORE_ARGUMENTS_MAX);
	return statement_run(store, stmt);
}

static int write_arguments(struct store *store, const struct pending_kind *kind, int64_t id)
{
	const struct pending_arguments *at;
	uint64_t more = kind->more_arguments;
	int code = SQLITE_OK;

	for (at = kind->arguments; at && code == SQLITE_OK; at = at->next) {
		code = add_arguments(store, DO_ARGUMENTS_ADD, id, at->json, at->count);
		if (code != SQLITE_OK || sqlite3_changes(store->db))
			continue;
		code = add_arguments(store, DO_ARGUMENTS_NEW, id, at->json, at->count);
		if (code == SQLITE_OK && !sqlite3_changes(store->db))
			more += at->count;
	}
	if (code == SQLITE_OK && more)
		code = add_arguments(store, DO_ARGUMENTS_MORE, id, NULL, more);
	return code;
}

/* The ring goes on where the last writer left it. */
static int write_records(struct store *store, const struct pending_kind *kind, int64_t id,
			 int64_t written)
{
	const uint32_t slots = store->options.records;
	uint32_t n = kind->n_records < slots ? kind->n_records : slots;
	int code = SQLITE_OK;

	for (uint32_t i = kind->n_records - n; i < kind->n_records && code == SQLITE_OK; i++) {
		const struct pending_record *record = &kind->records[i % slots];
		sqlite3_stmt *stmt = statement(store, DO_RECORD);

		sqlite3_bind_int64(stmt, 1, id * 128 + (written + i) % slots);
		sqlite3_bind_int64(stmt, 2, written + i);
		sqlite3_bind_text(stmt, 3, record->json, (int)record->length, SQLITE_STATIC);
		code = statement_run(store, stmt);
	}
	return code;
}

static int write_kind(struct store *store, const struct pending_kind *kind)
{
	int64_t id, written;
	int code = write_kind_row(store, kind, &id, &written);

	if (code == SQLITE_OK)
		code = write_hours(store, kind, id);
	if (code == SQLITE_OK)
		code = write_arguments(store, kind, id);
	if (code == SQLITE_OK)
		code = write_records(store, kind, id, written);
	return code;
}

static int write_loss(struct store *store, const char *kind, int64_t hour, uint64_t count)
{
	sqlite3_stmt *stmt = statement(store, DO_LOST);

	bind_text(stmt, 1, kind);
	sqlite3_bind_int64(stmt, 2, hour);
	sqlite3_bind_int64(stmt, 3, (int64_t)count);
	return statement_run(store, stmt);
}

static int write_losses(struct store *store)
{
	const struct pending_loss *loss = store->pending.losses;
	int code = SQLITE_OK;

	for (; loss && code == SQLITE_OK; loss = loss->next)
		code = write_loss(store, loss->kind, loss->hour, loss->count);
	if (code == SQLITE_OK && store->pending.unkept)
		code = write_loss(store, "store-full",
				  store_clock(CLOCK_REALTIME) / STORE_NS / STORE_HOUR,
				  store->pending.unkept);
	return code;
}

static int next_id(struct store *store, bool set)
{
	sqlite3_stmt *stmt = statement(store, set ? DO_NEXT_SET : DO_NEXT_GET);
	int code;

	if (set) {
		sqlite3_bind_int64(stmt, 1, store->next_id);
		return statement_run(store, stmt);
	}
	code = stmt ? sqlite3_step(stmt) : sqlite3_extended_errcode(store->db);
	if (code == SQLITE_ROW)
		store->next_id = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	if (code == SQLITE_DONE || store->next_id < 1 || store->next_id > INT64_MAX / 256)
		return SQLITE_CORRUPT;
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

int flush_pending(struct store *store)
{
	const struct pending_kind *kind = store->pending.first;
	int64_t before;
	int code = next_id(store, false);

	before = store->next_id;
	for (; kind && code == SQLITE_OK; kind = kind->next)
		code = write_kind(store, kind);
	if (code == SQLITE_OK)
		code = write_losses(store);
	if (code == SQLITE_OK && store->next_id != before)
		code = next_id(store, true);
	if (code == SQLITE_OK && store->batch) {
		sqlite3_stmt *stmt = statement(store, DO_BATCH);

		sqlite3_bind_int64(stmt, 1, store->batch);
		code = statement_run(store, stmt);
	}
	return code;
}

/* The last writer may have been killed between the transaction's end and saying so. */
static int is_written(struct store *store, bool *ret_written)
{
	int64_t number = 0;
	int code = SQLITE_OK;

	if (store->batch)
		code = store_ask(store,
				 "SELECT coalesce(max(value), 0) FROM numbers WHERE name = 'batch'",
				 &number);
	*ret_written = number && number == store->batch;
	return code;
}

/* The store was removed, or put elsewhere: what waits goes to a new one. Without one, the old is kept: it
 * is no use, but a handle always has a database. */
static int follow(struct store *store, struct diag *diag)
{
	CLEANUP(free_ptr) char *path = NULL;
	struct store old = *store;
	int r = path_prepare(store->path, true, diag, &path);

	if (r < 0)
		return r;
	store->db = NULL;
	memset(store->statements, 0, sizeof(store->statements));
	r = store_attach(store, diag);
	if (r < 0) {
		store_detach(store);
		store->db = old.db;
		memcpy(store->statements, old.statements, sizeof(old.statements));
		return r;
	}
	store_detach(&old);
	diag_warning(diag, NULL, "the store %s was removed or put elsewhere; a new one is begun",
		     store->path);
	store->age_cursor = store->age_at = 0;
	pending_rekey(store);
	return 0;
}

static int commit(struct store *store, int wait_ms, struct diag *diag)
{
	bool written;
	int r = 0;

	if (store_moved(store))
		r = follow(store, diag);
	if (r == 0)
		r = store_begin(store, wait_ms, diag);
	if (r < 0)
		return r;
	if (is_written(store, &written) != SQLITE_OK)
		return store_end(store, store_failed(store, "read", diag), "read", diag);
	if (written)
		return store_end(store, 0, "read", diag);
	/* Without room, what is old goes first. */
	if ((store->error == ENOSPC && trim_slice(store) != SQLITE_OK) ||
	    flush_pending(store) != SQLITE_OK || trim_slice(store) != SQLITE_OK)
		r = store_failed(store, "write to", diag);
	return store_end(store, r, "write to", diag);
}

int store_commit(struct store *store, int wait_ms, struct diag *diag)
{
	int r;

	if (!store->options.write)
		return -EBADF;
	if (!store->pending.since)
		return 0;
	r = commit(store, wait_ms, diag);
	store->error = -r;
	if (r == 0) {
		pending_reset(store);
		store->batch = 0;
		store->retry_at = 0;
	} else {
		store->retry_at =
			store_clock(CLOCK_MONOTONIC) + (r == -EBUSY ? RETRY_BUSY_NS : RETRY_NS);
	}
	return r;
}
