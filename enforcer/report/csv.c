/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
#include <string.h>

#include "room.h"

static void cell(const char *text, FILE *out)
{
	char safe[CELL_BYTES];
	const char *p;

	if (!text)
		return;
	escape_text(text, strnlen(text, CELL_BYTES / 4 - 1), safe, sizeof(safe));
	fputc('"', out);
	if (strchr("=+-@", safe[0]) && safe[0])
		fputc('\'', out);
	for (p = safe; *p; p++) {
		if (*p == '"')
			fputc('"', out);
		fputc(*p, out);
	}
	fputc('"', out);
}

static void next(const char *text, FILE *out)
{
	fputc(',', out);
	cell(text, out);
}

void report_csv(const struct report *report, FILE *out)
{
	char text[CELL_BYTES], error[16];

	fputs("id,kinds,count,first,last,verdict,policy,rule,why,class,operation,object,errno,"
	      "plane,"
	      "exe,container,host,acked,note\r\n",
	      out);
	for (size_t i = 0; i < report->n_kinds; i++) {
		const struct store_kind *kind = &report->kinds[i];

		if (!report->filter.by)
			fprintf(out, "%lld", (long long)kind->id);
		fprintf(out, ",%llu,%llu", (unsigned long long)kind->kinds,
			(unsigned long long)kind->count);
		text_time(kind->first, false, text);
		next(text, out);
		text_time(kind->last, false, text);
		next(text, out);
		next(kind->verdict ? event_verdict_name(kind->verdict) : NULL, out);
		next(kind->policy, out);
		next(text_rule(kind, text, sizeof(text)), out);
		next(kind->why, out);
		next(kind->class ? policy_class_name(kind->class) : NULL, out);
		next(kind->operation, out);
		next(kind->object, out);
		next(text_errno(kind->error, error), out);
		next(kind->plane, out);
		next(kind->exe, out);
		next(kind->container, out);
		next(kind->host, out);
		text_time(kind->acked_at, false, text);
		next(kind->acked_at ? text : NULL, out);
		next(kind->note, out);
		fputs("\r\n", out);
	}
}
