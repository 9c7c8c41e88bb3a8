/* SPDX-License-Identifier: Apache-2.0 */
/* The document. Texts are written as events have them: any bytes come out as valid JSON. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "room.h"

static void raw(struct json *json, const char *text)
{
	fputs(text, json->out);
}

void json_text(struct json *json, const char *text)
{
	const char *p;

	if (event_json_text(text, &json->line) < 0) {
		json->error = -ENOMEM;
		raw(json, "null");
		return;
	}
	if (!json->inside_script) {
		fwrite(json->line.data, 1, json->line.length, json->out);
		return;
	}
	/* No text may end the script, or begin a comment in it. */
	for (p = json->line.data; p < json->line.data + json->line.length; p++)
		if (*p == '<' || *p == '>' || *p == '&')
			fprintf(json->out, "\\u%04x", *p);
		else
			fputc(*p, json->out);
}

void json_key(struct json *json, const char *key)
{
	fprintf(json->out, "\"%s\":", key);
}

static void field(struct json *json, const char *key, const char *text)
{
	raw(json, ",");
	json_key(json, key);
	json_text(json, text);
}

static void number(struct json *json, const char *key, uint64_t value)
{
	fprintf(json->out, ",\"%s\":%llu", key, (unsigned long long)value);
}

void json_time(struct json *json, int64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm parts;
	char text[TIME_BYTES];

	if (!ns || !gmtime_r(&seconds, &parts) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts)) {
		raw(json, "null");
		return;
	}
	fprintf(json->out, "\"%s.%09lldZ\"", text, (long long)(ns % 1000000000));
}

static void time_field(struct json *json, const char *key, int64_t ns)
{
	raw(json, ",");
	json_key(json, key);
	json_time(json, ns);
}

static const char *class_name(const struct store_kind *kind)
{
	return kind->class ? policy_class_name(kind->class) : NULL;
}

static const char *verdict_name(const struct store_kind *kind)
{
	return kind->verdict ? event_verdict_name(kind->verdict) : NULL;
}

void json_kind(struct json *json, const struct store_kind *kind, bool grouped)
{
	char rule[CELL_BYTES], error[16];

	raw(json, "{");
	if (grouped)
		fprintf(json->out, "\"kinds\":%llu", (unsigned long long)kind->kinds);
	else
		fprintf(json->out, "\"id\":%lld", (long long)kind->id);
	number(json, "count", kind->count);
	number(json, "total", kind->total);
	time_field(json, "first", kind->first);
	time_field(json, "last", kind->last);
	field(json, "verdict", verdict_name(kind));
	field(json, "policy", kind->policy);
	field(json, "rule", text_rule(kind, rule, sizeof(rule)));
	field(json, "why", kind->why);
	field(json, "class", class_name(kind));
	field(json, "operation", kind->operation);
	field(json, "object", kind->object);
	field(json, "errno", text_errno(kind->error, error));
	field(json, "plane", kind->plane);
	field(json, "exe", kind->exe);
	field(json, "container", kind->container);
	field(json, "host", kind->host);
	if (!grouped && kind->acked_at) {
		raw(json, ",\"acked\":{\"at\":");
		json_time(json, kind->acked_at);
		number(json, "total", kind->acked_count);
		field(json, "note", kind->note);
		raw(json, "}");
	} else if (!grouped) {
		raw(json, ",\"acked\":null");
	}
}

static void summary(struct json *json, const struct report *report)
{
	const struct store_summary *s = &report->summary;

	fprintf(json->out, "\"summary\":{\"policies\":%llu", (unsigned long long)s->policies);
	number(json, "kinds", s->kinds);
	number(json, "new", s->new_kinds);
	number(json, "violations", s->violations);
	number(json, "denied", s->of_verdict[VERDICT_DENIED]);
	number(json, "killed", s->of_verdict[VERDICT_KILLED]);
	number(json, "would_deny", s->of_verdict[VERDICT_WOULD_DENY]);
	number(json, "audited", s->of_verdict[VERDICT_AUDITED]);
	number(json, "lost", s->lost);
	time_field(json, "first", s->first);
	time_field(json, "last", s->last);
	raw(json, "}");
}

void json_losses(struct json *json, const struct report *report)
{
	raw(json, "\"lost\":[");
	for (size_t i = 0; i < report->n_losses; i++) {
		raw(json, i ? ",{\"kind\":" : "{\"kind\":");
		json_text(json, report->losses[i].kind);
		number(json, "count", report->losses[i].count);
		time_field(json, "first", report->losses[i].first_hour * 3600 * 1000000000ll);
		time_field(json, "last", report->losses[i].last_hour * 3600 * 1000000000ll);
		raw(json, "}");
	}
	raw(json, "]");
}

void json_head(struct json *json, const struct report *report, const struct report_look *look)
{
	raw(json, "{\"generated\":");
	json_time(json, look->now);
	raw(json, ",\"since\":");
	json_time(json, report->filter.since);
	raw(json, ",\"until\":");
	json_time(json, report->filter.until);
	raw(json, ",");
	summary(json, report);
}

int report_json(const struct report *report, const struct report_look *look, FILE *out)
{
	struct json json = {.out = out};

	json_head(&json, report, look);
	raw(&json, ",\"kinds\":[");
	for (size_t i = 0; i < report->n_kinds; i++) {
		raw(&json, i ? ",\n" : "\n");
		json_kind(&json, &report->kinds[i], report->filter.by != 0);
		raw(&json, "}");
	}
	raw(&json, "],\n");
	json_losses(&json, report);
	raw(&json, "}\n");
	event_line_clear(&json.line);
	return json.error;
}

/* An imported one is as it came: JSON, but with any bytes. One that is no record tells nothing. The page has
 * texts, to be shown as they are. */
static void put_record(struct json *json, const char *record)
{
	int r = event_json_again(record, strlen(record), &json->line);

	if (r == -ENOMEM)
		json->error = r;
	if (json->inside_script)
		json_text(json, r < 0 ? "{}" : record);
	else if (r < 0)
		raw(json, "null");
	else
		fwrite(json->line.data, 1, json->line.length, json->out);
}

void json_detail(struct json *json, const struct store_detail *detail)
{
	size_t i;

	raw(json, ",\"hours\":[");
	for (i = 0; i < detail->n_hours; i++)
		fprintf(json->out, "%s[%lld,%llu]", i ? "," : "",
			(long long)detail->hours[i].hour * 3600,
			(unsigned long long)detail->hours[i].count);
	raw(json, "],\"arguments\":[");
	for (i = 0; i < detail->n_arguments; i++) {
		/* JSON already, or all the others */
		fprintf(json->out, "%s{\"arguments\":", i ? "," : "");
		json_text(json, detail->arguments[i].json);
		number(json, "count", detail->arguments[i].count);
		raw(json, "}");
	}
	raw(json, "],\"records\":[");
	for (i = 0; i < detail->n_records; i++) {
		raw(json, i ? ",\n" : "\n");
		put_record(json, detail->records[i]);
	}
	raw(json, "]");
}

int report_show_json(const struct store_detail *detail, FILE *out)
{
	struct json json = {.out = out};

	json_kind(&json, &detail->kind, false);
	json_detail(&json, detail);
	raw(&json, "}\n");
	event_line_clear(&json.line);
	return json.error;
}
