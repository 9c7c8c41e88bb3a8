/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room. */
#ifndef STORE_ROOM_H
#define STORE_ROOM_H

#include <sqlite3.h>
#include <sys/stat.h>

#include "bailiff/store.h"

#define STORE_APPLICATION 0x62616c66 /* "balf" */
#define STORE_NS	  1000000000ll
#define STORE_HOUR	  3600ll
#define STORE_WAIT_MS	  5000 /* of commands that a person waits for */

/* --- What waits (pending.c) ------------------------------------------------------------------- */

#define PENDING_HOURS 1024u /* of a kind, beyond the first */

/* The fields of a kind that are texts, in the order of the columns. */
enum kind_text {
	TEXT_POLICY,
	TEXT_RULE_FILE,
	TEXT_PLANE,
	TEXT_OPERATION,
	TEXT_OBJECT,
	TEXT_EXE,
	TEXT_CONTAINER,
	TEXT_HOST,
	KIND_TEXTS,
};

/* What makes a kind, in one block: hashed, and kept, as bytes. The texts follow, each with a NUL. */
struct kind_head {
	uint32_t rule_line, class, verdict, error;
	uint32_t length[KIND_TEXTS]; /* with the NUL; 0: NULL */
};

struct pending_hour {
	struct pending_hour *next;
	int64_t hour;
	uint64_t count;
};

struct pending_arguments {
	struct pending_arguments *next;
	uint64_t hash; /* of their values, or of the text */
	const char *json;
	uint64_t count;
};

struct pending_record {
	char *json;
	size_t length, capacity;
};

struct pending_kind {
	struct pending_kind *chain; /* of equal hash */
	struct pending_kind *next;  /* in the order they came */
	uint64_t key[2];
	struct kind_head *head;
	const char *why;
	int64_t first, last;
	int64_t recorded; /* the time of the newest record */
	uint64_t count;
	struct pending_hour hours; /* the first; later ones hang on it */
	struct pending_arguments *arguments;
	uint64_t more_arguments; /* violations whose arguments did not fit */
	uint32_t n_hours, n_arguments, n_records;
	struct pending_record records[]; /* a ring */
};

struct pending_loss {
	struct pending_loss *next;
	int64_t hour;
	uint64_t count;
	char kind[];
};

struct pending {
	struct arena *memory; /* NULL: nothing waits */
	size_t used;
	struct pending_kind **buckets;
	struct pending_kind *first, **last;
	struct pending_loss *losses;
	uint32_t n_losses;
	bool crowded;	 /* to be written before lists become long */
	int64_t since;	 /* CLOCK_MONOTONIC of the first put */
	uint64_t count;	 /* violations, and those told as lost */
	uint64_t unkept; /* violations that did not fit: "store-full" */
};

/* --- The handle ------------------------------------------------------------------------------- */

enum statement {
	DO_BEGIN,
	DO_COMMIT,
	DO_ROLLBACK,
	DO_FIND,
	DO_INSERT,
	DO_UPDATE,
	DO_COUNT,
	DO_RECORD,
	DO_ARGUMENTS_ADD,
	DO_ARGUMENTS_NEW,
	DO_ARGUMENTS_MORE,
	DO_LOST,
	DO_NEXT_GET,
	DO_NEXT_SET,
	DO_AGE_SCAN,
	DO_AGE_COUNTS,
	DO_AGE_LOST,
	DO_SIZE_SAMPLE,
	DO_SIZE_SCAN,
	DO_DROP_KIND,
	DO_DROP_COUNTS,
	DO_DROP_RECORDS,
	DO_DROP_ARGUMENTS,
	DO_SLOTS,
	DO_BATCH,
	STATEMENTS,
};

struct store {
	char *path;
	bool own; /* ":memory:" */
	struct store_options options;
	sqlite3 *db;
	dev_t device;
	ino_t inode;
	uint64_t key[2]; /* of the hash: who can't read the store can't find kinds that collide */
	sqlite3_stmt *statements[STATEMENTS];
	struct pending pending;
	struct event_line line, arguments;
	struct event_record record;
	char *scratch;
	size_t scratch_size;
	int64_t batch;	 /* what waits came with this number; 0: by itself */
	int64_t next_id; /* within a transaction */
	int64_t retry_at;
	int error;
	/* Retention: where its slices are. */
	int64_t age_at, age_cursor, trimmed_at;
	bool held;
	store_progress *progress; /* of an import; may be NULL */
	void *progress_context;
};

/* hash.c: SipHash-2-4, of 128 bits. */
void store_hash(const uint64_t key[2], const void *data, size_t size, uint64_t ret_hash[2]);

/* schema.c */
int schema_create(struct store *store, struct diag *diag);
/* Is this a store, of our version, as we made it? -ENODATA: an empty database. */
int schema_check(struct store *store, struct diag *diag);

/* lean.c: before SQLite is first used. */
void store_start(void);

/* open.c */
int store_set_options(struct store *store, const struct store_options *options);
int store_attach(struct store *store, struct diag *diag);
void store_detach(struct store *store);
/* Was the file moved, removed or replaced? */
bool store_moved(const struct store *store);

/* path.c */
/* Makes and judges directory and file; *ret_path is without symbolic links. -ENOENT: there is none. */
int path_prepare(const char *path, bool write, struct diag *diag, char **ret_path);

/* error.c: the errno of SQLite's last error, told in diag with the operation and the next step. */
int store_errno(sqlite3 *db, int code);
int store_failed(const struct store *store, const char *operation, struct diag *diag);
int store_refuse(const struct store *store, struct diag *diag, const char *why, const char *next);

/* pending.c */
int64_t store_clock(clockid_t clock);
void add_count(uint64_t *to, uint64_t count); /* up to STORE_COUNT_MAX */
void pending_reset(struct store *store);
void pending_rekey(struct store *store);
const char *pending_text(const struct kind_head *head, enum kind_text which);
/* The kind whose head lies in store->scratch, found or made. NULL: it is not kept. */
struct pending_kind *pending_find(struct store *store, size_t size, const char *why);
size_t pending_size(const struct kind_head *head); /* with its texts */
void pending_count(struct store *store, struct pending_kind *kind, int64_t first, int64_t last,
		   uint64_t count);
void pending_hour(struct store *store, struct pending_kind *kind, int64_t hour, uint64_t count);
/* json NULL: of arguments that are not known one by one. */
void pending_arguments(struct store *store, struct pending_kind *kind, const char *json,
		       uint64_t count);
bool pending_record(struct store *store, struct pending_kind *kind, const char *line,
		    size_t length);
/* Violations that did not fit. */
void pending_unkept(struct store *store, uint64_t count);
bool pending_half_full(const struct store *store);

/* statement.c */
sqlite3_stmt *statement(struct store *store, enum statement which);
int statement_run(struct store *store, sqlite3_stmt *stmt); /* to its end; an SQLite code */
void bind_text(sqlite3_stmt *stmt, int at, const char *text);
int store_exec(struct store *store, const char *sql); /* an SQLite code */
/* One number that a query tells. */
int store_ask(struct store *store, const char *sql, int64_t *ret_value);
int store_begin(struct store *store, int wait_ms, struct diag *diag);
void store_rollback(struct store *store);
/* Ends a transaction: COMMIT, or ROLLBACK where `r` is not 0 or COMMIT fails. */
int store_end(struct store *store, int r, const char *operation, struct diag *diag);

/* commit.c: writes what waits into the open transaction. An SQLite code. */
int flush_pending(struct store *store);

/* trim.c */
int trim_slice(struct store *store);
int trim_drop(struct store *store, int64_t id);

/* query.c */
struct query {
	char sql[4096];
	size_t length;
	struct {
		const char *text;
		int64_t number;
	} values[24];
	int n_values;
};
void query_add(struct query *query, const char *format, ...) PRINTF_LIKE(2, 3);
/* " WHERE ..." over kinds as k. */
void query_where(struct query *query, const struct store_filter *filter);
/* The violations of k in the filter's time. */
void query_count(struct query *query, const struct store_filter *filter);
int query_prepare(struct store *store, const struct query *query, sqlite3_stmt **ret_stmt);
const char *column_text(sqlite3_stmt *stmt, int column);
uint64_t column_count(sqlite3_stmt *stmt, int column);

#define KIND_COLUMNS 22
void kind_columns(struct query *query, const struct store_filter *filter);
void kind_read(sqlite3_stmt *stmt, struct store_kind *ret_kind);

#endif
