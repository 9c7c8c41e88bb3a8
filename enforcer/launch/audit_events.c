/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From records to denials. The stream has everybody's: ours are those of the domain whose maker had the
 * mark for its name. That is known after the first denial only, which so waits for it; and each waits for
 * the record that says whose it was. What waits for too long, or is too many, goes: told as far as it
 * is known, if it is ours for sure, and else not at all. What was not told is known at the end, when the
 * kernel says how many there were.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

struct pending {
	int64_t since;
	bool has_task;
	struct audit_record denial, task;
};

struct audit_events {
	audit_tell *tell;
	void *context;
	char mark[AUDIT_COMM];
	pid_t maker;	 /* 0: not known yet */
	uint64_t domain; /* 0: not heard of */
	uint64_t told, denials;
	bool gone;
	unsigned count;
	struct pending *
		order[AUDIT_PENDING]; /* the oldest first; behind `count` are those that are free */
	struct pending *slots;	      /* NULL before the first */
};

int audit_events_new(const char *mark, audit_tell *tell, void *context,
		     struct audit_events **ret_events)
{
	struct audit_events *events = calloc(1, sizeof(*events));

	if (!events)
		return -ENOMEM;
	snprintf(events->mark, sizeof(events->mark), "%s", mark);
	events->tell = tell;
	events->context = context;
	*ret_events = events;
	return 0;
}

void audit_events_free(struct audit_events *events)
{
	if (events)
		free(events->slots);
	free(events);
}

void audit_events_maker(struct audit_events *events, pid_t pid)
{
	events->maker = pid;
}

static void tell(struct audit_events *events, const struct audit_record *denial,
		 const struct audit_record *task)
{
	events->told++;
	events->tell(events->context, denial, task);
}

/* The one at `i` goes. */
static void drop(struct audit_events *events, unsigned i)
{
	struct pending *pending = events->order[i];

	if (pending->denial.domain == events->domain)
		tell(events, &pending->denial, pending->has_task ? &pending->task : NULL);
	events->count--;
	memmove(&events->order[i], &events->order[i + 1],
		(events->count - i) * sizeof(events->order[0]));
	events->order[events->count] = pending;
}

static bool make_room(struct audit_events *events)
{
	if (!events->slots) {
		events->slots = calloc(AUDIT_PENDING, sizeof(*events->slots));
		for (unsigned i = 0; events->slots && i < AUDIT_PENDING; i++)
			events->order[i] = &events->slots[i];
	}
	if (events->count == AUDIT_PENDING)
		drop(events, 0);
	return events->slots != NULL;
}

static void wait_for_more(struct audit_events *events, const struct audit_record *denial,
			  int64_t now)
{
	struct pending *pending;

	if (!make_room(events)) {
		if (denial->domain == events->domain)
			tell(events, denial, NULL);
		return;
	}
	pending = events->order[events->count++];
	pending->since = now;
	pending->has_task = false;
	pending->denial = *denial;
}

/* Somebody's domain; ours, if all that is known of its maker fits. */
static void meet(struct audit_events *events, const struct audit_record *record)
{
	bool ours = strcmp(record->comm, events->mark) == 0 &&
		    (!events->maker || record->pid == events->maker);

	if (ours && !events->domain)
		events->domain = record->domain;
	for (unsigned i = events->count; i-- > 0;) {
		struct pending *pending = events->order[i];

		if (pending->denial.domain == record->domain && !ours)
			drop(events, i);
	}
	/* Now that ours is known, all that wait for it are, and nobody else's. */
	for (unsigned i = 0; ours && i < events->count;) {
		struct pending *pending = events->order[i];

		if (pending->denial.domain != events->domain || pending->has_task)
			drop(events, i);
		else
			i++;
	}
}

/* Who it was, of all denials of one event. */
static void attribute(struct audit_events *events, const struct audit_record *task)
{
	for (unsigned i = 0; i < events->count;) {
		struct pending *pending = events->order[i];

		if (pending->denial.serial == task->serial && !pending->has_task) {
			pending->has_task = task->type == AUDIT_TASK;
			if (pending->has_task)
				pending->task = *task;
			if (pending->denial.domain == events->domain) {
				drop(events, i);
				continue;
			}
		}
		i++;
	}
}

void audit_events_take(struct audit_events *events, const struct audit_record *record, int64_t now)
{
	switch (record->type) {
	case AUDIT_ACCESS:
		if (!events->gone && (!events->domain || record->domain == events->domain))
			wait_for_more(events, record, now);
		return;
	case AUDIT_MADE:
		meet(events, record);
		return;
	case AUDIT_TASK:
	case AUDIT_DONE:
		attribute(events, record);
		return;
	case AUDIT_GONE:
		if (!events->domain || record->domain != events->domain)
			return;
		audit_events_flush(events, INT64_MAX);
		events->denials = record->denials;
		events->gone = true;
		return;
	}
}

int64_t audit_events_due(const struct audit_events *events)
{
	return events->count ? events->order[0]->since + AUDIT_WAIT_NS : -1;
}

void audit_events_flush(struct audit_events *events, int64_t now)
{
	while (events->count && events->order[0]->since + AUDIT_WAIT_NS <= now)
		drop(events, 0);
}

struct audit_count audit_events_count(const struct audit_events *events)
{
	struct audit_count count = {
		.known = events->domain != 0,
		.gone = events->gone,
		.told = events->told,
	};

	if (events->gone && events->denials > events->told)
		count.lost = events->denials - events->told;
	return count;
}
