/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service: bailiff guard, and what it and other bailiffs say to each other.
 *
 * The service is three processes. The keeper has the privileges: it loads the policies of its
 * directories, loads them again when they change, labels, and speaks to the service manager. It reads
 * policies, what the kernel says, and messages of one fixed shape from the front. The front has none
 * (an ordinary user, no capability, no_new_privs, a filter by bailiff's own compiler), and does all
 * that takes foreign bytes: it reads the ring, turns records into events, hands them to the report and
 * to watchers, and answers the socket. When it dies there is another. A third, the writer, puts what the
 * front counts into the store, and alone waits for its disk. What is loaded stays in force
 * whatever becomes of them.
 *
 * They speak over a Unix stream socket, which every user may connect to. Lines, in both directions.
 * Who connects sends one line, its request:
 *
 *   govern NAME HASH    the client itself is to be governed by the loaded policy NAME of scope
 *                       `launched` whose hash is HASH (16 hexadecimal digits). It has one thread and
 *                       no_new_privs. The answer is a line, "ok GENERATION" or "no REASON". A process
 *                       speaks for itself alone: it is whom the kernel names as the other end
 *
 * or asks to watch, as root, and the first line that comes back is JSON:
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
#include "bailiff/lsm.h"
#include "bailiff/policy.h"
#include "bailiff/sink.h"

#define SERVICE_SOCKET	   LSM_RUN "/socket"
#define SERVICE_DIRECTORY  "/etc/bailiff/policies"
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

/* --- The rules of filters ----------------------------------------------------------------------- */

/* Opens the copy of a policy of a generation (load_kept_open()). -EAGAIN: not now; -errno. */
typedef int known_open(void *context, uint32_t generation, const char *name);
struct known;
int known_new(known_open *open, void *context, struct known **ret_known);
void known_free(struct known *known);
/* The policy of that name in force, whole; NULL: it can't be had. Borrowed until the next call. */
const struct policy *known_policy(struct known *known, const struct ruleset *image,
				  const char *name);

/* --- The service -------------------------------------------------------------------------------- */

/* A request to be governed. */
struct service_request {
	char name[POLICY_MAX_NAME + 1];
	uint64_t hash;
};
/* A line without its newline. 0 or -EINVAL. */
int service_parse(const char *line, size_t length, struct service_request *ret_request);
/* The line that asks so, newline included, into line[SERVICE_REQUEST]. */
void service_ask(const char *name, uint64_t hash, char *line);

struct service_options {
	char *const *directories;      /* NULL-terminated; none: SERVICE_DIRECTORY */
	const char *report;	       /* as sink_open() */
	struct sink_rotation rotation; /* of a report that is a file; zeroed: never */
	const char *metrics;	       /* as metrics_listen(); NULL: none */
	const char *store;	       /* NULL: the default; "none" */
	/* A message for the log: of a set that could not be loaded, say. Borrowed. */
	void (*tell)(const struct diag *diag);
	/* Words for the log, by the keeper and by the front. */
	void (*say)(const char *text);
};
/* Runs until SIGTERM or SIGINT. -errno with the reason in diag when it could not begin, or can't go
 * on. */
int service_guard(const struct service_options *options, struct diag *diag);

/* Has the service that runs load again, as SIGHUP does. -ENOENT: none runs. */
int service_reload(struct diag *diag);

/* A file that the set comes from, by its path. Returns whether that is news. */
typedef bool service_took(void *context, const char *path);
/*
 * All *.yaml of the directories as one set, published unless it is what is in force already. A set
 * with an error changes nothing. *ret_generation: then in force; *ret_same: it was already. -ENOENT:
 * no policy is there. `took` is told of each file that was read; where one was news, all are read
 * again.
 */
int service_load(char *const *directories, service_took *took, void *context, struct diag *diag,
		 uint32_t *ret_generation, bool *ret_same, unsigned *ret_policies);

#endif
