/* SPDX-License-Identifier: Apache-2.0 */
/* The page: what page/ has, around the document, in which the worst kinds are told whole. */
#include <errno.h>
#include <string.h>

#include "room.h"

extern const char page_head[], page_tail[]; /* made by gen-page.py */

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
	fputc(']', json->out);
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
	fputs(page_tail, out);
	event_line_clear(&json.line);
	return r < 0 ? r : json.error;
}
