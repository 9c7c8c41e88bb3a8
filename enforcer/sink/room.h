/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room. open.c finds the descriptor and how to write to it, write.c does one write,
 * sink.c queues and counts, log.c knows the host's logs, rotate.c begins another file. */
#ifndef SINK_ROOM_H
#define SINK_ROOM_H

#include <sys/socket.h>

#include "bailiff/sink.h"

enum sink_way {
	WAY_NONE = 1,
	WAY_FILE,     /* a regular file: writes do not wait for a reader */
	WAY_STREAM,   /* our own, non-blocking */
	WAY_SOCKET,   /* send() with MSG_DONTWAIT */
	WAY_SHARED,   /* may be shared and may block: poll first, then at most PIPE_BUF */
	WAY_DATAGRAM, /* to an address, a line each: its reader may come and go */
};

enum sink_form {
	FORM_JSON,
	FORM_TEXT,
	FORM_SYSLOG,
	FORM_JOURNAL,
};

struct waiting {
	uint64_t violations; /* that the line tells of; 0: none */
	uint32_t length;
	bool is_lost; /* it is a lost record: */
	uint8_t loss; /* of this kind (enum sink_loss) */
};

struct sink {
	enum sink_way way;
	enum sink_form form;
	bool broken; /* the reader is gone for good */
	int fd;	     /* -1 with WAY_NONE */
	bool owned;  /* close fd */
	char *name;
	struct sockaddr_storage address; /* of WAY_DATAGRAM */
	socklen_t address_size;
	struct sink_rotation rotation;	/* bytes 0: none */
	char *path;			/* of what is rotated, from the root: we may go elsewhere */
	uint64_t limit;			/* bytes at which the file is put aside */
	bool elsewhere;			/* by another process */
	size_t turn_due;		/* bytes that wait for it to do so */
	int next;			/* the file to go on with, at a line's beginning; or 0 */
	int error;			/* of the last failed write */
	int64_t retry_at;		/* CLOCK_MONOTONIC ns; 0: not waiting for space */
	bool blocked;			/* the last write would have had to wait */
	uint64_t lost[SINK_LOSS_COUNT]; /* not yet in a queued lost record */
	struct event_line line, lost_line;
	uint32_t first_line, n_lines;
	uint64_t waiting;  /* violations in them */
	size_t head, tail; /* of data: what waits lies between */
	size_t begun;	   /* bytes of the first waiting line that are written already */
	/* One block, NULL before the first line: most programs do nothing that is told. */
	struct waiting *lines; /* SINK_LINES */
	char *data;	       /* SINK_BUFFER */
};

/* Sets way, fd, owned, form, name and address. */
int sink_find(const char *target, struct diag *diag, struct sink *sink);

/* An event, or what was lost, in this form. */
int form_event(enum sink_form form, const struct event *event, struct event_line *line);
int form_lost(enum sink_form form, const char *kind, uint64_t count, struct event_line *line);
/* Of a target that begins with journal: or syslog:, as sink_find() does. */
int sink_find_log(const char *target, struct diag *diag, struct sink *sink);
/* Another file, where the one that is written has grown to its limit. */
void sink_turn_over(struct sink *sink, size_t more);

/* One write of at most `length` bytes, of which the caller knows that they begin a line where
 * `at_line` is true. The number of bytes taken, or -errno: -EAGAIN: later; -ENOSPC: no space at the
 * moment. */
ssize_t sink_write(struct sink *sink, const char *data, size_t length, bool at_line);

#endif
