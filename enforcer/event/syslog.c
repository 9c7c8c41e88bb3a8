/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of the logs that hosts have: RFC 5424, and the native protocol of systemd's journal. */
#include <endian.h>
#include <stdio.h>
#include <string.h>

#include "line.h"

#define VALUE_MAX 1024u /* bytes of one text, before it is escaped */
/* RFC 5424: an SD-ID of one's own has a private enterprise number; this one is for documentation. */
#define SD_ID "bailiff@32473"
/* Facility authpriv (10); severities as in syslog(3). */
#define FACILITY 10
#define WARNING	 4
#define NOTICE	 5
#define INFO	 6
/* Of our own making, as journald wants: the same for all messages of a kind. */
#define ID_VIOLATION "6a1f6be0cd4c4a4b9a2f8d7c10e3b572"
#define ID_LOST	     "f20c4d3b57ae4d6f8e91c0a76b2d1e49"

static int severity(enum event_verdict verdict)
{
	return verdict == VERDICT_WOULD_DENY ? NOTICE : verdict == VERDICT_AUDITED ? INFO : WARNING;
}

/* What both forms carry, in this order. */
struct field {
	const char *name;    /* of syslog's parameter; the journal's is BAILIFF_NAME */
	const char *journal; /* where it has a name of its own */
	const char *text;    /* NULL: it is not known, and left out */
};

#define FIELDS 21
struct fields {
	struct field field[FIELDS];
	size_t n;
	char rule[512], pid[24], uid[24], gid[24], error[24], generation[24], count[24];
};

static void add(struct fields *fields, const char *name, const char *journal, const char *text)
{
	if (text && fields->n < FIELDS)
		fields->field[fields->n++] = (struct field){name, journal, text};
}

static void number(struct fields *fields, const char *name, const char *journal, char text[24],
		   int64_t value)
{
	snprintf(text, 24, "%lld", (long long)value);
	add(fields, name, journal, text);
}

static void add_process(struct fields *fields, const struct event_process *process)
{
	if (!process)
		return;
	if (process->pid > 0)
		number(fields, "pid", "OBJECT_PID", fields->pid, process->pid);
	if (process->uid >= 0)
		number(fields, "uid", NULL, fields->uid, process->uid);
	add(fields, "exe", NULL, process->exe);
	add(fields, "comm", NULL, process->comm);
	add(fields, "user", NULL, process->user);
	if (process->gid >= 0)
		number(fields, "gid", NULL, fields->gid, process->gid);
	add(fields, "group", NULL, process->group);
	add(fields, "cgroup", NULL, process->cgroup);
	add(fields, "container", NULL, process->container);
}

static void collect(const struct event *event, struct fields *fields)
{
	const struct name_call *call = event_call_name(event);

	fields->n = 0;
	add(fields, "verdict", NULL, event_verdict_name(event->verdict));
	add(fields, "policy", NULL, event->policy);
	if (event->rule_file) {
		snprintf(fields->rule, sizeof(fields->rule), "%.480s:%u", event->rule_file,
			 event->rule_line);
		add(fields, "rule", NULL, fields->rule);
	}
	add(fields, "why", NULL, event->why);
	add(fields, "class", NULL, event->class ? policy_class_name(event->class) : NULL);
	add(fields, "operation", NULL,
	    event->operation ? event->operation
	    : call	     ? call->name
			     : NULL);
	add(fields, "object", NULL, event->object);
	if (event->error)
		number(fields, "errno", "ERRNO", fields->error, event->error);
	add(fields, "plane", NULL, event->plane);
	add_process(fields, event->process);
	if (event->has_generation)
		number(fields, "generation", NULL, fields->generation, (int64_t)event->generation);
	number(fields, "count", NULL, fields->count, (int64_t)event->count);
}

/* --- RFC 5424 ----------------------------------------------------------------------------------- */

/* PARAM-VALUE: what a log should not be given is escaped first, then what ends a value. */
static void put_value(struct event_line *line, const char *text)
{
	char safe[4 * VALUE_MAX + 1], out[2 * sizeof(safe)];
	size_t length = strnlen(text, VALUE_MAX), n = 0;

	length = escape_text(text, length, safe, sizeof(safe));
	for (size_t i = 0; i < length; i++) {
		if (safe[i] == '"' || safe[i] == '\\' || safe[i] == ']')
			out[n++] = '\\';
		out[n++] = safe[i];
	}
	line_bytes(line, out, n);
}

/* A field of the header: printable, no spaces; "-" where there is none. */
static void put_host(struct event_line *line, const char *host)
{
	char out[256];
	size_t n = 0;

	for (; host && *host && n < 255; host++)
		out[n++] = *host > ' ' && *host < 0x7f ? *host : '?';
	if (!n)
		out[n++] = '-';
	line_bytes(line, out, n);
}

static void put_header(struct event_line *line, int level, const struct timespec *time,
		       const char *host, const char *id)
{
	line_start(line);
	line_printf(line, "<%d>1 ", FACILITY * 8 + level);
	line_time_us(line, time);
	line_string(line, " ");
	put_host(line, host);
	line_printf(line, " bailiff - %s ", id);
}

/* Our own readable line, from behind its name. */
static void put_message(struct event_line *line, struct event_line *text)
{
	static const char prefix[] = "bailiff: ";

	if (text->error) {
		line->error = text->error;
		return;
	}
	line_bytes(line, text->data + sizeof(prefix) - 1, text->length - sizeof(prefix));
}

int event_syslog(const struct event *event, struct event_line *line)
{
	CLEANUP(event_line_clear) struct event_line text = {0};
	struct fields fields;

	collect(event, &fields);
	put_header(line, severity(event->verdict), &event->time, event->host,
		   event_verdict_name(event->verdict));
	line_string(line, "[" SD_ID);
	for (size_t i = 0; i < fields.n; i++) {
		line_printf(line, " %s=\"", fields.field[i].name);
		put_value(line, fields.field[i].text);
		line_string(line, "\"");
	}
	line_string(line, "] ");
	(void)event_text(event, &text);
	put_message(line, &text);
	return line_end(line);
}

int event_syslog_lost(const char *kind, uint64_t count, const struct timespec *time,
		      struct event_line *line)
{
	CLEANUP(event_line_clear) struct event_line text = {0};

	put_header(line, WARNING, time, NULL, "lost");
	line_printf(line, "[" SD_ID " lost=\"%s\" count=\"%llu\"] ", kind,
		    (unsigned long long)count);
	(void)event_text_lost(kind, count, &text);
	put_message(line, &text);
	return line_end(line);
}

/* --- The journal ---------------------------------------------------------------------------------- */

/* With its length before it, a value may have any bytes. */
static void put_field(struct event_line *line, const char *name, const char *value, size_t length)
{
	uint64_t size = htole64(length);

	line_string(line, name);
	line_bytes(line, "\n", 1);
	line_bytes(line, (const char *)&size, sizeof(size));
	line_bytes(line, value, length);
	line_bytes(line, "\n", 1);
}

static void put_named(struct event_line *line, const struct field *field)
{
	char name[64] = "BAILIFF_", *at = name + strlen(name);

	if (field->journal) {
		snprintf(name, sizeof(name), "%s", field->journal);
	} else {
		for (const char *p = field->name; *p; p++)
			*at++ = (char)(*p - 'a' + 'A');
		*at = '\0';
	}
	put_field(line, name, field->text, strnlen(field->text, 4 * VALUE_MAX));
}

static void put_start(struct event_line *line, int level, const char *id,
		      const struct event_line *text)
{
	static const char prefix[] = "bailiff: ";

	line_start(line);
	line_printf(line, "SYSLOG_IDENTIFIER=bailiff\nSYSLOG_FACILITY=%d\nPRIORITY=%d\n", FACILITY,
		    level);
	line_printf(line, "MESSAGE_ID=%s\n", id);
	if (text->error)
		line->error = text->error;
	else
		put_field(line, "MESSAGE", text->data + sizeof(prefix) - 1,
			  text->length - sizeof(prefix));
}

int event_journal(const struct event *event, struct event_line *line)
{
	CLEANUP(event_line_clear) struct event_line text = {0};
	struct fields fields;

	collect(event, &fields);
	(void)event_text(event, &text);
	put_start(line, severity(event->verdict), ID_VIOLATION, &text);
	for (size_t i = 0; i < fields.n; i++)
		put_named(line, &fields.field[i]);
	return line->error;
}

int event_journal_lost(const char *kind, uint64_t count, struct event_line *line)
{
	CLEANUP(event_line_clear) struct event_line text = {0};

	(void)event_text_lost(kind, count, &text);
	put_start(line, WARNING, ID_LOST, &text);
	line_printf(line, "BAILIFF_LOST=%s\nBAILIFF_COUNT=%llu\n", kind, (unsigned long long)count);
	return line->error;
}
