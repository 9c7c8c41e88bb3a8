/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold. Every kind stays for the same time, so the order of opening is the order of expiry: a
 * ring in which the oldest is the first to go, with chains of equal hash through it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "line.h"

#define BUCKETS (2 * EVENT_FOLD_KINDS)
#define NONE	UINT16_MAX

_Static_assert((EVENT_FOLD_KINDS & (EVENT_FOLD_KINDS - 1)) == 0, "ring positions are masked");
_Static_assert(EVENT_FOLD_KINDS < NONE, "positions fit 16 bits");

struct entry {
	struct event_kind kind;
	struct event event;
	struct event_process *process; /* owned: event.process */
	char *object;		       /* owned: event.object */
	int64_t opened, last;	       /* first occurrence, last repeat */
	uint64_t repeats;
	uint16_t next; /* of the same bucket */
	uint16_t bucket;
};

struct table {
	uint16_t buckets[BUCKETS];
	struct entry ring[EVENT_FOLD_KINDS];
};

struct event_fold {
	event_emit *emit;
	void *context;
	size_t bytes;
	uint32_t first, count;
	struct table *table; /* NULL before the first kind: most programs do nothing that is told */
};

/* Half of the allowance at most is the table, so that the processes have the rest. */
_Static_assert(sizeof(struct event_fold) + sizeof(struct table) <= EVENT_FOLD_BYTES / 2,
	       "the table is too big");

void event_kind_set(struct event_kind *kind, pid_t tid, uint64_t site,
		    const struct event_call *call, uint32_t rule, enum event_verdict verdict)
{
	const struct name_call *name =
		call->foreign ? NULL : names_call_by_nr(call->arch, call->nr);

	memset(kind, 0, sizeof(*kind));
	kind->tid = tid;
	kind->site = site;
	kind->audit_arch = call->audit_arch;
	kind->nr = call->nr;
	kind->rule = rule;
	kind->verdict = verdict;
	for (int i = 0; name && i < name->nargs && i < CALL_ARGS; i++) {
		if (event_arg_is_address(&name->args[i], call->args[i]))
			continue;
		kind->args[i] = name->args[i].width >= 64
					? call->args[i]
					: call->args[i] & ((1ull << name->args[i].width) - 1);
	}
}

int event_fold_new(event_emit *emit, void *context, struct event_fold **ret_fold)
{
	struct event_fold *fold = calloc(1, sizeof(*fold));

	if (!fold)
		return -ENOMEM;
	fold->emit = emit;
	fold->context = context;
	fold->bytes = sizeof(*fold) + sizeof(*fold->table);
	*ret_fold = fold;
	return 0;
}

void event_fold_free(struct event_fold *fold)
{
	if (!fold)
		return;
	for (uint32_t i = 0; i < fold->count; i++) {
		struct entry *entry =
			&fold->table->ring[(fold->first + i) & (EVENT_FOLD_KINDS - 1)];

		free(entry->process);
		free(entry->object);
	}
	free(fold->table);
	free(fold);
}

/* Speed matters, strength does not: a governed program that finds colliding arguments slows its own
 * denied calls, and at most EVENT_FOLD_KINDS entries are looked at. */
static uint16_t hash(const struct event_kind *kind)
{
	uint64_t words[sizeof(*kind) / sizeof(uint64_t)], h = 0;

	_Static_assert(sizeof(words) == sizeof(*kind), "kinds are whole words");
	memcpy(words, kind, sizeof(words));
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		h = (h ^ words[i]) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	return (uint16_t)((h >> 32) % BUCKETS);
}

static bool same_object(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

bool event_fold_repeat(struct event_fold *fold, const struct event_kind *kind, int64_t now)
{
	return event_fold_repeat_of(fold, kind, NULL, now);
}

bool event_fold_repeat_of(struct event_fold *fold, const struct event_kind *kind,
			  const char *object, int64_t now)
{
	uint16_t i = fold->table ? fold->table->buckets[hash(kind)] : NONE;

	for (; i != NONE; i = fold->table->ring[i].next) {
		struct entry *entry = &fold->table->ring[i];

		if (memcmp(&entry->kind, kind, sizeof(*kind)) != 0 ||
		    !same_object(entry->object, object))
			continue;
		if (now - entry->opened >= EVENT_FOLD_NS) {
			/* Its second is over: told, and new again. All older ones are due too. */
			event_fold_flush(fold, now);
			return false;
		}
		entry->repeats++;
		entry->last = now;
		return true;
	}
	return false;
}

static void unlink_entry(struct event_fold *fold, uint16_t i)
{
	struct table *table = fold->table;
	uint16_t *link = &table->buckets[table->ring[i].bucket];

	while (*link != i)
		link = &table->ring[*link].next;
	*link = table->ring[i].next;
}

static size_t bytes_of(const struct event_process *process, const char *object)
{
	return (process ? process->size : 0) + (object ? strlen(object) + 1 : 0);
}

/* Tells the oldest kind's repeats and forgets it. */
static void drop_oldest(struct event_fold *fold)
{
	struct entry *entry = &fold->table->ring[fold->first];
	int64_t later = entry->last - entry->opened + entry->event.time.tv_nsec;

	unlink_entry(fold, (uint16_t)fold->first);
	fold->first = (fold->first + 1) & (EVENT_FOLD_KINDS - 1);
	fold->count--;
	if (entry->repeats) {
		entry->event.count = entry->repeats;
		entry->event.time.tv_sec += later / 1000000000;
		entry->event.time.tv_nsec = later % 1000000000;
		fold->emit(fold->context, &entry->event);
	}
	fold->bytes -= bytes_of(entry->process, entry->object);
	free(entry->process);
	free(entry->object);
	entry->process = NULL;
	entry->object = NULL;
}

int event_fold_open(struct event_fold *fold, const struct event_kind *kind,
		    const struct event *event, int64_t now)
{
	CLEANUP(free_ptr) struct event_process *process = NULL;
	CLEANUP(free_ptr) char *object = NULL;
	uint16_t position, bucket = hash(kind);
	struct entry *entry;
	size_t more;

	if (!fold->table) {
		fold->table = calloc(1, sizeof(*fold->table));
		if (!fold->table)
			return -ENOMEM;
		memset(fold->table->buckets, 0xff, sizeof(fold->table->buckets));
	}
	if (event->process)
		process = event_process_pack(event->process);
	if (event->object)
		object = strdup(event->object);
	if ((event->process && !process) || (event->object && !object))
		return -ENOMEM;
	more = bytes_of(process, object);
	/* Full: the oldest are told early, so that nothing is ever lost here. */
	while (fold->count &&
	       (fold->count == EVENT_FOLD_KINDS || fold->bytes + more > EVENT_FOLD_BYTES))
		drop_oldest(fold);
	position = (uint16_t)((fold->first + fold->count) & (EVENT_FOLD_KINDS - 1));
	entry = &fold->table->ring[position];
	*entry = (struct entry){
		.kind = *kind,
		.event = *event,
		.process = process,
		.object = object,
		.opened = now,
		.last = now,
		.next = fold->table->buckets[bucket],
		.bucket = bucket,
	};
	entry->event.process = STEAL(process);
	entry->event.object = STEAL(object);
	fold->table->buckets[bucket] = position;
	fold->bytes += more;
	fold->count++;
	return 0;
}

void event_fold_flush(struct event_fold *fold, int64_t now)
{
	while (fold->count &&
	       (now == INT64_MAX || now - fold->table->ring[fold->first].opened >= EVENT_FOLD_NS))
		drop_oldest(fold);
}

int64_t event_fold_due(const struct event_fold *fold)
{
	return fold->count ? fold->table->ring[fold->first].opened + EVENT_FOLD_NS : -1;
}

size_t event_fold_bytes(const struct event_fold *fold)
{
	return fold->bytes;
}
