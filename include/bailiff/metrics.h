/* SPDX-License-Identifier: Apache-2.0 */
/*
 * metrics: what happens, as numbers for Prometheus: its text format 0.0.4, at /metrics of an HTTP server
 * on this machine alone.
 *
 * There is no thread. The caller polls metrics_fd() for reading, at most metrics_wait_ms(), and calls
 * metrics_turn(), which never waits. Whoever connects can't keep us: METRICS_CONNECTIONS at once, each
 * for METRICS_SECONDS at most, with a few KiB of headers; where there are more, the oldest has to go.
 *
 * Counters are exact and only grow, for as long as there is a `struct metrics`; what the kernel counts
 * (metrics_kernel(), metrics_rule()) is handed on as it is. Series are bounded: when METRICS_SERIES are
 * there, violations of further ones are counted by verdict and plane alone, with "other" as policy, rule
 * and class, so that sums stay exact. bailiff(1) lists the metrics.
 *
 * libmicrohttpd is loaded when it is first needed, for it brings ten libraries, which would make every
 * start of a program slower. The static build has no metrics: metrics_listen() says so.
 */
#ifndef BAILIFF_METRICS_H
#define BAILIFF_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/event.h"

#define METRICS_SERIES	    1000u /* of violations, and of rules */
#define METRICS_KINDS	    64u	  /* of loss, of what the kernel counts */
#define METRICS_CONNECTIONS 16u
#define METRICS_SECONDS	    10
#define METRICS_WAIT_MS	    1000 /* for what the caller has to ask others for */
#define METRICS_SAME_MS	    100	 /* so long, everybody gets the same text */

/*
 * "127.0.0.1:9090", "[::1]:9090" (loopback alone), or "unix:PATH", a socket with mode 0660, of our user
 * and, in a directory with the setgid bit, of its group. One that a former process has left is replaced.
 * -EINVAL: no such target; -EOPNOTSUPP: the static build, or no library; -errno; with the reason in diag.
 */
int metrics_listen(const char *target, struct diag *diag, int *ret_fd);
/* Takes the socket of "unix:PATH" away again; of others there is nothing to take away. */
void metrics_unlisten(const char *target);

struct metrics;
/* What is not in them yet is asked for when somebody wants them. True: it comes, and metrics_ready() says
 * when; after METRICS_WAIT_MS the answer is given without. */
typedef bool metrics_ask(void *context);
/* `listen`: of metrics_listen(), and stays the caller's; -1: nobody asks but by metrics_text(). `ask` may
 * be NULL. */
int metrics_new(int listen, metrics_ask *ask, void *context, struct metrics **ret_metrics);
void metrics_free(struct metrics *metrics);

/* --- What happens ------------------------------------------------------------------------------ */

void metrics_event(struct metrics *metrics, const struct event *event);
/* Violations that were not told, whoever lost them. */
void metrics_lost(struct metrics *metrics, const char *kind, uint64_t count);

/* --- How things stand: each is left out until it is set ----------------------------------------- */

/* Does this process read the host's violations? */
void metrics_reading(struct metrics *metrics, bool reading);
/* What waits for the store, or is lost to it, and the errno of its last commit (store_missing()). */
void metrics_store(struct metrics *metrics, uint64_t missing, int error);

struct metrics_kernel {
	uint32_t generation;	    /* 0: nothing is loaded, and nothing else counts */
	uint64_t published;	    /* CLOCK_REALTIME seconds */
	uint32_t enforced, audited; /* policies */
	uint64_t tasks, governed, memory_bytes;
	uint32_t ring_bytes, ring_waiting;
};
/* Rules and counters are told after it, all of them each time. */
void metrics_kernel(struct metrics *metrics, const struct metrics_kernel *kernel);
void metrics_counter(struct metrics *metrics, const char *name, uint64_t count);
/* How often a rule has decided, of the generation of metrics_kernel(). */
void metrics_rule(struct metrics *metrics, const char *policy, const char *file, unsigned line,
		  uint64_t count);
void metrics_ready(struct metrics *metrics);

/* --- Serving ------------------------------------------------------------------------------------ */

int metrics_fd(const struct metrics *metrics);
int metrics_wait_ms(const struct metrics *metrics); /* -1: for ever */
void metrics_turn(struct metrics *metrics);

/* What is served, malloc'ed and NUL-terminated. */
int metrics_text(const struct metrics *metrics, char **ret_text, size_t *ret_length);

#endif
