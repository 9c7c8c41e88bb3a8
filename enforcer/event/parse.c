/* SPDX-License-Identifier: Apache-2.0 */
/* From a line of JSON back to a record. The line may be anybody's. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "line.h"

/* What is taken of a line: its texts, once more. */
#define MEMORY (2 * EVENT_LINE_MAX)
#define SECOND 1000000000

struct reader {
	struct arena *memory;
	int error; /* the first; nothing is read behind it */
};

static void fail(struct reader *reader, int error)
{
	if (!reader->error)
		reader->error = error;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Turns each \xNN of a byte above ASCII into that byte; how long the text is then. */
static size_t take_bytes(const char *text, size_t length, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < length; i++) {
		int high = -1, low = -1;

		if (length - i >= 4 && text[i] == '\\' && text[i + 1] == 'x') {
			high = hex_digit(text[i + 2]);
			low = hex_digit(text[i + 3]);
		}
		if (high >= 8 && low >= 0) {
			out[n++] = (char)(high << 4 | low);
			i += 3;
		} else {
			out[n++] = text[i];
		}
	}
	out[n] = '\0';
	return n;
}

/* Would the two be written alike? Only then was one of them written for the other. */
static bool same_json(const char *left, const char *right)
{
	struct event_line a = {0}, b = {0};
	bool same;

	line_json(&a, left);
	line_json(&b, right);
	same = !a.error && !b.error && a.length == b.length &&
	       memcmp(a.data, b.data, a.length) == 0;
	event_line_clear(&a);
	event_line_clear(&b);
	return same;
}

static const char *keep_text(struct reader *reader, const json_t *value)
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);
	char *copy = arena_strndup(reader->memory, text, length);

	if (!copy) {
		fail(reader, -ENOMEM);
		return NULL;
	}
	if (strstr(text, "\\x")) {
		take_bytes(text, length, copy);
		if (!same_json(text, copy))
			memcpy(copy, text, length + 1);
	}
	return copy;
}

/* A text, or NULL where it is null or missing. */
static const char *read_text(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return NULL;
	if (!json_is_string(value)) {
		fail(reader, -EINVAL);
		return NULL;
	}
	return keep_text(reader, value);
}

/* A number of at least 0 and at most `most`, or `missing`. */
static int64_t read_number(struct reader *reader, const json_t *object, const char *key,
			   int64_t most, int64_t missing)
{
	const json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return missing;
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > most) {
		fail(reader, -EINVAL);
		return missing;
	}
	return json_integer_value(value);
}

/* `digits` digits and `after` at *at; -1: something else is there. */
static int64_t take_digits(const char **at, int digits, char after)
{
	const char *p = *at;
	int64_t value = 0;

	for (int i = 0; i < digits; i++, p++) {
		if (*p < '0' || *p > '9')
			return -1;
		value = value * 10 + (*p - '0');
	}
	if (*p != after)
		return -1;
	*at = p + 1;
	return value;
}

static int64_t days_to(int64_t year, int64_t month, int64_t day)
{
	/* Years that begin in March, as line_time() has them. */
	int64_t y = year - (month <= 2), m = month > 2 ? month - 3 : month + 9;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* "2026-11-22T07:00:00.123456789Z" */
static bool take_time(const char *text, struct timespec *ret_time)
{
	int64_t year = take_digits(&text, 4, '-');
	int64_t month = year < 1970 ? -1 : take_digits(&text, 2, '-');
	int64_t day = month < 1 || month > 12 ? -1 : take_digits(&text, 2, 'T');
	int64_t hour = day < 1 || day > 31 ? -1 : take_digits(&text, 2, ':');
	int64_t minute = hour < 0 || hour > 23 ? -1 : take_digits(&text, 2, ':');
	int64_t second = minute < 0 || minute > 59 ? -1 : take_digits(&text, 2, '.');
	int64_t nanosecond = second < 0 || second > 60 ? -1 : take_digits(&text, 9, 'Z');

	if (nanosecond < 0 || *text)
		return false;
	ret_time->tv_sec = days_to(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	ret_time->tv_nsec = nanosecond;
	return true;
}

static struct timespec read_time(struct reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	struct timespec time = {0};

	if (value && !json_is_null(value) &&
	    (!json_is_string(value) || !take_time(json_string_value(value), &time)))
		fail(reader, -EINVAL);
	return time;
}

/* "web.yaml:27" */
static void read_rule(struct reader *reader, const json_t *object, const char **ret_file,
		      unsigned *ret_line)
{
	char *text = (char *)read_text(reader, object, "rule");
	char *colon = text ? strrchr(text, ':') : NULL;
	unsigned long line;
	char *end;

	*ret_file = text;
	*ret_line = 0;
	if (!colon || colon[1] < '1' || colon[1] > '9')
		return;
	line = strtoul(colon + 1, &end, 10);
	if (*end || line > UINT_MAX)
		return;
	*colon = '\0';
	*ret_line = (unsigned)line;
}

static enum policy_class read_class(struct reader *reader, const json_t *object)
{
	const char *name = read_text(reader, object, "class");
	int class;

	for (class = CLASS_SYSCALLS; name && class < CLASS_END; class ++)
		if (strcmp(policy_class_name((enum policy_class) class), name) == 0)
			return (enum policy_class) class;
	if (name)
		fail(reader, -EINVAL);
	return (enum policy_class)0;
}

static enum event_verdict read_verdict(struct reader *reader, const json_t *object)
{
	const char *name = read_text(reader, object, "verdict");
	int verdict;

	for (verdict = VERDICT_DENIED; name && verdict <= VERDICT_AUDITED; verdict++)
		if (strcmp(event_verdict_name((enum event_verdict)verdict), name) == 0)
			return (enum event_verdict)verdict;
	fail(reader, -EINVAL);
	return VERDICT_DENIED;
}

static int read_errno(struct reader *reader, const json_t *object)
{
	const char *name = read_text(reader, object, "errno");
	int error = 0;
	long number;
	char *end;

	if (!name || names_errno_value(name, &error) == 0)
		return error;
	number = strtol(name, &end, 10);
	if (*end || number <= 0 || number > 4095)
		fail(reader, -EINVAL);
	return (int)number;
}

/* Was this written of an address? */
static bool is_address(const struct name_arg *arg, const json_t *value)
{
	const char *text = json_string_value(value);
	char *end;
	unsigned long long number;

	if (!text || strncmp(text, "0x", 2) != 0)
		return false;
	number = strtoull(text, &end, 16);
	return !*end && event_arg_is_address(arg, number);
}

/* One argument, behind those that are there; false: it is neither text nor number. */
static bool write_argument(struct event_line *line, const char *name, const json_t *value)
{
	if (!json_is_string(value) && !json_is_integer(value))
		return false;
	if (line->length > 1)
		line_string(line, ",");
	line_json(line, name);
	line_string(line, ":");
	if (json_is_string(value))
		line_json(line, json_string_value(value));
	else
		line_printf(line, "%lld", (long long)json_integer_value(value));
	return true;
}

static void read_arguments(struct reader *reader, const struct name_call *call, const json_t *args,
			   struct event_record *record)
{
	struct event_line line = {0};

	if (!call || call->nargs < 0 || !json_is_object(args))
		return;
	line_string(&line, "{");
	for (unsigned i = 0; i < (unsigned)call->nargs && i < CALL_ARGS; i++) {
		const json_t *value = json_object_get(args, call->args[i].name);

		if (!value || call->args[i].kind == KIND_POINTER ||
		    is_address(&call->args[i], value))
			continue;
		if (!write_argument(&line, call->args[i].name, value))
			fail(reader, -EINVAL);
	}
	line_string(&line, "}");
	if (!line.error)
		record->arguments = arena_strndup(reader->memory, line.data, line.length);
	if (!record->arguments)
		fail(reader, -ENOMEM);
	event_line_clear(&line);
}

/* One argument as a number; false: its text says none. */
static bool read_value(enum arch arch, const struct name_arg *arg, const json_t *value,
		       uint64_t *ret_value)
{
	if (json_is_integer(value))
		*ret_value = (uint64_t)json_integer_value(value);
	else if (!json_is_string(value) ||
		 !event_arg_read(arch, json_string_value(value), ret_value))
		return false;
	if (arg && arg->width < 64)
		*ret_value &= ((uint64_t)1 << arg->width) - 1;
	return true;
}

/* All arguments as numbers. False: one that is no address can't be read. */
static bool read_values(const struct name_call *call, const json_t *args,
			struct event_call *ret_call)
{
	bool known = call && call->nargs >= 0;
	unsigned n = known ? (unsigned)call->nargs : CALL_ARGS;
	char name[8];

	for (unsigned i = 0; i < n && i < CALL_ARGS; i++) {
		const struct name_arg *arg = known ? &call->args[i] : NULL;
		const json_t *value;

		snprintf(name, sizeof(name), "arg%u", i);
		value = json_object_get(args, arg ? arg->name : name);
		ret_call->args[i] = 0;
		if (!value && arg && event_arg_is_address(arg, UINT64_MAX))
			continue;
		if (!read_value(ret_call->arch, arg, value, &ret_call->args[i]))
			return false;
	}
	return true;
}

int event_arguments_read(const char *json, size_t length, struct event_call *call)
{
	const struct name_call *known =
		call->foreign ? NULL : names_call_by_nr(call->arch, call->nr);
	json_t *args = json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL);
	struct event_call read = *call;
	bool good = json_is_object(args) && read_values(known, args, &read);

	json_decref(args);
	if (good)
		*call = read;
	return good ? 0 : -EINVAL;
}

/* "x86_64", or "0x40000028" of an ABI that is none of ours. */
static bool read_arch(const char *name, struct event_call *ret_call)
{
	const char *at = name;
	uint64_t number;

	if (arch_from_name(name, &ret_call->arch) == 0) {
		ret_call->audit_arch = arch_audit(ret_call->arch);
		return true;
	}
	if (!take_word(&at, "0x") || !take_number(&at, 16, &number) || *at || number > UINT32_MAX)
		return false;
	ret_call->foreign = true;
	ret_call->audit_arch = (uint32_t)number;
	return true;
}

/* The call itself, where all of it can be read and name and number are of the same one. */
static void read_call(struct event_record *record, const json_t *args)
{
	struct event_call call = {.nr = record->syscall_nr};
	const struct name_call *known = NULL;

	if (!read_arch(record->arch, &call) || !json_is_object(args))
		return;
	if (!call.foreign)
		known = names_call_by_nr(call.arch, call.nr);
	if ((!known) != (!record->syscall) ||
	    (known && strcmp(known->name, record->syscall) != 0) ||
	    !read_values(known, args, &call))
		return;
	record->event.has_call = true;
	record->event.call = call;
}

static void read_syscall(struct reader *reader, const json_t *object, struct event_record *record)
{
	const json_t *value = json_object_get(object, "syscall"), *number;
	const struct name_call *call = NULL;
	enum arch arch;

	if (!value || json_is_null(value))
		return;
	number = json_object_get(value, "number");
	record->syscall = read_text(reader, value, "name");
	record->arch = read_text(reader, value, "arch");
	if (!json_is_object(value) || !json_is_integer(number) || !record->arch ||
	    json_integer_value(number) < INT32_MIN || json_integer_value(number) > UINT32_MAX) {
		fail(reader, -EINVAL);
		return;
	}
	record->has_syscall = true;
	record->syscall_nr = (uint32_t)json_integer_value(number);
	if (record->syscall && arch_from_name(record->arch, &arch) == 0)
		call = names_call_by_nr(arch, record->syscall_nr);
	read_arguments(reader, call, json_object_get(value, "args"), record);
	read_call(record, json_object_get(value, "args"));
}

static void read_ancestors(struct reader *reader, const json_t *object, struct event_record *record)
{
	const json_t *list = json_object_get(object, "ancestors");
	size_t i, n = json_array_size(list);

	if (list && !json_is_null(list) && !json_is_array(list))
		fail(reader, -EINVAL);
	for (i = 0; i < n && i < EVENT_MAX_ANCESTORS; i++) {
		const json_t *task = json_array_get(list, i);

		record->ancestors[i].pid = (pid_t)read_number(reader, task, "pid", INT_MAX, 0);
		record->ancestors[i].exe = read_text(reader, task, "exe");
		record->ancestors[i].comm = read_text(reader, task, "comm");
	}
	record->process.n_ancestors = (uint32_t)i;
	record->process.ancestors = record->ancestors;
}

static void read_process(struct reader *reader, const json_t *object, struct event_record *record)
{
	const json_t *value = json_object_get(object, "process");
	struct event_process *process = &record->process;
	struct timespec start;

	if (!value || json_is_null(value))
		return;
	if (!json_is_object(value)) {
		fail(reader, -EINVAL);
		return;
	}
	start = read_time(reader, value, "start");
	process->start_ns =
		start.tv_sec > INT64_MAX / SECOND - 1 ? 0 : start.tv_sec * SECOND + start.tv_nsec;
	process->pid = (pid_t)read_number(reader, value, "pid", INT_MAX, 0);
	process->tid = (pid_t)read_number(reader, value, "tid", INT_MAX, 0);
	process->uid = read_number(reader, value, "uid", UINT32_MAX, -1);
	process->gid = read_number(reader, value, "gid", UINT32_MAX, -1);
	process->exe = read_text(reader, value, "exe");
	process->comm = read_text(reader, value, "comm");
	process->user = read_text(reader, value, "user");
	process->group = read_text(reader, value, "group");
	process->cgroup = read_text(reader, value, "cgroup");
	process->container = read_text(reader, value, "container");
	read_ancestors(reader, object, record);
	record->event.process = process;
}

static void read_violation(struct reader *reader, const json_t *object, struct event_record *record)
{
	struct event *event = &record->event;
	int64_t generation = read_number(reader, object, "generation", INT64_MAX, -1);

	record->type = EVENT_VIOLATION;
	event->time = read_time(reader, object, "time");
	event->policy = read_text(reader, object, "policy");
	read_rule(reader, object, &event->rule_file, &event->rule_line);
	event->why = read_text(reader, object, "why");
	event->class = read_class(reader, object);
	event->operation = read_text(reader, object, "operation");
	event->verdict = read_verdict(reader, object);
	event->error = read_errno(reader, object);
	event->plane = read_text(reader, object, "plane");
	event->object = read_text(reader, object, "object");
	event->host = read_text(reader, object, "host");
	event->has_generation = generation >= 0;
	event->generation = generation >= 0 ? (uint64_t)generation : 0;
	event->count = (uint64_t)read_number(reader, object, "count", INT64_MAX, 1);
	if (!event->count)
		fail(reader, -EINVAL);
	read_syscall(reader, object, record);
	read_process(reader, object, record);
}

static void read_record(struct reader *reader, const json_t *object, struct event_record *record)
{
	const json_t *lost = json_object_get(object, "lost");
	const json_t *partial = json_object_get(object, "partial");

	if (json_object_get(object, "verdict")) {
		read_violation(reader, object, record);
	} else if (json_is_object(lost)) {
		record->type = EVENT_LOST;
		record->lost = read_text(reader, lost, "kind");
		record->lost_count = (uint64_t)read_number(reader, lost, "count", INT64_MAX, 0);
		if (!record->lost)
			fail(reader, -EINVAL);
	} else if (json_is_object(partial)) {
		record->type = EVENT_PARTIAL;
		read_rule(reader, partial, &record->partial.rule_file, &record->partial.rule_line);
		record->partial.class = read_text(reader, partial, "class");
		record->partial.reason = read_text(reader, partial, "reason");
		if (!record->partial.class || !record->partial.reason)
			fail(reader, -EINVAL);
	} else {
		record->type = EVENT_ERROR;
		record->error = read_text(reader, object, "error");
		if (!record->error)
			fail(reader, -EINVAL);
	}
}

void event_record_clear(struct event_record *record)
{
	arena_free(record->memory);
	*record = (struct event_record){0};
}

int event_parse(const char *line, size_t length, struct event_record *record)
{
	struct reader reader = {0};
	json_error_t error;
	json_t *object;

	event_record_clear(record);
	if (length > EVENT_LINE_MAX)
		return -EMSGSIZE;
	object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(object)) {
		json_decref(object);
		return -EINVAL;
	}
	if (arena_new(MEMORY, &record->memory) < 0) {
		json_decref(object);
		return -ENOMEM;
	}
	reader.memory = record->memory;
	read_record(&reader, object, record);
	json_decref(object);
	if (reader.error)
		event_record_clear(record);
	return reader.error;
}
