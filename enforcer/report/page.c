/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: what page/ has, around what is read where its script does not run, and around the document, in which
 * the worst kinds are told whole.
 */
#include <errno.h>
#include <string.h>

#include "room.h"

extern const char page_head[], page_middle[], page_tail[]; /* made by gen-page.py */

/* --- Without a script ------------------------------------------------------------------------------ */

#define STATIC_COLUMNS 240u /* of a name in a cell; the document has it whole */

static void html(FILE *out, const char *text)
{
	char escaped[CELL_BYTES];

	text_cell(text, STATIC_COLUMNS, escaped, sizeof(escaped));
	for (const char *p = escaped; *p; p++)
		switch (*p) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*p, out);
		}
}

static void cell(FILE *out, const char *title, const char *class, const char *text)
{
	fprintf(out, "<td data-label=\"%s\"%s><span class=\"%s\">", title,
		strcmp(title, "Count") == 0 ? " class=\"number\"" : "", class);
	html(out, text);
	fputs("</span></td>", out);
}

static void static_kind(FILE *out, const struct store_kind *kind)
{
	char rule[CELL_BYTES], count[COUNT_BYTES], last[TIME_BYTES], id[24];

	snprintf(id, sizeof(id), "%lld", (long long)kind->id);
	text_count(kind->count, count);
	text_time(kind->last, false, last);
	fputs("<tr class=\"kind\">", out);
	cell(out, "Kind", "id", id);
	cell(out, "Count", "count", count);
	cell(out, "Verdict", "verdict", kind->verdict ? event_verdict_name(kind->verdict) : NULL);
	cell(out, "Operation", "name", kind->operation);
	cell(out, "Object", "name", kind->object);
	cell(out, "Policy", "name", kind->policy);
	cell(out, "Rule", "name", text_rule(kind, rule, sizeof(rule)));
	cell(out, "Program", "name", kind->exe);
	cell(out, "Container", "name", kind->container);
	cell(out, "Last", "time", last);
	fputs("</tr>\n", out);
}

static void static_losses(FILE *out, const struct report *report)
{
	char count[COUNT_BYTES];

	if (!report->summary.lost)
		return;
	text_count(report->summary.lost, count);
	fprintf(out,
		"<section class=\"lost\"><h2>%s violations are missing from this report</h2><ul>",
		count);
	for (size_t i = 0; i < report->n_losses; i++) {
		text_count(report->losses[i].count, count);
		fprintf(out, "<li>%s ", count);
		html(out, report->losses[i].kind);
		fputs("</li>", out);
	}
	fputs("</ul></section>\n", out);
}

static void put_static(FILE *out, const struct report *report, const struct report_look *look)
{
	static const char *const titles[] = {"Kind",   "Count", "Verdict", "Operation", "Object",
					     "Policy", "Rule",	"Program", "Container", "Last"};
	const struct store_summary *s = &report->summary;
	size_t shown = report->n_kinds < REPORT_PAGE_KINDS ? report->n_kinds : REPORT_PAGE_KINDS;
	char count[COUNT_BYTES], kinds[COUNT_BYTES], time[TIME_BYTES];

	text_count(s->violations, count);
	text_count(s->kinds, kinds);
	text_time(look->now, false, time);
	fprintf(out,
		"<h1>%s violation%s</h1>\n<p>%s kind%s under %llu polic%s. Made by bailiff at "
		"%s.</p>\n",
		count, s->violations == 1 ? "" : "s", kinds, s->kinds == 1 ? "" : "s",
		(unsigned long long)s->policies, s->policies == 1 ? "y" : "ies", time);
	static_losses(out, report);
	if (!shown)
		return;
	fputs("<p>The script of this page, which sorts, filters and tells each kind whole, does "
	      "not run "
	      "here; <code>bailiff report show ID</code> tells one in a terminal.</p>\n"
	      "<table class=\"kinds\"><thead><tr>",
	      out);
	for (size_t i = 0; i < ARRAY_LEN(titles); i++)
		fprintf(out, "<th scope=\"col\"%s>%s</th>",
			strcmp(titles[i], "Count") == 0 ? " class=\"number\"" : "", titles[i]);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < shown; i++)
		static_kind(out, &report->kinds[i]);
	fputs("</tbody></table>\n", out);
	if (shown < s->kinds)
		fprintf(out,
			"<p>%llu more kinds: <code>bailiff report --csv</code> has them.</p>\n",
			(unsigned long long)(s->kinds - shown));
}

/* --- For the script -------------------------------------------------------------------------------- */

static void put_hours(struct json *json, const struct report *report)
{
	static const char *const names[] = {
		[VERDICT_DENIED] = "denied",
		[VERDICT_KILLED] = "killed",
		[VERDICT_WOULD_DENY] = "would-deny",
		[VERDICT_AUDITED] = "audited",
	};

	fputs(",\"hours\":[", json->out);
	for (size_t i = 0; i < report->n_hours; i++) {
		fprintf(json->out, "%s{\"hour\":%lld", i ? "," : "",
			(long long)report->hours[i].hour * 3600);
		for (size_t v = 1; v < ARRAY_LEN(names); v++)
			if (report->hours[i].count[v])
				fprintf(json->out, ",\"%s\":%llu", names[v],
					(unsigned long long)report->hours[i].count[v]);
		fputc('}', json->out);
	}
	fputc(']', json->out);
}

static void put_lines(struct json *json, const struct store_kind *kind)
{
	struct source source;

	source_read(kind->rule_file, kind->rule_line, &source);
	fputs(",\"lines\":[", json->out);
	for (size_t i = 0; i < source.n; i++) {
		fprintf(json->out, "%s[%u,", i ? "," : "", source.line[i].number);
		json_text(json, source.line[i].text);
		fputc(']', json->out);
	}
	fprintf(json->out, "],\"changed\":%s", source.changed > kind->last ? "true" : "false");
	source_clear(&source);
}

static int put_kinds(struct json *json, const struct report *report, struct store *store,
		     struct diag *diag)
{
	for (size_t i = 0; i < report->n_kinds; i++) {
		const struct store_kind *kind = &report->kinds[i];
		struct store_detail *detail = NULL;
		int r;

		fputs(i ? ",\n" : "\n", json->out);
		json_kind(json, kind, false);
		if (i < REPORT_PAGE_KINDS) {
			r = store_show(store, kind->id, diag, &detail);
			if (r < 0)
				return r;
			json_detail(json, detail);
			put_lines(json, kind);
			store_detail_free(detail);
		}
		fputc('}', json->out);
	}
	return 0;
}

int report_page(const struct report *report, struct store *store, const struct report_look *look,
		FILE *out, struct diag *diag)
{
	struct json json = {.out = out, .inside_script = true};
	int r;

	if (report->filter.by) {
		diag_error(diag, NULL, "the page groups by itself; leave --by out");
		return -EINVAL;
	}
	fputs(page_head, out);
	json_head(&json, report, look);
	fputs(",\"kinds\":[", out);
	r = put_kinds(&json, report, store, diag);
	fputs("],\n", out);
	json_losses(&json, report);
	put_hours(&json, report);
	fputs("}", out);
	fputs(page_middle, out);
	put_static(out, report, look);
	fputs(page_tail, out);
	event_line_clear(&json.line);
	return r < 0 ? r : json.error;
}
