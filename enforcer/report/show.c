/* SPDX-License-Identifier: Apache-2.0 */
/* One kind: what, by which line, when, with which arguments, and who. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define NAMES  12 /* of the column of names */
#define RECENT 24 /* hours drawn */

static void safely(const char *text, FILE *out)
{
	char safe[CELL_BYTES];

	escape_text(text, strnlen(text, CELL_BYTES / 4 - 1), safe, sizeof(safe));
	fputs(safe, out);
}

static void line_of(const char *name, const char *text, FILE *out)
{
	if (!text)
		return;
	fprintf(out, "%-*s", NAMES, name);
	safely(text, out);
	fputc('\n', out);
}

static void print_when(const struct store_detail *detail, const struct report_look *look, FILE *out)
{
	const struct store_kind *kind = &detail->kind;
	char count[COUNT_BYTES], at[TIME_BYTES], ago[AGO_BYTES];

	text_count(kind->total, count);
	fprintf(out, "%-*s%s\n", NAMES, "count", count);
	text_time(kind->first, look->local_time, at);
	text_ago(kind->first, look->now, ago);
	fprintf(out, "%-*s%s, %s\n", NAMES, "first", at, ago);
	text_time(kind->last, look->local_time, at);
	text_ago(kind->last, look->now, ago);
	fprintf(out, "%-*s%s, %s\n", NAMES, "last", at, ago);
	if (!kind->acked_at)
		return;
	text_time(kind->acked_at, look->local_time, at);
	text_count(kind->total > kind->acked_count ? kind->total - kind->acked_count : 0, count);
	fprintf(out, "%-*s%s, and %s since", NAMES, "seen", at, count);
	if (kind->note) {
		fputs(": ", out);
		safely(kind->note, out);
	}
	fputc('\n', out);
}

/* A bar an hour, of the hours up to the last one. */
static void print_hours(const struct store_detail *detail, const struct report_look *look,
			FILE *out)
{
	char at[TIME_BYTES], count[COUNT_BYTES];
	size_t from = detail->n_hours > RECENT ? detail->n_hours - RECENT : 0;
	uint64_t most = 1;

	if (detail->n_hours < 2)
		return;
	for (size_t i = from; i < detail->n_hours; i++)
		if (detail->hours[i].count > most)
			most = detail->hours[i].count;
	fputs("\nby the hour:\n", out);
	if (from)
		fprintf(out, "  (%zu earlier)\n", from);
	for (size_t i = from; i < detail->n_hours; i++) {
		int bar = (int)((double)detail->hours[i].count * 30 / (double)most + 0.5);

		text_time(detail->hours[i].hour * 3600 * 1000000000ll, look->local_time, at);
		text_count(detail->hours[i].count, count);
		fprintf(out, "  %.13s  %13s  %.*s\n", at, count, bar ? bar : 1,
			"##############################");
	}
}

static void print_arguments(const struct store_detail *detail, FILE *out)
{
	char count[COUNT_BYTES];

	if (!detail->n_arguments)
		return;
	fputs("\narguments seen:\n", out);
	for (size_t i = 0; i < detail->n_arguments; i++) {
		text_count(detail->arguments[i].count, count);
		fprintf(out, "  %13s  ", count);
		safely(detail->arguments[i].json ? detail->arguments[i].json : "(others)", out);
		fputc('\n', out);
	}
}

/* --- By which line --------------------------------------------------------------------------------- */

static void print_lines(const struct source *source, unsigned number,
			const struct report_look *look, FILE *out)
{
	char safe[CELL_BYTES];

	for (size_t i = 0; i < source->n; i++) {
		const struct source_line *line = &source->line[i];
		bool this = line->number == number;

		escape_text(line->text, strnlen(line->text, 512), safe, sizeof(safe));
		fprintf(out, "%s%s %5u  %s%s\n", this && look->color ? "\033[1m" : "",
			this ? ">" : " ", line->number, safe, this && look->color ? "\033[0m" : "");
	}
}

/* The policy was found, and asked again what was seen. */
static void print_judged(const struct store_kind *kind, const struct suggest_place *place,
			 const struct report_look *look, FILE *out)
{
	struct source source = {.data = NULL};

	if (place->allowed) {
		fputs("\nthe policy has changed since: it allows this now\n", out);
		return;
	}
	if (!*place->file)
		return;
	source_lines(place->file, place->line, &source);
	if (judged_same(kind, place)) {
		fputs(source.n ? "\nthe rule, as its file is now:\n" : "", out);
	} else {
		fputs("\nthe policy has changed since; now ", out);
		safely(place->file, out);
		fprintf(out, ":%u decides:\n", place->line);
	}
	print_lines(&source, place->line, look, out);
	source_clear(&source);
}

/* Nobody can say that this is the rule; but what stands there may help. */
static void print_guess(const struct store_kind *kind, const struct report_look *look, FILE *out)
{
	struct source source;
	char at[TIME_BYTES];

	if (!kind->rule_file)
		return;
	source_read(kind->rule_file, kind->rule_line, &source);
	if (!source.n) {
		fputs("\nthe policy's file is not found from here; --policy-file names it\n", out);
	} else if (source.changed > kind->last) {
		text_time(source.changed, look->local_time, at);
		fprintf(out,
			"\nits file was changed at %s, after this was seen, so this may be another "
			"rule:\n",
			at);
	} else {
		fputs("\nwhat stands there now, which may be another rule:\n", out);
	}
	print_lines(&source, kind->rule_line, look, out);
	source_clear(&source);
}

static void print_source(const struct store_detail *detail, const char *policy_file,
			 const struct report_look *look, FILE *out)
{
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	struct suggest_place place = {.line = 0};
	struct seen *seen = malloc(sizeof(*seen));
	int r = seen ? seen_read(detail, seen) : -ENOMEM;

	if (r == 0)
		r = seen->n ? judged_find(&detail->kind, policy_file, NULL, &files) : -ENOENT;
	if (r == 0)
		r = suggest_place(files, seen->list, seen->n, NULL, &place);
	if (seen)
		seen_clear(seen);
	free(seen);
	if (r == 0)
		print_judged(&detail->kind, &place, look, out);
	else
		print_guess(&detail->kind, look, out);
}

/* --- Who: the newest record's processes ----------------------------------------------------------- */

static void print_task(pid_t pid, const char *exe, const char *comm, int depth, FILE *out)
{
	fprintf(out, "  %*s%s", depth * 2, "", depth ? "`- " : "");
	if (pid)
		fprintf(out, "%d ", pid);
	safely(exe ? exe : comm ? comm : "?", out);
	if (exe && comm) {
		fputs(" (", out);
		safely(comm, out);
		fputc(')', out);
	}
}

static void print_tree(const struct event_process *process, FILE *out)
{
	int depth = 0;

	fputs("\nthe newest record's processes:\n", out);
	for (uint32_t i = process->n_ancestors; i-- > 0;) {
		const struct event_task *task = &process->ancestors[i];

		print_task(task->pid, task->exe, task->comm, depth++, out);
		fputc('\n', out);
	}
	print_task(process->pid, process->exe, process->comm, depth, out);
	if (process->uid >= 0)
		fprintf(out, ", user %lld", (long long)process->uid);
	if (process->user) {
		fputc(' ', out);
		safely(process->user, out);
	}
	if (process->gid >= 0)
		fprintf(out, ", group %lld", (long long)process->gid);
	if (process->group) {
		fputc(' ', out);
		safely(process->group, out);
	}
	fputc('\n', out);
	line_of("  cgroup", process->cgroup, out);
}

static void print_newest(const struct store_detail *detail, FILE *out)
{
	struct event_record record = {.memory = NULL};

	if (detail->n_records &&
	    event_parse(detail->records[0], strlen(detail->records[0]), &record) == 0 &&
	    record.type == EVENT_VIOLATION && record.event.process)
		print_tree(record.event.process, out);
	event_record_clear(&record);
}

void report_show(const struct store_detail *detail, const char *policy_file,
		 const struct report_look *look, FILE *out)
{
	const struct store_kind *kind = &detail->kind;
	char text[CELL_BYTES], error[16];

	fprintf(out, "%-*s%lld\n", NAMES, "id", (long long)kind->id);
	fprintf(out, "%-*s%s", NAMES, "what",
		kind->verdict ? event_verdict_name(kind->verdict) : "?");
	if (kind->operation) {
		fputc(' ', out);
		safely(kind->operation, out);
	}
	if (kind->object) {
		fputc(' ', out);
		safely(kind->object, out);
	}
	if (kind->error)
		fprintf(out, " = %s", text_errno(kind->error, error));
	fputc('\n', out);
	line_of("policy", kind->policy, out);
	line_of("rule", text_rule(kind, text, sizeof(text)), out);
	line_of("why", kind->why, out);
	line_of("program", kind->exe, out);
	line_of("container", kind->container, out);
	line_of("host", kind->host, out);
	line_of("plane", kind->plane, out);
	print_when(detail, look, out);
	print_source(detail, policy_file, look, out);
	print_arguments(detail, out);
	print_hours(detail, look, out);
	print_newest(detail, out);
	if (detail->n_records)
		fprintf(out, "\n%zu record%s kept whole; --json prints %s\n", detail->n_records,
			detail->n_records == 1 ? " is" : "s are",
			detail->n_records == 1 ? "it" : "them");
}
