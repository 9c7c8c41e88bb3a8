/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was seen of a kind, as events again: its records and the arguments that were counted, as calls; or
 * the kind itself, as what a hook was asked.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

void seen_clear(struct seen *seen)
{
	for (size_t i = 0; i < ARRAY_LEN(seen->records); i++)
		event_record_clear(&seen->records[i]);
	free(seen->events);
	*seen = (struct seen){.n = 0};
}

static bool same_call(const struct event *a, const struct event *b)
{
	return a->call.foreign == b->call.foreign && a->call.nr == b->call.nr &&
	       a->call.audit_arch == b->call.audit_arch;
}

static void add(struct seen *seen, const struct event *event)
{
	if (seen->n == SUGGEST_MAX_EVENTS)
		return;
	seen->events[seen->n] = *event;
	seen->list[seen->n] = &seen->events[seen->n];
	seen->n++;
}

/* Of the newest call, and of those records that are of the same. */
static void add_records(const struct store_detail *detail, struct seen *seen)
{
	size_t kept = 0;

	for (size_t i = 0; i < detail->n_records && kept < ARRAY_LEN(seen->records); i++) {
		struct event_record *record = &seen->records[kept];

		if (event_parse(detail->records[i], strlen(detail->records[i]), record) < 0 ||
		    record->type != EVENT_VIOLATION || !record->has_syscall)
			continue;
		seen->calls = true;
		if (!record->event.has_call)
			seen->unread++;
		else if (seen->n && !same_call(&seen->events[0], &record->event))
			seen->other_calls++;
		else
			add(seen, &record->event);
		kept++;
	}
}

static bool is_known(const struct seen *seen, const char *json, size_t n, struct event_line *line)
{
	for (size_t i = 0; i < n; i++)
		if (event_arguments(&seen->events[i], line) == 0 && strcmp(line->data, json) == 0)
			return true;
	return false;
}

/* Records are the newest; arguments are of all that came. */
static void add_arguments(const struct store_detail *detail, struct seen *seen)
{
	struct event_line line = {0};
	size_t records = seen->n;

	for (size_t i = 0; i < detail->n_arguments; i++) {
		const char *json = detail->arguments[i].json;
		struct event event = seen->events[0];

		if (!json)
			seen->others += detail->arguments[i].count;
		else if (is_known(seen, json, records, &line))
			continue;
		else if (event_arguments_read(json, strlen(json), &event.call) < 0)
			seen->unread++;
		else
			add(seen, &event);
	}
	event_line_clear(&line);
}

static void add_kind(const struct store_kind *kind, struct seen *seen)
{
	const struct event event = {
		.policy = kind->policy,
		.class = kind->class,
		.verdict = kind->verdict,
		.plane = kind->plane,
		.operation = kind->operation,
		.object = kind->object,
		.process = &seen->process,
		.count = 1,
	};

	seen->process = (struct event_process){.uid = -1, .gid = -1, .exe = kind->exe};
	add(seen, &event);
}

int seen_read(const struct store_detail *detail, struct seen *ret_seen)
{
	*ret_seen = (struct seen){.n = 0};
	ret_seen->events = calloc(SUGGEST_MAX_EVENTS, sizeof(*ret_seen->events));
	if (!ret_seen->events)
		return -ENOMEM;
	add_records(detail, ret_seen);
	if (ret_seen->n)
		add_arguments(detail, ret_seen);
	else if (!ret_seen->calls)
		add_kind(&detail->kind, ret_seen);
	return 0;
}
