/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: a violation as every plane reports it, and its two written forms: one compact JSON object
 * a line (bailiff-policy(5) has the fields), and one readable line for a terminal. Also the fold,
 * which turns repeats into counts; and the way back from JSON. Nothing here does I/O.
 *
 * Texts come from governed programs and are hostile. In JSON every control character, C1 control
 * and bidirectional override is a \u escape, and a byte that is not UTF-8 is the literal text \xNN.
 * In the readable form all of these, and backslash, are \xNN (escape_text).
 */
#ifndef BAILIFF_EVENT_H
#define BAILIFF_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "bailiff/base.h"
#include "bailiff/names.h"
#include "bailiff/policy.h"

enum event_verdict {
	VERDICT_DENIED = 1,
	VERDICT_KILLED,
	VERDICT_WOULD_DENY,
	VERDICT_AUDITED,
};
const char *event_verdict_name(enum event_verdict verdict); /* "would-deny" */

#define EVENT_MAX_ANCESTORS 16
#define EVENT_MAX_PROCESS                                                                          \
	16384u /* bytes of a packed process; ancestors that do not fit are cut \
				    */

/* In all of these NULL, and a pid of 0, mean: not known. */
struct event_task {
	pid_t pid;
	const char *exe, *comm;
};

struct event_process {
	pid_t pid, tid;	  /* as the supervisor sees them */
	int64_t start_ns; /* when the process started, nanoseconds since the epoch; 0: not known */
	int64_t uid, gid; /* -1: not known */
	const char *exe, *comm, *user, *group, *cgroup, *container;
	uint32_t n_ancestors; /* nearest first */
	const struct event_task *ancestors;
	size_t size; /* of the one allocation that a packed process is; 0: not packed */
};

/* A copy in one malloc'ed block (free it with free), of at most EVENT_MAX_PROCESS bytes: the far
 * ancestors are left out first, then long texts are cut. NULL: no memory. */
struct event_process *event_process_pack(const struct event_process *process);

/* The call itself, as the kernel handed it to the filter. */
struct event_call {
	bool foreign; /* of an ABI that is none of ours: arch is not set */
	enum arch arch;
	uint32_t audit_arch; /* AUDIT_ARCH_* */
	uint32_t nr;
	uint64_t args[CALL_ARGS];
};

/* All pointers are borrowed. */
struct event {
	struct timespec time; /* CLOCK_REALTIME */
	const char *policy;
	const char *rule_file; /* NULL: no rule is known */
	unsigned rule_line;
	const char *why;
	enum policy_class class; /* 0: of none, bailiff's own */
	enum event_verdict verdict;
	int error;	   /* the errno that the program got or would get; 0: none */
	const char *plane; /* "seccomp", "lsm" */
	bool has_call;
	struct event_call call;
	const char *operation; /* NULL: the call's name */
	const char *object;
	const struct event_process *process; /* NULL: nothing is known */
	const char *host;
	bool has_generation;
	uint64_t generation;
	uint64_t count;
};

/* What `run --partial` goes ahead without. */
struct event_partial {
	const char *rule_file;
	unsigned rule_line;
	const char *class; /* "files" */
	const char *reason;
};

/* A line that is used again and again. Zeroed is empty; free with event_line_clear. */
struct event_line {
	char *data; /* NUL-terminated where not NULL */
	size_t length, capacity;
	int error; /* 0 or -ENOMEM: kept until the next event_json() etc. */
};
void event_line_clear(struct event_line *line);

/* Each replaces the line's content by one whole line with its newline. 0 or -ENOMEM (then the line
 * is not to be used). */
int event_json(const struct event *event, struct event_line *line);
int event_text(const struct event *event, struct event_line *line);
/* A message of RFC 5424: structured data, then the readable form; hostile bytes are escaped. With its
 * newline, which is no part of it. */
int event_syslog(const struct event *event, struct event_line *line);
int event_syslog_lost(const char *kind, uint64_t count, const struct timespec *time,
		      struct event_line *line);
/* A datagram for systemd-journald (systemd.io/JOURNAL_NATIVE_PROTOCOL): values as they are. */
int event_journal(const struct event *event, struct event_line *line);
int event_journal_lost(const char *kind, uint64_t count, struct event_line *line);
/* {"lost":{"kind":KIND,"count":N}}: violations that this report misses from here on back. */
int event_json_lost(const char *kind, uint64_t count, struct event_line *line);
int event_text_lost(const char *kind, uint64_t count, struct event_line *line);
/* A JSON string as records have them, with its quotes and no newline; NULL is null. */
int event_json_text(const char *text, struct event_line *line);
/* A record that somebody wrote, and event_parse() takes: the same JSON, with what a terminal should not be
 * given as \u escapes, and no newline. -EINVAL: it is none. */
int event_json_again(const char *record, size_t length, struct event_line *line);
/* {"error":"why"} */
int event_json_error(const char *why, struct event_line *line);
int event_text_error(const char *why, struct event_line *line);
int event_json_partial(const struct event_partial *partial, struct event_line *line);
int event_text_partial(const struct event_partial *partial, struct event_line *line);

/* The call's arguments by their names, without those that are addresses: {"fd":0,"cmd":"TIOCSTI"} and
 * no newline. -ENOENT: a call that is not known, or none. */
int event_arguments(const struct event *event, struct event_line *line);

/* --- Reading what was written ----------------------------------------------------------------- */

#define EVENT_LINE_MAX (1u << 20) /* bytes; a longer line is none of ours */

enum event_record_type {
	EVENT_VIOLATION = 1,
	EVENT_LOST,
	EVENT_PARTIAL,
	EVENT_ERROR,
};

/* A record as read from a line. Zeroed is empty; it is used again and again, and what it points to lives
 * until the next event_parse() or event_record_clear(). */
struct event_record {
	enum event_record_type type;
	/* Of a violation. It has its call where each argument's text could be read back (bits that the
	 * kernel does not read are zero). */
	struct event event;
	bool has_syscall;
	const char *syscall, *arch; /* its name, NULL if it has none; "x86_64", or "0x40000028" */
	uint32_t syscall_nr;
	const char *arguments; /* as event_arguments() writes them; NULL: not known */
	const char *lost;      /* the kind of loss */
	uint64_t lost_count;
	struct event_partial partial;
	const char *error;
	struct event_process process; /* what `event` points to */
	struct event_task ancestors[EVENT_MAX_ANCESTORS];
	struct arena *memory;
};
void event_record_clear(struct event_record *record);

/* Reads a line as the functions above write it, with or without its newline; members that are not known
 * are skipped. \xNN becomes the byte where event_json() would write that byte so. -EINVAL: it is no
 * record; -EMSGSIZE: longer than EVENT_LINE_MAX; -ENOMEM. */
int event_parse(const char *line, size_t length, struct event_record *record);
/* What event_arguments() wrote of this call's arguments, back into them; addresses, which it leaves out,
 * are 0. -EINVAL: one can't be read, and the call is as it was. */
int event_arguments_read(const char *json, size_t length, struct event_call *call);

/*
 * The fold. Events of one kind, that is of one thread, call site, ABI, number, rule and verdict, with the same
 * values in all arguments that are not addresses (at the width that the kernel reads; calls whose
 * arguments are not known are told apart by number only), are told at once the first time, with
 * count 1, and for a second from then on only counted. When the second is over, or the table is
 * full and this is its oldest kind, or at the end, one record tells the repeats, if there were any;
 * then the kind is new again. So the counts always add up to what happened.
 *
 * What a folded record says of the process was read at the first occurrence, at most a second ago.
 *
 * The table takes at most half a MiB, processes and objects included.
 */
#define EVENT_FOLD_NS	 1000000000
#define EVENT_FOLD_KINDS 512u
#define EVENT_FOLD_BYTES (512u << 10)

struct event_kind {
	pid_t tid;
	uint32_t audit_arch, nr, rule;
	uint32_t verdict; /* enum event_verdict */
	uint32_t unused;  /* zero: keys are compared as bytes */
	uint64_t site; /* the instruction that called: another program lies elsewhere after exec */
	uint64_t args[CALL_ARGS];
};
/* What of a call tells kinds apart. */
void event_kind_set(struct event_kind *kind, pid_t tid, uint64_t site,
		    const struct event_call *call, uint32_t rule, enum event_verdict verdict);

/* Takes a folded event; it and what it points to are only lent. */
typedef void event_emit(void *context, const struct event *event);

struct event_fold;
int event_fold_new(event_emit *emit, void *context, struct event_fold **ret_fold);
void event_fold_free(struct event_fold *fold); /* flush first: what is still counted is gone */

/* Clock: CLOCK_MONOTONIC, nanoseconds. True: a repeat, and it is counted. False: a new kind; the
 * caller tells it and then opens it. */
bool event_fold_repeat(struct event_fold *fold, const struct event_kind *kind, int64_t now);
/* The same where a kind has an object: of two objects are two kinds. NULL: none. */
bool event_fold_repeat_of(struct event_fold *fold, const struct event_kind *kind,
			  const char *object, int64_t now);
/* Opens a kind that event_fold_repeat() did not know; `event` is what was told of it (count 1).
 * -ENOMEM: not opened, so the next occurrence is told in full; no count is lost. */
int event_fold_open(struct event_fold *fold, const struct event_kind *kind,
		    const struct event *event, int64_t now);
/* Emits what is due at `now`; INT64_MAX: everything. */
void event_fold_flush(struct event_fold *fold, int64_t now);
/* When the oldest kind is due; -1: the table is empty. */
int64_t event_fold_due(const struct event_fold *fold);
/* Bytes that the table holds at the moment (<= EVENT_FOLD_BYTES). */
size_t event_fold_bytes(const struct event_fold *fold);

#endif
