/* SPDX-License-Identifier: Apache-2.0 */
/* Statements that are used again and again, and transactions. */
#include <errno.h>

#include "room.h"

#define CAP "9007199254740991" /* STORE_COUNT_MAX */

static const char *const texts[STATEMENTS] = {
	[DO_BEGIN] = "BEGIN IMMEDIATE",
	[DO_COMMIT] = "COMMIT",
	[DO_ROLLBACK] = "ROLLBACK",
	[DO_FIND] = "SELECT id, records FROM kinds WHERE key = ?1",
	[DO_INSERT] =
		"INSERT INTO kinds(id, key, first, last, count, records, rule_line, class, "
		"verdict, error, policy, rule_file, plane, operation, object, exe, container, "
		"host, why) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
		"?14, ?15, ?16, ?17, ?18, ?19)",
	[DO_UPDATE] = "UPDATE kinds SET first = min(first, ?2), last = max(last, ?3), "
		      "count = min(count + ?4, " CAP "), records = ?5, why = coalesce(?6, why) "
		      "WHERE id = ?1",
	[DO_COUNT] = "INSERT INTO counts VALUES(?1, ?2, ?3) "
		     "ON CONFLICT DO UPDATE SET n = min(n + excluded.n, " CAP ")",
	[DO_RECORD] = "INSERT OR REPLACE INTO records VALUES(?1, ?2, ?3)",
	[DO_ARGUMENTS_ADD] = "UPDATE arguments SET n = min(n + ?3, " CAP ") "
			     "WHERE kind = ?1 AND json = ?2",
	[DO_ARGUMENTS_NEW] = "INSERT INTO arguments SELECT ?1, ?2, ?3 WHERE "
			     "(SELECT count(*) FROM arguments WHERE kind = ?1 AND json <> '') < ?4",
	[DO_ARGUMENTS_MORE] = "INSERT INTO arguments VALUES(?1, '', ?3) "
			      "ON CONFLICT DO UPDATE SET n = min(n + excluded.n, " CAP ")",
	/* Whoever writes a file to import chooses the names of losses: so many, and then one for the rest. */
	[DO_LOST] =
		"INSERT INTO lost SELECT CASE WHEN EXISTS(SELECT 1 FROM lost WHERE kind = ?1) OR "
		"(SELECT count(*) FROM (SELECT DISTINCT kind FROM lost)) < 100 THEN ?1 ELSE "
		"'other' "
		"END, ?2, ?3 WHERE true ON CONFLICT DO UPDATE SET n = min(n + excluded.n, " CAP ")",
	[DO_NEXT_GET] = "SELECT value FROM numbers WHERE name = 'next'",
	[DO_NEXT_SET] = "UPDATE numbers SET value = ?1 WHERE name = 'next'",
	[DO_AGE_SCAN] = "SELECT id, last FROM kinds WHERE id > ?1 ORDER BY id LIMIT ?2",
	[DO_AGE_COUNTS] = "DELETE FROM counts WHERE kind = ?1 AND hour < ?2",
	[DO_AGE_LOST] = "DELETE FROM lost WHERE hour < ?1",
	[DO_SIZE_SAMPLE] = "SELECT policy, rule_file, rule_line FROM kinds WHERE id >= ?1 "
			   "ORDER BY id LIMIT 1",
	[DO_SIZE_SCAN] = "SELECT id, count FROM kinds WHERE policy IS ?1 AND rule_file IS ?2 "
			 "AND rule_line = ?3 ORDER BY id LIMIT ?4",
	[DO_DROP_KIND] = "DELETE FROM kinds WHERE id = ?1",
	[DO_DROP_COUNTS] = "DELETE FROM counts WHERE kind = ?1",
	[DO_DROP_RECORDS] = "DELETE FROM records WHERE at >= ?1 AND at < ?2",
	[DO_DROP_ARGUMENTS] = "DELETE FROM arguments WHERE kind = ?1",
	[DO_BATCH] = "INSERT INTO numbers VALUES('batch', ?1) "
		     "ON CONFLICT DO UPDATE SET value = excluded.value",
	[DO_SLOTS] = "DELETE FROM records WHERE at >= ?1 AND at < ?2",
};

/* NULL: it can't be prepared; SQLite's last error says why. */
sqlite3_stmt *statement(struct store *store, enum statement which)
{
	sqlite3_stmt **stmt = &store->statements[which];

	if (*stmt)
		sqlite3_reset(*stmt);
	else
		(void)sqlite3_prepare_v3(store->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT,
					 stmt, NULL);
	return *stmt;
}

int statement_run(struct store *store, sqlite3_stmt *stmt)
{
	int code;

	if (!stmt)
		return sqlite3_extended_errcode(store->db);
	do
		code = sqlite3_step(stmt);
	while (code == SQLITE_ROW);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? SQLITE_OK : code;
}

void bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	if (text)
		sqlite3_bind_text(stmt, at, text, -1, SQLITE_STATIC);
	else
		sqlite3_bind_null(stmt, at);
}

int store_exec(struct store *store, const char *sql)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL);
}

int store_ask(struct store *store, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);

	if (code == SQLITE_OK) {
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW) {
			*ret_value = sqlite3_column_int64(stmt, 0);
			code = SQLITE_OK;
		} else if (code == SQLITE_DONE) {
			code = SQLITE_CORRUPT;
		}
	}
	sqlite3_finalize(stmt);
	return code;
}

int store_begin(struct store *store, int wait_ms, struct diag *diag)
{
	sqlite3_busy_timeout(store->db, wait_ms);
	if (statement_run(store, statement(store, DO_BEGIN)) == SQLITE_OK)
		return 0;
	return store_failed(store, "write to", diag);
}

void store_rollback(struct store *store)
{
	/* Some failures have rolled back already. */
	if (!sqlite3_get_autocommit(store->db))
		(void)statement_run(store, statement(store, DO_ROLLBACK));
}

int store_end(struct store *store, int r, const char *operation, struct diag *diag)
{
	if (r == 0 && statement_run(store, statement(store, DO_COMMIT)) != SQLITE_OK)
		r = store_failed(store, operation, diag);
	if (r < 0)
		store_rollback(store);
	return r;
}
