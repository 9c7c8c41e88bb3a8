/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables. A file may be anybody's making, so it is a store only if its schema is, word for word, the one
 * that is written here: then there is no trigger, no view and no expression in it that is not ours.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "room.h"

/* What every violation changes comes first, so that it is found without reading the texts. */
static const char *const tables[] = {
	"CREATE TABLE kinds(id INTEGER PRIMARY KEY, key BLOB NOT NULL, first INTEGER NOT NULL, "
	"last INTEGER NOT NULL, count INTEGER NOT NULL, records INTEGER NOT NULL, "
	"acked_at INTEGER NOT NULL DEFAULT 0, acked_count INTEGER NOT NULL DEFAULT 0, "
	"rule_line INTEGER NOT NULL, class INTEGER NOT NULL, verdict INTEGER NOT NULL, "
	"error INTEGER NOT NULL, policy TEXT, rule_file TEXT, plane TEXT, operation TEXT, "
	"object TEXT, exe TEXT, container TEXT, host TEXT, why TEXT, note TEXT) STRICT",
	"CREATE UNIQUE INDEX kinds_key ON kinds(key)",
	"CREATE TABLE counts(kind INTEGER NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, "
	"PRIMARY KEY(kind, hour)) STRICT, WITHOUT ROWID",
	/* at: the kind's id * 128 + the slot */
	"CREATE TABLE records(at INTEGER PRIMARY KEY, seq INTEGER NOT NULL, json TEXT NOT NULL) "
	"STRICT",
	"CREATE TABLE arguments(kind INTEGER NOT NULL, json TEXT NOT NULL, n INTEGER NOT NULL, "
	"PRIMARY KEY(kind, json)) STRICT, WITHOUT ROWID",
	"CREATE TABLE lost(kind TEXT NOT NULL, hour INTEGER NOT NULL, n INTEGER NOT NULL, "
	"PRIMARY KEY(kind, hour)) STRICT, WITHOUT ROWID",
	"CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID",
};

static int create_all(struct store *store)
{
	char text[256];
	uint64_t key[2];
	int code = SQLITE_OK;

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return SQLITE_IOERR;
	for (size_t i = 0; i < ARRAY_LEN(tables) && code == SQLITE_OK; i++)
		code = store_exec(store, tables[i]);
	snprintf(text, sizeof(text),
		 "INSERT INTO numbers VALUES('next', 1), ('key0', %lld), ('key1', %lld);"
		 "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 (long long)key[0], (long long)key[1], STORE_APPLICATION, STORE_VERSION);
	return code == SQLITE_OK ? store_exec(store, text) : code;
}

int schema_create(struct store *store, struct diag *diag)
{
	int64_t objects = 0;
	int r = store_begin(store, store->options.wait_ms, diag);

	if (r < 0)
		return r;
	/* Another process may have been faster. */
	if (store_ask(store, "SELECT count(*) FROM sqlite_schema", &objects) != SQLITE_OK ||
	    (!objects && create_all(store) != SQLITE_OK))
		r = store_failed(store, "create", diag);
	return store_end(store, r, "create", diag);
}

static bool is_ours(const char *sql)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (strcmp(tables[i], sql) == 0)
			return true;
	return false;
}

static int compare_all(struct store *store, struct diag *diag)
{
	static const char text[] = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL";
	sqlite3_stmt *stmt = NULL;
	size_t found = 0;
	bool other = false;
	int code = sqlite3_prepare_v2(store->db, text, -1, &stmt, NULL);

	while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *sql = column_text(stmt, 0);

		if (sql && is_ours(sql))
			found++;
		else
			other = true;
		code = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	if (code != SQLITE_DONE)
		return store_failed(store, "read", diag);
	if (other || found != ARRAY_LEN(tables))
		return store_refuse(store, diag, "its tables are not those of a store",
				    "move it away: a new one is made");
	return 0;
}

static int read_key(struct store *store, struct diag *diag)
{
	int64_t key[2];

	if (store_ask(store, "SELECT value FROM numbers WHERE name = 'key0'", &key[0]) !=
		    SQLITE_OK ||
	    store_ask(store, "SELECT value FROM numbers WHERE name = 'key1'", &key[1]) != SQLITE_OK)
		return store_failed(store, "read", diag);
	store->key[0] = (uint64_t)key[0];
	store->key[1] = (uint64_t)key[1];
	return 0;
}

static int check(struct store *store, struct diag *diag)
{
	int64_t application = 0, version = 0, objects = 0;
	char why[96];
	int r;

	if (store_ask(store, "PRAGMA application_id", &application) != SQLITE_OK ||
	    store_ask(store, "PRAGMA user_version", &version) != SQLITE_OK ||
	    store_ask(store, "SELECT count(*) FROM sqlite_schema", &objects) != SQLITE_OK)
		return store_failed(store, "open", diag);
	if (!application && !version && !objects)
		return -ENODATA;
	if (application != STORE_APPLICATION)
		return store_refuse(store, diag, "this is a database of another application",
				    "name another file");
	if (version != STORE_VERSION) {
		snprintf(why, sizeof(why),
			 "it has version %lld, and bailiff " BAILIFF_VERSION " reads version %d",
			 (long long)version, STORE_VERSION);
		return store_refuse(store, diag, why,
				    version > STORE_VERSION
					    ? "use the newer bailiff that wrote it, or move it away"
					    : "use the bailiff that wrote it, or move it away");
	}
	r = compare_all(store, diag);
	return r == 0 ? read_key(store, diag) : r;
}

int schema_check(struct store *store, struct diag *diag)
{
	int r;

	/* All of one moment: another process may be about to make it. */
	if (store_exec(store, "BEGIN") != SQLITE_OK)
		return store_failed(store, "open", diag);
	r = check(store, diag);
	store_rollback(store);
	return r;
}
