/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink: where reports go. Takes whole lines, never waits for a reader, and counts what it could not
 * hand on.
 *
 * Lines wait in a buffer of SINK_BUFFER bytes. What does not fit is counted as lost, and as soon as
 * there is room again a `lost` record says how much, in the place of what is missing. Counts are of
 * violations (the sum of the records' counts), and exact: what was put is written, or in a written
 * lost record, or in sink_missing().
 *
 * Descriptors that are shared with the governed program (0, 1, 2) are never made non-blocking:
 * pipes and terminals are opened anew through /proc/self/fd, sockets are sent to with
 * MSG_DONTWAIT, and where there is no /proc, at most PIPE_BUF bytes are written at a time, and only
 * when poll says that there is room.
 *
 * The caller ignores SIGPIPE and SIGXFSZ.
 */
#ifndef BAILIFF_SINK_H
#define BAILIFF_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/event.h"

#define SINK_BUFFER (256u << 10)
#define SINK_LINES  4096u /* waiting at most */

/* `report-full`: the reader is too slow; `report-failed`: the write failed (disk full, reader
 * gone). */
enum sink_loss {
	SINK_LOSS_FULL,
	SINK_LOSS_FAILED,
	SINK_LOSS_COUNT,
};

struct sink;

/*
 * `target`: NULL is standard error, as text; "none"; "-" is standard output; "unix:PATH" a stream
 * socket to connect to; "journal:" systemd's journal, with fields ("journal:PATH": of another socket);
 * "syslog:" /dev/log in the form of RFC 5424, "syslog:PATH" another datagram socket,
 * "syslog:udp:ADDRESS:PORT" one that numbers name ([ADDRESS] for IPv6); anything else a file, appended
 * to, and created with 0600. All but standard error and the logs get JSON, an object a line. -errno
 * with the reason in diag.
 */
int sink_open(const char *target, struct diag *diag, struct sink **ret_sink);
/* The same for a stream socket that is connected already, as text or JSON. Takes it, on success. */
int sink_adopt(int fd, bool text, struct sink **ret_sink);
void sink_free(struct sink *sink); /* finish first: what still waits is dropped */
void sink_freep(struct sink **sink);

/*
 * A file that has reached `bytes` becomes FILE.1, FILE.1 becomes FILE.2, and so on to FILE.keep, and
 * another begins; where that fails, the file goes on growing. Of several that write to one file (it is
 * another already), none turns it over twice. Only for targets that are files: -EINVAL.
 */
struct sink_rotation {
	uint64_t bytes; /* at least SINK_ROTATE_MIN */
	unsigned keep;	/* 1 to SINK_ROTATE_KEEP */
};
#define SINK_ROTATE_MIN	 65536u
#define SINK_ROTATE_KEEP 1000u
int sink_rotate(struct sink *sink, const struct sink_rotation *rotation);

/*
 * The same of a process that may not rename: another does, and hands it the next file. Until then the one
 * that is open is written to. sink_turn_due(): so many bytes are waiting that would go beyond the limit;
 * 0: none. sink_turn() answers that: the next file, which is taken, or -errno.
 */
int sink_rotate_elsewhere(struct sink *sink, const struct sink_rotation *rotation);
size_t sink_turn_due(const struct sink *sink);
void sink_turn(struct sink *sink, int fd);
/* What the other does, where `more` bytes would be too much; the file to go on with. -errno. */
int sink_put_aside(const char *path, const struct sink_rotation *rotation, size_t more,
		   int *ret_fd);

bool sink_is_text(const struct sink *sink);
const char *sink_name(const struct sink *sink); /* for messages: "standard error", the target */

/* Each queues a record in the sink's own form. An event that cannot be queued is counted as lost.
 */
void sink_event(struct sink *sink, const struct event *event);
void sink_partial(struct sink *sink, const struct event_partial *partial);
/* Something that whoever reads the report should know, as a record; not in a log. */
void sink_error(struct sink *sink, const char *why);
/* Violations that this report misses, whoever lost them. */
void sink_lost(struct sink *sink, const char *kind, uint64_t count);
/* A line of text as it is, newline included (a summary on standard error). */
void sink_line(struct sink *sink, const char *text, size_t length);

/* The same, of a line that tells of so many violations, which are counted as lost where it can't be
 * handed on. */
void sink_told(struct sink *sink, const char *text, size_t length, uint64_t violations);
/* Its reader is gone for good. */
bool sink_is_broken(const struct sink *sink);

/* Writes what can be written without waiting. */
void sink_pump(struct sink *sink);
/* The descriptor to wait for, for POLLOUT, before the next sink_pump(); -1: none. */
int sink_wait_fd(const struct sink *sink);
/* Milliseconds until a write that failed for lack of space is worth trying again; -1: nothing to
 * try. */
int sink_wait_ms(const struct sink *sink);
/* The descriptor that must stay open, or -1. It may be one of 0, 1, 2. */
int sink_fd(const struct sink *sink);

/* Writes what waits, for at most `ms` milliseconds; the rest is counted as lost. */
void sink_finish(struct sink *sink, int ms);
/* Violations that were put and that no written record or written lost record tells of (yet, before
 * sink_finish()); *ret_error (may be NULL): the errno of the last failure, or 0. */
uint64_t sink_missing(const struct sink *sink, int *ret_error);

#endif
