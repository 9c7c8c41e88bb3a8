/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service: what `guard` and other bailiffs say to each other over a Unix stream socket. Lines, in both
 * directions. Who connects sends one line, its request, and the first line that comes back is JSON:
 *
 *   {"error":"why"}          and nothing follows; or
 *   {"watching":"0.1.0"}     the service's version: violations follow, as they happen
 *
 *   watch [text] [policy=NAME]     violations, one JSON object a line (text: for a person), of all
 *                                  policies or one
 *
 * A reader that is too slow keeps nobody waiting: what it misses is counted, and told it in the place of
 * what is missing.
 */
#ifndef BAILIFF_SERVICE_H
#define BAILIFF_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/event.h"

#define SERVICE_SOCKET	   "/run/bailiff/socket"
#define SERVICE_REQUEST	   256 /* bytes of a request at most, with its newline */
#define SERVICE_MAX_READER 64

/* --- The service's side: handing violations to many ------------------------------------------- */

struct stream;
int stream_new(struct stream **ret_stream);
void stream_free(struct stream *stream); /* what waits for a reader is given a moment */

/* Takes a connected socket, whose request is `request` (without its newline). -EINVAL: it is none to
 * watch; -EUSERS: too many do; -ENOMEM. Then the socket stays the caller's, who may service_refuse() it. */
int stream_join(struct stream *stream, int fd, const char *request);
size_t stream_readers(const struct stream *stream);

/* Each is written once, however many read it, and not at all where nobody does. */
void stream_event(struct stream *stream, const struct event *event);
void stream_lost(struct stream *stream, const char *kind, uint64_t count);

/* To poll for reading: somebody takes again what waits, or has gone. Then, and after each batch of
 * events, stream_turn(), which never waits. */
int stream_fd(const struct stream *stream);
void stream_turn(struct stream *stream);

/* Says why, and closes the socket. */
void service_refuse(int fd, const char *why);

/* --- The other side --------------------------------------------------------------------------- */

struct service_reader;
/* Asks the service to watch. -ENOENT or -ECONNREFUSED, without a message: there is none. policy: NULL
 * for all. */
int service_watch(const char *path, bool text, const char *policy, struct diag *diag,
		  struct service_reader **ret_reader);
void service_reader_free(struct service_reader *reader);
int service_reader_fd(const struct service_reader *reader); /* to poll for reading */

/* Takes a line, newline included. */
typedef void service_line(void *context, const char *line, size_t length);
/* Hands on the lines that have come, without waiting. How many; -EPIPE: the service has gone. */
int service_reader_pump(struct service_reader *reader, service_line *take, void *context);

#endif
