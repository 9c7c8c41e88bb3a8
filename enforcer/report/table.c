/* SPDX-License-Identifier: Apache-2.0 */
/* The table. Each column is as wide as its widest cell; where the terminal is narrower, those that may
 * be cut share what is left, and where that is too little, those that say least are left out. */
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define MAX_COLUMNS 16
#define GAP	    2
#define NARROW	    9u /* a column that may be cut keeps as much */
#define WIDEST	    4096u

#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define BLUE   "\033[34m"
#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define PLAIN  "\033[0m"

struct column {
	const char *title;
	/* The cell's text, unsafe as it is; `room` is its to write in. NULL: there is none. */
	const char *(*text)(const struct store_kind *kind, const struct report_look *look,
			    char *room, size_t size);
	bool right, cut;
	unsigned columns;
};

#define CELL(name)                                                                                 \
	static const char *cell_##name(const struct store_kind *kind,                              \
				       const struct report_look *look, char *room, size_t size)
#define PLAIN_CELL(name)                                                                           \
	CELL(name)                                                                                 \
	{                                                                                          \
		(void)look;                                                                        \
		(void)size;                                                                        \
		*room = '\0'; /* it is not needed */                                               \
		return kind->name;                                                                 \
	}

PLAIN_CELL(policy)
PLAIN_CELL(plane)
PLAIN_CELL(operation)
PLAIN_CELL(object)
PLAIN_CELL(exe)
PLAIN_CELL(host)

CELL(id)
{
	(void)look;
	snprintf(room, size, "%lld", (long long)kind->id);
	return room;
}

CELL(count)
{
	(void)look;
	(void)size;
	text_count(kind->count, room);
	return room;
}

CELL(kinds)
{
	(void)look;
	(void)size;
	text_count(kind->kinds, room);
	return room;
}

CELL(class)
{
	(void)look;
	(void)size;
	*room = '\0';
	return kind->class ? policy_class_name(kind->class) : NULL;
}

/* What is new since it was acknowledged is marked by a sign, not by colour alone. */
CELL(verdict)
{
	(void)look;
	if (!kind->verdict)
		return NULL;
	snprintf(room, size, "%s%s", event_verdict_name(kind->verdict),
		 !kind->acked_at		   ? ""
		 : kind->total > kind->acked_count ? " +"
						   : " ok");
	return room;
}

CELL(rule)
{
	(void)look;
	return text_rule(kind, room, size);
}

/* An id of 64 digits says no more than its first twelve do. */
CELL(container)
{
	(void)look;
	if (!kind->container)
		return NULL;
	snprintf(room, size, "%.12s", kind->container);
	return room;
}

CELL(error)
{
	(void)look;
	(void)size;
	return text_errno(kind->error, room);
}

CELL(last)
{
	char ago[AGO_BYTES], at[TIME_BYTES];

	text_ago(kind->last, look->now, ago);
	text_time(kind->last, look->local_time, at);
	/* Absolute too, where there is room for it. */
	if (!look->width || look->width >= 120)
		snprintf(room, size, "%s, %s", at, ago);
	else
		snprintf(room, size, "%s", ago);
	return room;
}

static const struct column of_key[STORE_KEYS] = {
	[STORE_KEY_POLICY] = {"POLICY", cell_policy, false, true, 0},
	[STORE_KEY_RULE] = {"RULE", cell_rule, false, true, 0},
	[STORE_KEY_CLASS] = {"CLASS", cell_class, false, false, 0},
	[STORE_KEY_VERDICT] = {"VERDICT", cell_verdict, false, false, 0},
	[STORE_KEY_PLANE] = {"PLANE", cell_plane, false, false, 0},
	[STORE_KEY_OPERATION] = {"OPERATION", cell_operation, false, true, 0},
	[STORE_KEY_OBJECT] = {"OBJECT", cell_object, false, true, 0},
	[STORE_KEY_EXE] = {"PROGRAM", cell_exe, false, true, 0},
	[STORE_KEY_CONTAINER] = {"CONTAINER", cell_container, false, false, 0},
	[STORE_KEY_ERROR] = {"ERRNO", cell_error, false, false, 0},
	[STORE_KEY_HOST] = {"HOST", cell_host, false, true, 0},
};

static bool has_text(const struct report *report, enum store_key key,
		     const struct report_look *look)
{
	char room[CELL_BYTES];

	for (size_t i = 0; i < report->n_kinds; i++)
		if (of_key[key].text(&report->kinds[i], look, room, sizeof(room)))
			return true;
	return false;
}

static size_t choose(const struct report *report, const struct report_look *look,
		     struct column columns[MAX_COLUMNS])
{
	static const struct column id = {"ID", cell_id, true, false, 0},
				   count = {"COUNT", cell_count, true, false, 0},
				   kinds = {"KINDS", cell_kinds, true, false, 0},
				   last = {"LAST", cell_last, false, false, 0};
	/* Of one kind: what tells it from others, if any of them has it. */
	static const enum store_key usual[] = {
		STORE_KEY_VERDICT, STORE_KEY_OPERATION, STORE_KEY_OBJECT,   STORE_KEY_ERROR,
		STORE_KEY_RULE,	   STORE_KEY_EXE,	STORE_KEY_CONTAINER};
	uint32_t by = report->filter.by;
	size_t n = 0;

	if (!by)
		columns[n++] = id;
	columns[n++] = count;
	if (by)
		columns[n++] = kinds;
	for (size_t i = 0; !by && i < ARRAY_LEN(usual); i++)
		if (has_text(report, usual[i], look))
			columns[n++] = of_key[usual[i]];
	for (unsigned key = 0; key < STORE_KEYS; key++)
		if (by >> key & 1)
			columns[n++] = of_key[key];
	columns[n++] = last;
	return n;
}

static void measure(const struct report *report, const struct report_look *look,
		    struct column *columns, size_t n)
{
	char room[CELL_BYTES], cell[CELL_BYTES];

	for (size_t c = 0; c < n; c++) {
		columns[c].columns = (unsigned)strlen(columns[c].title);
		for (size_t i = 0; i < report->n_kinds; i++) {
			unsigned width = text_cell(
				columns[c].text(&report->kinds[i], look, room, sizeof(room)),
				WIDEST, cell, sizeof(cell));

			if (width > columns[c].columns)
				columns[c].columns = width;
		}
	}
}

static unsigned least_width(const struct column *columns, size_t n)
{
	unsigned sum = (unsigned)(n - 1) * GAP;

	for (size_t c = 0; c < n; c++)
		sum += columns[c].cut && columns[c].columns > NARROW ? NARROW : columns[c].columns;
	return sum;
}

/* Leaves out what does not fit however it is cut; how many columns are left. */
static size_t leave_out(struct column *columns, size_t n, unsigned width)
{
	static const char *const least[] = {"ERRNO",   "CONTAINER", "LAST",
					    "PROGRAM", "OBJECT",    "RULE"};

	for (size_t i = 0; i < ARRAY_LEN(least) && least_width(columns, n) > width; i++)
		for (size_t c = 0; c < n; c++)
			if (strcmp(columns[c].title, least[i]) == 0) {
				n--;
				memmove(&columns[c], &columns[c + 1], (n - c) * sizeof(*columns));
				break;
			}
	return n;
}

static void cut(struct column *columns, size_t n, unsigned width)
{
	unsigned sum = (unsigned)(n - 1) * GAP;

	for (size_t c = 0; c < n; c++)
		sum += columns[c].columns;
	while (sum > width) {
		struct column *widest = NULL;

		for (size_t c = 0; c < n; c++)
			if (columns[c].cut && columns[c].columns > NARROW &&
			    (!widest || columns[c].columns > widest->columns))
				widest = &columns[c];
		if (!widest)
			break; /* narrower than this it is not readable */
		widest->columns--;
		sum--;
	}
}

static const char *color_of(const struct column *column, const struct store_kind *kind)
{
	if (column->text != cell_verdict)
		return NULL;
	switch (kind->verdict) {
	case VERDICT_KILLED:
	case VERDICT_DENIED:
		return RED;
	case VERDICT_WOULD_DENY:
		return YELLOW;
	case VERDICT_AUDITED:
		return BLUE;
	}
	return NULL;
}

static void print_cell(const struct column *column, const char *text, const char *color, bool last,
		       FILE *out)
{
	char cell[CELL_BYTES];
	unsigned width = text_cell(text, column->columns, cell, sizeof(cell));
	int pad = column->columns > width ? (int)(column->columns - width) : 0;

	fprintf(out, "%*s%s%s%s", column->right ? pad : 0, "", color ? color : "", cell,
		color ? PLAIN : "");
	if (!last)
		fprintf(out, "%*s", (column->right ? 0 : pad) + GAP, "");
}

static void print_rows(const struct report *report, const struct report_look *look,
		       const struct column *columns, size_t n, FILE *out)
{
	char room[CELL_BYTES];

	for (size_t c = 0; c < n; c++)
		print_cell(&columns[c], columns[c].title, look->color ? BOLD : NULL, c + 1 == n,
			   out);
	fputc('\n', out);
	for (size_t i = 0; i < report->n_kinds; i++) {
		const struct store_kind *kind = &report->kinds[i];

		for (size_t c = 0; c < n; c++)
			print_cell(&columns[c], columns[c].text(kind, look, room, sizeof(room)),
				   look->color ? color_of(&columns[c], kind) : NULL, c + 1 == n,
				   out);
		fputc('\n', out);
	}
}

static void counted(uint64_t count, const char *one, const char *more, FILE *out)
{
	char text[COUNT_BYTES];

	text_count(count, text);
	fprintf(out, "%s %s", text, count == 1 ? one : more);
}

static void print_summary(const struct report *report, const struct report_look *look, FILE *out)
{
	const struct store_summary *s = &report->summary;
	char from[TIME_BYTES], to[TIME_BYTES], text[COUNT_BYTES];
	static const enum event_verdict worst[] = {VERDICT_KILLED, VERDICT_DENIED,
						   VERDICT_WOULD_DENY, VERDICT_AUDITED};
	const char *before = " (";

	if (!s->kinds) {
		fputs("no violations\n", out);
		return;
	}
	counted(s->violations, "violation", "violations", out);
	for (size_t i = 0; i < ARRAY_LEN(worst); i++)
		if (s->of_verdict[worst[i]]) {
			text_count(s->of_verdict[worst[i]], text);
			fprintf(out, "%s%s %s", before, text, event_verdict_name(worst[i]));
			before = ", ";
		}
	fputs(*before == ',' ? ") of " : " of ", out);
	counted(s->kinds, "kind", "kinds", out);
	fputs(" under ", out);
	counted(s->policies, "policy", "policies", out);
	if (s->new_kinds && s->new_kinds != s->kinds) {
		fputs("; ", out);
		counted(s->new_kinds, "is new", "are new", out);
	}
	text_time(s->first, look->local_time, from);
	text_time(s->last, look->local_time, to);
	if (s->first)
		fprintf(out, "; from %s to %s", from, to);
	fputc('\n', out);
}

static void print_losses(const struct report *report, const struct report_look *look, FILE *out)
{
	for (size_t i = 0; i < report->n_losses; i++) {
		char kind[CELL_BYTES];

		text_cell(report->losses[i].kind, 64, kind, sizeof(kind));
		fputs(look->color ? YELLOW : "", out);
		counted(report->losses[i].count, "violation is", "violations are", out);
		fprintf(out, " missing here (%s)%s\n", kind, look->color ? PLAIN : "");
	}
}

/* Kinds that are not shown; of groups, which are not counted as a whole, the violations in the others. */
static uint64_t left_out(const struct report *report)
{
	uint64_t shown = report->filter.by ? 0 : report->filter.skip + report->n_kinds;
	uint64_t all = report->filter.by ? report->summary.violations : report->summary.kinds;

	for (size_t i = 0; report->filter.by && i < report->n_kinds; i++)
		shown += report->kinds[i].count;
	return all > shown ? all - shown : 0;
}

void report_table(const struct report *report, const struct report_look *look, FILE *out)
{
	struct column columns[MAX_COLUMNS];
	char text[COUNT_BYTES];
	uint64_t left;
	size_t n, all;

	print_summary(report, look, out);
	print_losses(report, look, out);
	if (!report->n_kinds)
		return;
	n = choose(report, look, columns);
	measure(report, look, columns, n);
	all = n;
	if (look->width) {
		/* What was asked for by name is not left out. */
		n = report->filter.by ? n : leave_out(columns, n, look->width);
		cut(columns, n, look->width);
	}
	fputc('\n', out);
	print_rows(report, look, columns, n, out);
	if (n < all)
		fprintf(out, "%s(%zu more column%s in a wider window, or with --width 0)%s\n",
			look->color ? DIM : "", all - n, all - n == 1 ? "" : "s",
			look->color ? PLAIN : "");
	left = left_out(report);
	if (!left)
		return;
	text_count(left, text);
	fprintf(out, "%s... and %s more%s; --limit 0 shows all%s\n", look->color ? DIM : "", text,
		!report->filter.by ? ""
		: left == 1	   ? " violation in another group"
				   : " violations in other groups",
		look->color ? PLAIN : "");
}
