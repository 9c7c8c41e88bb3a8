/* SPDX-License-Identifier: Apache-2.0 */
/* The handle: a file that may be anybody's, opened with care. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

#define WAL_BYTES   (16 << 20)
#define PAGE_BYTES  8192u     /* a kind's records are about a kilobyte each: fewer do not fit in */
#define RECORD_MAX  (4 << 20) /* more than any row needs */
#define SCHEMA_TEXT 65536

/* Nothing that a file holds is run: no extension, no trigger, no view, no function with effects. */
static void harden(sqlite3 *db)
{
	static const struct {
		int what, value;
	} settings[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		(void)sqlite3_db_config(db, settings[i].what, settings[i].value, NULL);
	(void)sqlite3_exec(db, "PRAGMA cell_size_check = 1; PRAGMA mmap_size = 0", NULL, NULL,
			   NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, RECORD_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, SCHEMA_TEXT);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
	sqlite3_limit(db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

/* WAL takes the file alone for a moment, and does not wait for that by itself. */
static int set_wal(struct store *store, struct diag *diag)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	for (int tries = 0; tries < store->options.wait_ms / 10; tries++) {
		int code = store_exec(store, "PRAGMA journal_mode = WAL");

		if (code == SQLITE_OK)
			return 0;
		if ((code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED)
			break;
		nanosleep(&pause, NULL);
	}
	return store_failed(store, "open", diag);
}

static int settings(struct store *store, struct diag *diag)
{
	uint64_t more = store->options.bytes / 8 + 4 * store->options.memory;
	char text[512];

	snprintf(text, sizeof(text),
		 "PRAGMA temp_store = 2; "
		 "PRAGMA cache_size = -%zu; PRAGMA synchronous = NORMAL; "
		 "PRAGMA journal_size_limit = %d; PRAGMA max_page_count = %llu; "
		 "PRAGMA query_only = %d",
		 store->options.memory / 2048 * 3, WAL_BYTES,
		 (unsigned long long)(store->options.bytes + more) / PAGE_BYTES,
		 !store->options.write);
	return store_exec(store, text) == SQLITE_OK ? 0 : store_failed(store, "open", diag);
}

static int make_new(struct store *store, struct diag *diag)
{
	char text[96];
	int r;

	if (!store->options.write)
		return -ENOENT; /* somebody is about to make it */
	snprintf(text, sizeof(text), "PRAGMA page_size = %u; PRAGMA auto_vacuum = INCREMENTAL",
		 PAGE_BYTES);
	if (store_exec(store, text) != SQLITE_OK)
		return store_failed(store, "create", diag);
	r = store->own ? 0 : set_wal(store, diag);
	if (r == 0)
		r = schema_create(store, diag);
	if (r == 0)
		r = schema_check(store, diag);
	return r == -ENODATA ? -EUCLEAN : r;
}

/* A file system that nobody writes to has no room for the files beside it either. */
static int open_immutable(struct store *store)
{
	CLEANUP(free_ptr) char *uri = malloc(3 * strlen(store->path) + 32);
	char *at = uri;

	if (!uri)
		return SQLITE_NOMEM;
	at = stpcpy(at, "file:");
	for (const char *p = store->path; *p; p++)
		at += sprintf(at, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	stpcpy(at, "?immutable=1");
	return sqlite3_open_v2(uri, &store->db,
			       SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW |
				       SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
			       NULL);
}

static bool may_write_beside(const char *path)
{
	CLEANUP(free_ptr) char *wal = NULL;
	CLEANUP(free_ptr) char *directory = strdup(path);
	struct stat st;

	if (!directory || asprintf(&wal, "%s-wal", path) < 0) {
		wal = NULL;
		return true;
	}
	*strrchr(directory, '/') = '\0';
	return access(*directory ? directory : "/", W_OK) == 0 ||
	       (stat(wal, &st) == 0 && st.st_size > 0);
}

static int open_file(struct store *store, struct diag *diag)
{
	int flags = SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
		    (store->options.write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	int code;

	if (store->own)
		code = sqlite3_open_v2(
			":memory:", &store->db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
	else if (!store->options.write && !may_write_beside(store->path))
		code = open_immutable(store);
	else
		code = sqlite3_open_v2(store->path, &store->db, flags, NULL);
	if (code != SQLITE_OK)
		return store->db ? store_failed(store, "open", diag) : -ENOMEM;
	return 0;
}

int store_attach(struct store *store, struct diag *diag)
{
	struct stat st;
	int r = open_file(store, diag);

	if (r < 0)
		return r;
	harden(store->db);
	sqlite3_busy_timeout(store->db, store->options.wait_ms);
	r = schema_check(store, diag);
	if (r == -ENODATA)
		r = make_new(store, diag);
	else if (r == 0 && store->options.write && !store->own)
		r = set_wal(store, diag);
	if (r == 0)
		r = settings(store, diag);
	if (r == 0 && !store->own && stat(store->path, &st) == 0) {
		store->device = st.st_dev;
		store->inode = st.st_ino;
	}
	return r;
}

void store_detach(struct store *store)
{
	for (size_t i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(store->statements[i]);
		store->statements[i] = NULL;
	}
	sqlite3_close(store->db);
	store->db = NULL;
}

bool store_moved(const struct store *store)
{
	struct stat st;

	return !store->own && (stat(store->path, &st) < 0 || st.st_dev != store->device ||
			       st.st_ino != store->inode);
}

static int set_options(struct store *store, const struct store_options *options)
{
	struct store_options *own = &store->options;

	*own = options ? *options : (struct store_options){0};
	if (!own->records)
		own->records = STORE_RECORDS;
	if (!own->days)
		own->days = STORE_DAYS;
	if (!own->bytes)
		own->bytes = STORE_BYTES;
	if (!own->memory)
		own->memory = STORE_MEMORY;
	if (!own->wait_ms)
		own->wait_ms = STORE_WAIT_MS;
	return own->records > STORE_RECORDS_MAX || own->bytes > INT64_MAX / 2 ? -EINVAL : 0;
}

static int find_path(struct store *store, const char *path, struct diag *diag)
{
	CLEANUP(free_ptr) char *standard = NULL;
	int r = 0;

	if (path && strcmp(path, ":memory:") == 0) {
		store->own = store->options.write = true;
		store->path = strdup(path);
		return store->path ? 0 : -ENOMEM;
	}
	if (!path) {
		r = store_default(diag, &standard);
		path = standard;
	}
	return r < 0 ? r : path_prepare(path, store->options.write, diag, &store->path);
}

int store_open(const char *path, const struct store_options *options, struct diag *diag,
	       struct store **ret_store)
{
	struct store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return -ENOMEM;
	store_start();
	r = set_options(store, options);
	if (r == 0)
		r = find_path(store, path, diag);
	if (r == 0)
		r = store_attach(store, diag);
	if (r < 0) {
		store_free(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

void store_free(struct store *store)
{
	if (!store)
		return;
	store_detach(store);
	pending_reset(store);
	free(store->pending.buckets);
	event_line_clear(&store->line);
	event_line_clear(&store->arguments);
	event_record_clear(&store->record);
	free(store->scratch);
	free(store->path);
	free(store);
}

void store_freep(struct store **store)
{
	store_free(*store);
	*store = NULL;
}

const char *store_path(const struct store *store)
{
	return store->path;
}
