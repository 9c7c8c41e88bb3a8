/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room:
 *   metrics.c    what is counted
 *   series.c     counts by labels, bounded
 *   text.c       the text format
 *   target.c     where it is served
 *   serve.c      by libmicrohttpd
 */
#ifndef METRICS_ROOM_H
#define METRICS_ROOM_H

#include "bailiff/base.h"
#include "bailiff/metrics.h"

/* ---- series.c ---- */

struct series {
	char *labels; /* as they are written, without braces */
	uint64_t hash, count;
};
/* Counts by what is written of them, so no two are written the same. */
struct table {
	uint32_t limit, n;
	struct series *items; /* in the order of their coming */
	uint32_t *index;      /* 2 * limit places: a number of an item, and 1; 0: none */
};
int table_new(uint32_t limit, struct table *ret_table);
void table_clear(struct table *table);
/* False: it is new, and there is no room for it (or no memory). */
bool table_add(struct table *table, const char *labels, uint64_t count);
void table_zero(struct table *table);	/* the counts */
void table_forget(struct table *table); /* all of it */
/* Stops at the greatest number. */
void count_add(uint64_t *count, uint64_t more);

/* ---- metrics.c ---- */

struct metrics {
	struct table violations, others, lost, rules, counters;
	uint64_t folded, unruled, lost_otherwise; /* counted, without a series of their own */
	bool has_reading, reading;
	bool has_store;
	uint64_t store_missing;
	int store_error;
	bool has_kernel;
	int64_t kernel_at; /* CLOCK_REALTIME, seconds */
	struct metrics_kernel kernel;
	int64_t started_ns; /* CLOCK_REALTIME: the counts are from then on */
	metrics_ask *ask;
	void *context;
	struct server *server; /* NULL: none */
};

/* ---- text.c ---- */

#define LABELS_MAX 2048
/* name="value" is appended, behind a comma where something is there. */
void label_add(char labels[LABELS_MAX], const char *name, const char *value);
void label_add_rule(char labels[LABELS_MAX], const char *file, unsigned line);

/* ---- serve.c ---- */

/* Loads the library. */
int server_load(struct diag *diag);
int server_new(struct metrics *metrics, int listen, struct server **ret_server);
void server_free(struct server *server);
int server_fd(const struct server *server);
int server_wait_ms(const struct server *server);
void server_turn(struct server *server);
void server_ready(struct server *server);

#endif
