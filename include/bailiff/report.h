/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: what a store holds, as a person or a program wants to read it. Writes to a FILE that the
 * caller has opened, and looks at the caller's for its errors when it is done.
 *
 * Texts in a store come from governed programs. On a terminal they are escaped (escape_text); in JSON
 * they are written as events are; in CSV also so that no spreadsheet takes one for a formula; in the
 * page they are never markup.
 */
#ifndef BAILIFF_REPORT_H
#define BAILIFF_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "bailiff/diag.h"
#include "bailiff/store.h"

#define REPORT_ROWS 50u /* of a table, unless more are asked for */

struct report_look {
	int64_t now;	     /* nanoseconds since the epoch: times are told relative to it */
	unsigned width;	     /* columns of the terminal; 0: as wide as it takes */
	bool color;	     /* it is never the only sign */
	bool terminal;	     /* what is a policy's own text is escaped too */
	bool local_time;     /* else UTC */
	const char *written; /* where a suggested policy has been written; or NULL */
};

/* All that one report tells, read at one time. */
struct report;
int report_new(struct store *store, const struct store_filter *filter, struct diag *diag,
	       struct report **ret_report);
void report_free(struct report *report);
void report_freep(struct report **report);
const struct store_summary *report_summary(const struct report *report);

/* The violations by hour too, which the page tells and nothing else: of a day with 10,000 kinds they cost
 * more than all the rest. By the same filter, from the same store. */
int report_timeline(struct report *report, struct store *store, struct diag *diag);

/* A line that sums up, and a table of the kinds, or of the groups of `by`. */
void report_table(const struct report *report, const struct report_look *look, FILE *out);
/* One document: {"generated":TIME,"summary":{...},"kinds":[...],"lost":[...]}. -ENOMEM. */
int report_json(const struct report *report, const struct report_look *look, FILE *out);
/* RFC 4180, with a header. -ENOMEM. */
int report_csv(const struct report *report, FILE *out);
/*
 * One page that needs nothing else: timeline (after report_timeline()), kinds, and for each of the REPORT_PAGE_KINDS worst its
 * processes and the policy's lines, as far as its file can be read. -ENOMEM, or the store's error.
 */
#define REPORT_PAGE_KINDS 500u
int report_page(const struct report *report, struct store *store, const struct report_look *look,
		FILE *out, struct diag *diag);
/* One kind, whole. Its rule's lines are shown as the rule's where the policy, as it is now, decides the
 * same by them; else it says what they are. `policy_file` NULL: the policy is looked for. */
void report_show(const struct store_detail *detail, const char *policy_file,
		 const struct report_look *look, FILE *out);
int report_show_json(const struct store_detail *detail, FILE *out);

/*
 * What to change in the policy to allow one kind (see suggest.h), for all of its arguments that are
 * known. -ENOENT: the policy's file is not found, -EINVAL: it is another one, or the kind says too little;
 * or what suggest() returns. Told in diag.
 */
struct suggestion;
struct report_advice;
int report_advise(const struct store_detail *detail, const char *policy_file, struct diag *diag,
		  struct report_advice **ret_advice);
void report_advice_free(struct report_advice *advice);
void report_advice_freep(struct report_advice **advice);
const struct suggestion *report_advice_suggestion(const struct report_advice *advice);
/* Where it suggests nothing, print says why. The diff is as patch(1) takes it, with lines before and behind
 * that it passes over. */
void report_advice_print(const struct report_advice *advice, const struct report_look *look,
			 FILE *out);
int report_advice_json(const struct report_advice *advice, FILE *out);

/* "90s", "15m", "1h", "7d", "2w" before `now`; a date (2026-11-22), a date and time
 * (2026-11-22T10:00, with Z where it is UTC), or @SECONDS. False: it is none of these. */
bool report_time(const char *text, int64_t now, int64_t *ret_ns);

/* Rows that a line takes on a terminal of so many columns; it has been escaped. */
unsigned report_rows(const char *text, unsigned width);

#endif
