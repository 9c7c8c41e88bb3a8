/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: violations of all planes, kept so that a flood costs counts and not disk.
 *
 * A row is a *kind* of violation: policy, rule, class, verdict, plane, operation, object,
 * executable, container, error and host. Of each kind the store has the first and last time, exact
 * counts by the hour, the arguments that were seen, and the newest records whole. Ids are small,
 * stay with their kind, and are not used again.
 *
 * Writing has two steps. store_put() only counts in memory, in a table of bounded size, and never
 * waits. store_commit() writes all that is counted in one transaction; once it has returned 0, a
 * kill at any instant loses nothing of it (a power failure can take the last seconds, but leaves no
 * damage: WAL, synchronous=NORMAL). When it fails, everything stays in memory and is written
 * with the next one; what does not fit meanwhile is counted, and told as lost ("store-full").
 * Several writers and readers may have one store open, each with a handle of its own. A handle
 * belongs to one thread, and not to what that forks.
 *
 * All texts are the bytes as they were put: hostile, to be escaped by who prints them. Times are
 * nanoseconds since the epoch; hours are hours since the epoch.
 */
#ifndef BAILIFF_STORE_H
#define BAILIFF_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/event.h"

#define STORE_VERSION 1 /* of the schema */

/* What 0 in the options means. */
#define STORE_RECORDS 5u	   /* newest records kept of a kind */
#define STORE_DAYS    90u	   /* a kind is forgotten so long after its last violation */
#define STORE_BYTES   (1ull << 30) /* the file: larger, and the rule with the most kinds pays */
#define STORE_MEMORY  (16u << 20) /* what waits for a commit; it costs nothing until it is needed */

#define STORE_RECORDS_MAX   100u
#define STORE_ARGUMENTS_MAX 16u /* different arguments kept of a kind */
#define STORE_COUNT_MAX                                                                            \
	((1ull << 53) - 1)	   /* counts stop here: every reader of JSON has them exactly */
#define STORE_COMMIT_NS 1000000000 /* what is put is at most so far ahead of the disk */

struct store_options {
	bool write; /* else only queries are allowed */
	uint32_t records, days;
	uint64_t bytes;
	size_t memory; /* half as much again is for pages of the file */
	int wait_ms;   /* for other processes, while it is opened; 0: some seconds */
};

struct store;

/*
 * `path` NULL: the default, which is what $BAILIFF_STORE names, or /var/lib/bailiff/violations.db for root,
 * else bailiff/violations.db below $XDG_STATE_HOME or ~/.local/state. ":memory:": one of our own that ends with the handle (and may be written).
 *
 * A writer creates what is not there (0600, in 0700). Refused by name: what is no store (another
 * application's database is not touched), a store of another version, a file or directory that users
 * other than root and us may write, a symbolic link in the place of the file.
 * A store whose last writer was killed is as good as any: SQLite recovers it. A full check is only made
 * by store_check(). -ENOENT without a message: a reader found none; nothing was ever stored.
 */
int store_open(const char *path, const struct store_options *options, struct diag *diag,
	       struct store **ret_store);
void store_free(struct store *store); /* commit first: what still waits is gone */
void store_freep(struct store **store);
const char *store_path(const struct store *store);
/* Is nothing to be stored: "none", or the default where BAILIFF_STORE is "none"? */
bool store_is_none(const char *path);
/* The default's path, whether or not there is a store; the caller frees it. */
int store_default(struct diag *diag, char **ret_path);

/* --- Writing ------------------------------------------------------------------------------- */

/* Counts a violation. Lent: the event and all it points to. What can't be kept is counted as lost. */
void store_put(struct store *store, const struct event *event);
/* Violations that never reached us: `kind` is a word ("ring-full"), at `time_ns` (0: now). */
void store_put_lost(struct store *store, const char *kind, uint64_t count, int64_t time_ns);
/* A line of JSONL (a record of any type; the line itself is kept as the record). -EINVAL: it is none. */
int store_put_line(struct store *store, const char *line, size_t length);

/* When to commit next, CLOCK_MONOTONIC in nanoseconds: a second after the first put, at once when
 * half of the memory is used, later again after a failure. -1: nothing waits. */
int64_t store_due(const struct store *store);
/* Waits at most `wait_ms` for other writers, and for the disk as long as it takes. -EBUSY, -ENOSPC,
 * -EROFS, -EUCLEAN (damaged), ... with the reason in diag: nothing was written, all is kept.
 * Also does a slice of the retention's work now and then. */
int store_commit(struct store *store, int wait_ms, struct diag *diag);
/* Violations that were put and are not on disk: waiting, or not kept. *ret_error (may be NULL): the
 * errno of the last commit, 0 when it went well. */
uint64_t store_missing(const struct store *store, int *ret_error);

/*
 * Who counts need not be who writes: a handle that only gathers has no file. store_put(),
 * store_put_lost(), store_put_line(), store_due() and store_missing() are for it, and to hand on:
 */
int store_gather(const struct store_options *options, struct store **ret_store);
/* Moves all that waits into bytes, which are the caller's; it is no matter whether anything does. On an
 * error everything still waits. They have a number of their own. */
int store_pack(struct store *store, void **ret_bytes, size_t *ret_size);
/* Lets what store_pack() made in another process wait here, in a handle that is only used for this: the next
 * commit writes it, unless it is the last that was written already. -EBADMSG: nothing of it was
 * counted; -EBUSY: something waits already. */
int store_unpack(struct store *store, const void *bytes, size_t size);

struct store_import {
	uint64_t records, violations, lost, partial; /* lost: told as lost by the file */
	uint64_t bad, first_bad; /* lines that are no record; the number of the first */
};
/* Called by store_import() now and then, with how much has been read. */
typedef void store_progress(void *context, uint64_t bytes);
void store_on_progress(struct store *store, store_progress *progress, void *context);
/* Reads JSONL to its end, in one transaction: all of it or, on an error, nothing. Bad lines are
 * skipped and counted, the first few with a warning; -EINVAL when there is nothing else. Import the same
 * file twice, and it counts twice. `name` is for messages. */
int store_import(struct store *store, int fd, const char *name, struct diag *diag,
		 struct store_import *ret_import);

/* --- Reading: what waits for a commit is not seen ------------------------------------------- */

/* From here to store_thaw() all queries see one state of the store. Not for long, and not by a handle
 * that writes: the file grows meanwhile. */
int store_freeze(struct store *store, struct diag *diag);
void store_thaw(struct store *store);

struct store_kind {
	int64_t id; /* of the first of them, in a group */
	uint64_t
		kinds; /* 1, or how many a group is made of; then what they do not share is NULL or 0 */
	uint64_t count; /* in the time that was asked for */
	int64_t first, last;
	const char *policy, *rule_file, *why, *plane, *operation, *object, *exe, *container, *host;
	unsigned rule_line;
	enum policy_class class; /* 0: none */
	enum event_verdict verdict;
	int error;
	uint64_t total;	      /* of all times */
	int64_t acked_at;     /* 0: never */
	uint64_t acked_count; /* the total at that time */
	const char *note;
};

enum store_key {
	STORE_KEY_POLICY,
	STORE_KEY_RULE, /* file and line */
	STORE_KEY_CLASS,
	STORE_KEY_VERDICT,
	STORE_KEY_PLANE,
	STORE_KEY_OPERATION,
	STORE_KEY_OBJECT,
	STORE_KEY_EXE,
	STORE_KEY_CONTAINER,
	STORE_KEY_ERROR,
	STORE_KEY_HOST,
	STORE_KEYS,
};
const char *store_key_name(enum store_key key); /* "exe" */
bool store_key_find(const char *name, size_t length, enum store_key *ret_key);

enum store_order {
	STORE_WORST, /* killed, denied, would-deny, audited; then the most frequent */
	STORE_MOST,
	STORE_NEWEST,
	STORE_OLDEST, /* by first */
	STORE_IDS,
};

/* Zeroed: everything. Counts are by the hour, so with `since` and `until` they are those of the hours in which
 * these lie, too; but only kinds that were seen in between appear. */
struct store_filter {
	int64_t since, until;			     /* 0: none; until is not in it */
	const char *policy, *exe, *container, *host; /* exactly so; NULL: any */
	enum event_verdict verdict;		     /* 0: any */
	bool only_new;				     /* never acknowledged, or grown since */
	uint32_t by; /* 1u << enum store_key: groups of kinds that have these in common; 0: kinds */
	enum store_order order;
	uint64_t limit, skip; /* limit 0: none */
};

/* What is lent lives until the call returns. Not 0: stop, and return that. */
typedef int store_each_kind(void *context, const struct store_kind *kind);
int store_kinds(struct store *store, const struct store_filter *filter, store_each_kind *each,
		void *context, struct diag *diag);

struct store_summary {
	uint64_t policies, kinds, new_kinds, violations, lost;
	uint64_t of_verdict[VERDICT_AUDITED + 1]; /* violations, by enum event_verdict */
	int64_t first, last;			  /* 0: no kinds */
};
int store_summarize(struct store *store, const struct store_filter *filter, struct diag *diag,
		    struct store_summary *ret_summary);

/* Violations by hour and verdict, in order of the hours. Of the filter only what chooses kinds and time. */
typedef int store_each_hour(void *context, int64_t hour, enum event_verdict verdict,
			    uint64_t count);
int store_hours(struct store *store, const struct store_filter *filter, store_each_hour *each,
		void *context, struct diag *diag);

/* What was lost, by kind of loss. Of the filter only since and until. */
typedef int store_each_loss(void *context, const char *kind, uint64_t count, int64_t first_hour,
			    int64_t last_hour);
int store_losses(struct store *store, const struct store_filter *filter, store_each_loss *each,
		 void *context, struct diag *diag);

struct store_hour {
	int64_t hour;
	uint64_t count;
};

/* Arguments of the call, without those that are addresses, as a JSON object: {"cmd":"TIOCSTI"} */
struct store_arguments {
	const char *json; /* NULL: all those that came when STORE_ARGUMENTS_MAX were known */
	uint64_t count;
};

struct store_detail {
	struct store_kind kind;
	size_t n_hours, n_arguments, n_records;
	const struct store_hour *hours;		 /* oldest first */
	const struct store_arguments *arguments; /* most frequent first */
	const char *const
		*records; /* newest first; lines as event_json() writes them, without newline */
};
/* -ENOENT, told in diag: no such kind. */
int store_show(struct store *store, int64_t id, struct diag *diag,
	       struct store_detail **ret_detail);
void store_detail_free(struct store_detail *detail);

/* --- Keeping (writers) ----------------------------------------------------------------------- */

/* Seen, with a note (NULL: none). -ENOENT: no such kind. */
int store_ack(struct store *store, int64_t id, const char *note, struct diag *diag);
int store_unack(struct store *store, int64_t id, struct diag *diag);
/* Forgets the kinds that a filter chooses (by its time: those not seen since `until`). */
int store_delete(struct store *store, const struct store_filter *filter, struct diag *diag,
		 uint64_t *ret_kinds);
/* All of the retention's work, now. */
int store_trim(struct store *store, struct diag *diag);
/* Reads the whole file. -EUCLEAN: damaged, with what and what to do in diag. */
int store_check(struct store *store, struct diag *diag);

#endif
