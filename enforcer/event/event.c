/* SPDX-License-Identifier: Apache-2.0 */
/* A violation as JSON. Field names and their order are the contract's. */
#include "bailiff/event.h"

#include <errno.h>
#include <string.h>

#include "line.h"

#define DIGITS_MAX 15 /* of a JSON number that every reader keeps exactly (below 2^53) */

const char *event_verdict_name(enum event_verdict verdict)
{
	switch (verdict) {
	case VERDICT_DENIED:
		return "denied";
	case VERDICT_KILLED:
		return "killed";
	case VERDICT_WOULD_DENY:
		return "would-deny";
	case VERDICT_AUDITED:
		return "audited";
	}
	return "?";
}

const struct name_call *event_call_name(const struct event *event)
{
	if (!event->has_call || event->call.foreign)
		return NULL;
	return names_call_by_nr(event->call.arch, event->call.nr);
}

#define SMALLEST_ADDRESS 4096 /* the first page is never mapped */

bool event_arg_is_address(const struct name_arg *arg, uint64_t value)
{
	if (arg->kind == KIND_POINTER)
		return true;
	return arg->kind == KIND_SCALAR && strncmp(arg->name, "arg", 3) == 0 &&
	       strcmp(arg->type, "unsigned long") == 0 && value >= SMALLEST_ADDRESS;
}

bool event_arg(enum arch arch, const struct name_call *call, unsigned arg, uint64_t value,
	       char *out, size_t size)
{
	if (names_decode(arch, call, arg, value, out, size))
		return true;
	if (!event_arg_is_address(&call->args[arg], value))
		return false;
	if (call->args[arg].width < 64)
		value &= (1ull << call->args[arg].width) - 1;
	snprintf(out, size, "0x%llx", (unsigned long long)value);
	return true;
}

static void json_key(struct event_line *line, const char *key)
{
	line_string(line, "\"");
	line_string(line, key);
	line_string(line, "\":");
}

static void json_field(struct event_line *line, const char *key, const char *text)
{
	json_key(line, key);
	line_json(line, text);
	line_string(line, ",");
}

/* A number, or null below `least`. */
static void json_number(struct event_line *line, const char *key, int64_t value, int64_t least)
{
	json_key(line, key);
	if (value < least || value < 0)
		line_string(line, "null,");
	else {
		line_number(line, (uint64_t)value);
		line_string(line, ",");
	}
}

/* "web.yaml:27", or null. */
static void json_rule(struct event_line *line, const char *file, unsigned number)
{
	line_string(line, "\"rule\":");
	line_json(line, file);
	if (file && number && !line->error) {
		line->length--; /* the closing quote */
		line_string(line, ":");
		line_number(line, number);
		line_string(line, "\"");
	}
	line_string(line, ",");
}

static void json_args(const struct event *event, const struct name_call *call,
		      struct event_line *line)
{
	bool known = call && call->nargs >= 0;
	unsigned i, n = known ? (unsigned)call->nargs : CALL_ARGS;
	char text[EVENT_ARG_TEXT];

	line_string(line, "{");
	for (i = 0; i < n && i < CALL_ARGS; i++) {
		if (i)
			line_string(line, ",");
		if (!known) {
			line_printf(line, "\"arg%u\":\"0x%llx\"", i,
				    (unsigned long long)event->call.args[i]);
			continue;
		}
		line_json(line, call->args[i].name);
		line_string(line, ":");
		if (event_arg(event->call.arch, call, i, event->call.args[i], text, sizeof(text)) ||
		    strlen(text) > DIGITS_MAX)
			line_json(line, text);
		else
			line_string(line, text);
	}
	line_string(line, "}");
}

int event_arguments(const struct event *event, struct event_line *line)
{
	const struct name_call *call = event_call_name(event);
	const char *comma = "";
	char text[EVENT_ARG_TEXT];

	if (!call || call->nargs < 0)
		return -ENOENT;
	line_start(line);
	line_string(line, "{");
	for (unsigned i = 0; i < (unsigned)call->nargs && i < CALL_ARGS; i++) {
		bool word;

		if (event_arg_is_address(&call->args[i], event->call.args[i]))
			continue;
		word = event_arg(event->call.arch, call, i, event->call.args[i], text,
				 sizeof(text)) ||
		       strlen(text) > DIGITS_MAX;
		line_string(line, comma);
		line_json(line, call->args[i].name);
		line_string(line, ":");
		if (word)
			line_json(line, text);
		else
			line_string(line, text);
		comma = ",";
	}
	line_string(line, "}");
	return line_close(line);
}

static void json_call(const struct event *event, struct event_line *line)
{
	const struct name_call *call = event_call_name(event);

	line_string(line, "\"syscall\":");
	if (!event->has_call) {
		line_string(line, "null,");
		return;
	}
	line_string(line, "{");
	json_field(line, "name", call ? call->name : NULL);
	line_printf(line, "\"number\":%d,\"arch\":", (int)event->call.nr);
	if (event->call.foreign)
		line_printf(line, "\"0x%x\"", event->call.audit_arch);
	else
		line_json(line, arch_name(event->call.arch));
	line_string(line, ",\"args\":");
	json_args(event, call, line);
	line_string(line, "},");
}

static void json_process(const struct event_process *process, struct event_line *line)
{
	struct timespec start;

	line_string(line, "\"process\":");
	if (!process) {
		line_string(line, "null,");
		return;
	}
	line_string(line, "{");
	json_number(line, "pid", process->pid, 1);
	json_number(line, "tid", process->tid, 1);
	start.tv_sec = process->start_ns / 1000000000;
	start.tv_nsec = process->start_ns % 1000000000;
	line_string(line, "\"start\":");
	if (process->start_ns > 0)
		line_time(line, &start);
	else
		line_string(line, "null");
	line_string(line, ",");
	json_field(line, "exe", process->exe);
	json_field(line, "comm", process->comm);
	json_number(line, "uid", process->uid, 0);
	json_field(line, "user", process->user);
	json_number(line, "gid", process->gid, 0);
	json_field(line, "group", process->group);
	json_field(line, "cgroup", process->cgroup);
	line_string(line, "\"container\":");
	line_json(line, process->container);
	line_string(line, "},");
}

static void json_ancestors(const struct event_process *process, struct event_line *line)
{
	uint32_t i;

	line_string(line, "\"ancestors\":[");
	for (i = 0; process && i < process->n_ancestors; i++) {
		line_string(line, i ? ",{" : "{");
		json_number(line, "pid", process->ancestors[i].pid, 1);
		json_field(line, "exe", process->ancestors[i].exe);
		line_string(line, "\"comm\":");
		line_json(line, process->ancestors[i].comm);
		line_string(line, "}");
	}
	line_string(line, "],");
}

static void json_errno(int error, struct event_line *line)
{
	const char *name = error ? names_errno(error) : NULL;

	if (error && !name)
		line_printf(line, "\"errno\":\"%d\",", error);
	else
		json_field(line, "errno", name);
}

int event_json(const struct event *event, struct event_line *line)
{
	const struct name_call *call = event_call_name(event);

	line_start(line);
	line_string(line, "{\"time\":");
	line_time(line, &event->time);
	line_string(line, ",");
	json_field(line, "policy", event->policy);
	json_rule(line, event->rule_file, event->rule_line);
	json_field(line, "why", event->why);
	json_field(line, "class", event->class ? policy_class_name(event->class) : NULL);
	json_field(line, "operation",
		   event->operation ? event->operation
		   : call	    ? call->name
				    : NULL);
	json_field(line, "verdict", event_verdict_name(event->verdict));
	json_errno(event->error, line);
	json_field(line, "plane", event->plane);
	json_call(event, line);
	json_field(line, "object", event->object);
	json_process(event->process, line);
	json_ancestors(event->process, line);
	json_field(line, "host", event->host);
	line_string(line, "\"generation\":");
	if (event->has_generation)
		line_number(line, event->generation);
	else
		line_string(line, "null");
	line_string(line, ",\"count\":");
	line_number(line, event->count);
	line_string(line, "}");
	return line_end(line);
}

int event_json_lost(const char *kind, uint64_t count, struct event_line *line)
{
	line_start(line);
	line_string(line, "{\"lost\":{\"kind\":");
	line_json(line, kind);
	line_printf(line, ",\"count\":%llu}}", (unsigned long long)count);
	return line_end(line);
}

int event_json_text(const char *text, struct event_line *line)
{
	line_start(line);
	line_json(line, text);
	return line_close(line);
}

int event_json_again(const char *record, size_t length, struct event_line *line)
{
	CLEANUP(event_record_clear) struct event_record read = {.memory = NULL};
	int r = event_parse(record, length, &read);

	if (r < 0)
		return r;
	line_start(line);
	line_json_again(line, record, length);
	return line_close(line);
}

int event_json_error(const char *why, struct event_line *line)
{
	line_start(line);
	line_string(line, "{\"error\":");
	line_json(line, why);
	line_string(line, "}");
	return line_end(line);
}

int event_json_partial(const struct event_partial *partial, struct event_line *line)
{
	line_start(line);
	line_string(line, "{\"partial\":{");
	json_rule(line, partial->rule_file, partial->rule_line);
	json_field(line, "class", partial->class);
	line_string(line, "\"reason\":");
	line_json(line, partial->reason);
	line_string(line, "}}");
	return line_end(line);
}
