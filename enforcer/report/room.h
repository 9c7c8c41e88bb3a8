/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room:
 *   gather.c  what a report tells, out of the store
 *   text.c    cells: widths, cuts, counts, times
 *   table.c   the table
 *   show.c    one kind
 *   source.c  the lines around a rule
 *   seen.c    what was seen of a kind, as events again
 *   judged.c  the policy that a kind was judged by, as its files are now
 *   advice.c  the change to it that would allow what was seen
 *   json.c    the document
 *   csv.c     the same for spreadsheets
 *   page.c    the page
 */
#ifndef REPORT_ROOM_H
#define REPORT_ROOM_H

#include "bailiff/base.h"
#include "bailiff/report.h"
#include "bailiff/suggest.h"

struct hour {
	int64_t hour;
	uint64_t count[VERDICT_AUDITED + 1]; /* by enum event_verdict */
};

struct loss {
	char *kind;
	uint64_t count;
	int64_t first_hour, last_hour;
};

struct report {
	struct store_filter filter;
	struct store_summary summary;
	struct arena *texts;
	struct store_kind *kinds;
	struct hour *hours;
	struct loss *losses;
	size_t n_kinds, n_hours, n_losses;
	size_t kinds_capacity, hours_capacity, losses_capacity;
};

/* ---- text.c ---- */

/* Columns that a text takes on a terminal, which it is fit for. */
unsigned text_columns(const char *text, size_t length);
/*
 * A text of any bytes made fit for a terminal and cut to `columns` in the middle, where ".." then
 * stands: of a path the end says most, and the beginning whose it is. "-" for NULL. Into out[size];
 * its columns.
 */
unsigned text_cell(const char *text, unsigned columns, char *out, size_t size);
#define CELL_BYTES 16384u /* for any text as a store has it, cut to at most 4096 columns */

/* "1,234,567" */
#define COUNT_BYTES 32
void text_count(uint64_t count, char out[COUNT_BYTES]);
/* "3 min ago", "in 5 s" */
#define AGO_BYTES 32
void text_ago(int64_t then, int64_t now, char out[AGO_BYTES]);
/* "2026-11-22 10:33:07", local or UTC ("...Z") */
#define TIME_BYTES 40
void text_time(int64_t ns, bool local, char out[TIME_BYTES]);
/* "web.yaml:14"; NULL when there is no rule. */
const char *text_rule(const struct store_kind *kind, char *out, size_t size);
/* The errno's name, or its number. */
const char *text_errno(int error, char out[16]);

/* ---- source.c ---- */

struct source_line {
	unsigned number;
	const char *text; /* without its newline */
};
#define SOURCE_AROUND 3u
struct source {
	char *data; /* free it */
	struct source_line line[2 * SOURCE_AROUND + 1];
	size_t n;
	int64_t changed; /* when the file was; 0: it is inside of the program */
};
/* The lines around one; n is 0 where the file can't be read, is no policy, or has not so many. The file is one inside of
 * the program, or named from the root: what that names is anywhere the same. */
void source_read(const char *file, unsigned line, struct source *ret_source);
/* The same, and a file may be named from here: for who knows that it is the right one. */
void source_lines(const char *file, unsigned line, struct source *ret_source);
void source_clear(struct source *source);

/* ---- seen.c ---- */

struct seen {
	const struct event *list[SUGGEST_MAX_EVENTS];
	size_t n;
	bool calls; /* records are of calls; with n == 0 none of them could be read */
	/* Left out: what can't be read, calls of another number or ABI, and how many violations had arguments
	 * that nobody kept. */
	size_t unread, other_calls;
	uint64_t others;

	struct event *events; /* which is what `list` points into */
	struct event_process process;
	struct event_record records[STORE_RECORDS_MAX];
};
int seen_read(const struct store_detail *detail, struct seen *ret_seen);
void seen_clear(struct seen *seen); /* in any case */

/* ---- judged.c ---- */

/* `policy_file` NULL: looked for. -ENOENT: not found; -EINVAL: it is no such policy. Told in diag. */
int judged_find(const struct store_kind *kind, const char *policy_file, struct diag *diag,
		struct policy_files **ret_files);
/* Is that the rule that decided when it was seen? */
bool judged_same(const struct store_kind *kind, const struct suggest_place *place);

/* ---- json.c ---- */

/* A writer that remembers its failure. */
struct json {
	FILE *out;
	struct event_line line;
	int error;
	bool inside_script; /* '<' and '>' are escaped */
};
void json_text(struct json *json, const char *text); /* with quotes; NULL is null */
void json_key(struct json *json, const char *key);   /* "key": */
void json_time(struct json *json, int64_t ns);	     /* null for 0 */
void json_kind(struct json *json, const struct store_kind *kind,
	       bool grouped); /* without its brace */
/* The document up to its kinds, and what was lost: without the braces and commas around them. */
void json_head(struct json *json, const struct report *report, const struct report_look *look);
void json_losses(struct json *json, const struct report *report);
/* Behind json_kind() without its brace: hours, arguments, the newest records. */
void json_detail(struct json *json, const struct store_detail *detail);

#endif
