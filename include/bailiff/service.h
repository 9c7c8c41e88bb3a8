/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service: bailiff guard. Two processes.
 *
 * The keeper has the privileges: it loads the policies of its directories, loads them again when they
 * change, labels, and speaks to the service manager. It reads policies, what the kernel says, and
 * messages of one fixed shape from the front.
 *
 * The front has none (an ordinary user, no capability, no_new_privs, a filter by bailiff's own
 * compiler), and does all that takes foreign bytes: it reads the ring, turns records into events,
 * hands them to the report and to watchers, and answers the socket. When it dies there is another.
 *
 * What is loaded stays in force whatever becomes of either.
 *
 * The socket (LSM_RUN "/socket", a stream, for every user). A client sends one line:
 *
 *   watch json | watch text    from then on it gets what happens, a line each, until it closes. Needs
 *                              to be root. A reader that is too slow misses lines, and is told so by
 *                              a lost record
 *   govern NAME HASH           the client itself is to be governed by the loaded policy NAME of
 *                              scope `launched` whose hash is HASH (16 hexadecimal digits). It has
 *                              one thread and no_new_privs. The answer is "ok GENERATION" or
 *                              "no REASON". A process speaks for itself alone: that is whom the
 *                              kernel names as the connection's other end
 */
#ifndef BAILIFF_SERVICE_H
#define BAILIFF_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/lsm.h"
#include "bailiff/policy.h"

#define SERVICE_SOCKET	    LSM_RUN "/socket"
#define SERVICE_DIRECTORY   "/etc/bailiff/policies"
#define SERVICE_LINE	    128 /* bytes of a request, newline included */
#define SERVICE_MAX_CLIENTS 64

enum service_kind {
	SERVICE_GOVERN = 1,
	SERVICE_WATCH,
};
struct service_request {
	enum service_kind kind;
	bool text; /* watch */
	char name[POLICY_MAX_NAME + 1];
	uint64_t hash;
};
/* A line without its newline. 0 or -EINVAL. */
int service_parse(const char *line, size_t length, struct service_request *ret_request);
/* The line that asks to be governed, newline included, into line[SERVICE_LINE]. */
void service_ask(const char *name, uint64_t hash, char *line);

struct service_options {
	char *const *directories; /* NULL-terminated; none: SERVICE_DIRECTORY */
	const char *report;	  /* as sink_open() */
	/* A message for the log: of a set that could not be loaded, say. Borrowed. */
	void (*tell)(const struct diag *diag);
	/* Words for the log, by the keeper and by the front. */
	void (*say)(const char *text);
};
/* Runs until SIGTERM or SIGINT. -errno with the reason in diag when it could not begin, or can't go
 * on. */
int service_guard(const struct service_options *options, struct diag *diag);

/*
 * All *.yaml of the directories as one set, published unless it is what is in force already. A set
 * with an error changes nothing. *ret_generation: then in force; *ret_same: it was already. -ENOENT:
 * no policy is there.
 */
int service_load(char *const *directories, struct diag *diag, uint32_t *ret_generation,
		 bool *ret_same, unsigned *ret_policies);

/* What a policy's hash would be once it is loaded (ruleset_policy.hash). */
int service_hash(const struct policy *policy, struct diag *diag, uint64_t *ret_hash);

#endif
