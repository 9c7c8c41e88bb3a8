/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

static int cell(const char *text, FILE *out)
{
	size_t length = text ? strlen(text) : 0, size = 4 * length + 1;
	CLEANUP(free_ptr) char *safe = text ? malloc(size) : NULL;
	const char *p;

	if (!safe)
		return text ? -ENOMEM : 0;
	escape_text(text, length, safe, size);
	fputc('"', out);
	if (strchr("=+-@", safe[0]) && safe[0])
		fputc('\'', out);
	for (p = safe; *p; p++) {
		if (*p == '"')
			fputc('"', out);
		fputc(*p, out);
	}
	fputc('"', out);
	return 0;
}

static void next(const char *text, FILE *out, int *error)
{
	int r;

	fputc(',', out);
	r = cell(text, out);
	if (r < 0)
		*error = r;
}

int report_csv(const struct report *report, FILE *out)
{
	char text[CELL_BYTES], name[16];
	int error = 0;

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
		next(text, out, &error);
		text_time(kind->last, false, text);
		next(text, out, &error);
		next(kind->verdict ? event_verdict_name(kind->verdict) : NULL, out, &error);
		next(kind->policy, out, &error);
		next(text_rule(kind, text, sizeof(text)), out, &error);
		next(kind->why, out, &error);
		next(kind->class ? policy_class_name(kind->class) : NULL, out, &error);
		next(kind->operation, out, &error);
		next(kind->object, out, &error);
		next(text_errno(kind->error, name), out, &error);
		next(kind->plane, out, &error);
		next(kind->exe, out, &error);
		next(kind->container, out, &error);
		next(kind->host, out, &error);
		text_time(kind->acked_at, false, text);
		next(kind->acked_at ? text : NULL, out, &error);
		next(kind->note, out, &error);
		fputs("\r\n", out);
	}
	return error;
}
