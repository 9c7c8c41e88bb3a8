/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room. open.c finds the descriptor and how to write to it, write.c does one write,
 * sink.c queues and counts. */
#ifndef SINK_ROOM_H
#define SINK_ROOM_H

#include "bailiff/sink.h"

enum sink_way {
	WAY_NONE = 1,
	WAY_FILE,   /* a regular file: writes do not wait for a reader */
	WAY_STREAM, /* our own, non-blocking */
	WAY_SOCKET, /* send() with MSG_DONTWAIT */
	WAY_SHARED, /* may be shared and may block: poll first, then at most PIPE_BUF */
};

struct waiting {
	uint64_t violations; /* that the line tells of; 0: none */
	uint32_t length;
	bool is_lost; /* it is a lost record: */
	uint8_t loss; /* of this kind (enum sink_loss) */
};

struct sink {
	enum sink_way way;
	bool text;
	bool broken; /* the reader is gone for good */
	int fd;	     /* -1 with WAY_NONE */
	bool owned;  /* close fd */
	char *name;
	int error;			/* of the last failed write */
	int64_t retry_at;		/* CLOCK_MONOTONIC ns; 0: not waiting for space */
	bool blocked;			/* the last write would have had to wait */
	uint64_t lost[SINK_LOSS_COUNT]; /* not yet in a queued lost record */
	struct event_line line, lost_line;
	uint32_t first_line, n_lines;
	size_t head, tail; /* of data: what waits lies between */
	size_t begun;	   /* bytes of the first waiting line that are written already */
	/* One block, NULL before the first line: most programs do nothing that is told. */
	struct waiting *lines; /* SINK_LINES */
	char *data;	       /* SINK_BUFFER */
};

/* Sets way, fd, owned, text and name. */
int sink_find(const char *target, struct diag *diag, struct sink *sink);

/* One write of at most `length` bytes, of which the caller knows that they begin a line where
 * `at_line` is true. The number of bytes taken, or -errno: -EAGAIN: later; -ENOSPC: no space at the
 * moment. */
ssize_t sink_write(struct sink *sink, const char *data, size_t length, bool at_line);

#endif
