/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for a commit: kinds in a hash table, all in one arena whose limit bounds it. A kind that is known
 * never loses a count, for its numbers are there already; a new one that does not fit is counted as lost.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "room.h"

#define BUCKETS	      16384u
#define JSON_MAX      65536u	 /* a longer record is not kept: its counts are */
#define ARGUMENTS_MAX 4096u	 /* the same of arguments */
#define SPARING_NS    10000000ll /* of a kind that floods, a record so often is enough */
#define LOSS_NAME_MAX 64u
#define LOSSES_MAX    256u

int64_t store_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * STORE_NS + now.tv_nsec;
}

void add_count(uint64_t *to, uint64_t count)
{
	*to = count >= STORE_COUNT_MAX - *to ? STORE_COUNT_MAX : *to + count;
}

static void *take(struct pending *pending, size_t size)
{
	void *p = pending->memory ? arena_alloc(pending->memory, 1, size) : NULL;

	if (p)
		pending->used += size;
	return p;
}

static bool begin(struct store *store)
{
	struct pending *pending = &store->pending;

	if (pending->memory)
		return true;
	if (!pending->buckets)
		pending->buckets = calloc(BUCKETS, sizeof(struct pending_kind *));
	if (!pending->buckets || arena_new(store->options.memory, &pending->memory) < 0)
		return false;
	pending->last = &pending->first;
	if (!pending->since)
		pending->since = store_clock(CLOCK_MONOTONIC);
	return true;
}

void pending_reset(struct store *store)
{
	struct pending *pending = &store->pending;

	arena_free(pending->memory);
	if (pending->buckets)
		memset(pending->buckets, 0, BUCKETS * sizeof(struct pending_kind *));
	*pending = (struct pending){.buckets = pending->buckets};
}

bool pending_half_full(const struct store *store)
{
	return store->pending.used > store->options.memory / 2 || store->pending.unkept ||
	       store->pending.crowded;
}

void pending_unkept(struct store *store, uint64_t count)
{
	if (!store->pending.since)
		store->pending.since = store_clock(CLOCK_MONOTONIC);
	add_count(&store->pending.unkept, count);
}

/* --- Kinds -------------------------------------------------------------------------------------- */

const char *pending_text(const struct kind_head *head, enum kind_text which)
{
	const char *text = (const char *)(head + 1);
	int i;

	for (i = 0; i < (int)which; i++)
		text += head->length[i];
	return head->length[which] ? text : NULL;
}

/* The kind of an event, in store->scratch; its size, or 0: no memory. */
static size_t make_head(struct store *store, const struct event *event, const char *operation)
{
	const struct event_process *process = event->process;
	const char *const texts[KIND_TEXTS] = {
		[TEXT_POLICY] = event->policy,
		[TEXT_RULE_FILE] = event->rule_file,
		[TEXT_PLANE] = event->plane,
		[TEXT_OPERATION] = operation,
		[TEXT_OBJECT] = event->object,
		[TEXT_EXE] = process ? process->exe : NULL,
		[TEXT_CONTAINER] = process ? process->container : NULL,
		[TEXT_HOST] = event->host,
	};
	struct kind_head head = {
		event->rule_line, event->class, event->verdict, (uint32_t)event->error, {0}};
	size_t size = sizeof(head), i;
	char *at;

	for (i = 0; i < KIND_TEXTS; i++) {
		size_t length = texts[i] ? strlen(texts[i]) + 1 : 0;

		if (length > EVENT_LINE_MAX)
			return 0;
		head.length[i] = (uint32_t)length;
		size += length;
	}
	if (grow_array(&store->scratch, &store->scratch_size, size, 1) < 0)
		return 0;
	memcpy(store->scratch, &head, sizeof(head));
	at = store->scratch + sizeof(head);
	for (i = 0; i < KIND_TEXTS; i++) {
		if (texts[i])
			memcpy(at, texts[i], head.length[i]);
		at += head.length[i];
	}
	return size;
}

static struct pending_kind **bucket(struct pending *pending, const uint64_t key[2])
{
	return &pending->buckets[key[0] % BUCKETS];
}

static struct pending_kind *new_kind(struct store *store, const uint64_t key[2], size_t size,
				     const char *why)
{
	struct pending *pending = &store->pending;
	struct pending_kind *kind;

	kind = take(pending,
		    sizeof(*kind) + store->options.records * sizeof(struct pending_record));
	if (!kind)
		return NULL;
	kind->head = take(pending, size);
	if (!kind->head)
		return NULL;
	memcpy(kind->head, store->scratch, size);
	if (why) {
		size_t length = strlen(why) + 1;
		char *copy = take(pending, length);

		kind->why = copy ? memcpy(copy, why, length) : NULL;
	}
	kind->key[0] = key[0];
	kind->key[1] = key[1];
	kind->first = INT64_MAX;
	kind->last = INT64_MIN;
	kind->recorded = INT64_MIN;
	kind->chain = *bucket(pending, key);
	*bucket(pending, key) = kind;
	*pending->last = kind;
	pending->last = &kind->next;
	return kind;
}

size_t pending_size(const struct kind_head *head)
{
	size_t size = sizeof(*head);

	for (int i = 0; i < KIND_TEXTS; i++)
		size += head->length[i];
	return size;
}

/* Another store has another key. */
void pending_rekey(struct store *store)
{
	struct pending *pending = &store->pending;

	if (!pending->memory)
		return;
	memset(pending->buckets, 0, BUCKETS * sizeof(struct pending_kind *));
	for (struct pending_kind *kind = pending->first; kind; kind = kind->next) {
		store_hash(store->key, kind->head, pending_size(kind->head), kind->key);
		kind->chain = *bucket(pending, kind->key);
		*bucket(pending, kind->key) = kind;
	}
}

struct pending_kind *pending_find(struct store *store, size_t size, const char *why)
{
	struct pending_kind *kind;
	uint64_t key[2];

	if (!begin(store))
		return NULL;
	store_hash(store->key, store->scratch, size, key);
	for (kind = *bucket(&store->pending, key); kind; kind = kind->chain)
		if (kind->key[0] == key[0] && kind->key[1] == key[1])
			return kind;
	return new_kind(store, key, size, why);
}

void pending_hour(struct store *store, struct pending_kind *kind, int64_t hour, uint64_t count)
{
	struct pending *pending = &store->pending;
	struct pending_hour *at = &kind->hours;

	if (!at->count)
		at->hour = hour;
	while (at->hour != hour && at->next)
		at = at->next;
	if (at->hour != hour && kind->n_hours < PENDING_HOURS) {
		at->next = take(pending, sizeof(*at));
		if (at->next) {
			at = at->next;
			at->hour = hour;
			kind->n_hours++;
		}
	}
	/* Without room it is counted in another of the kind's hours: the sum stays right. */
	if (kind->n_hours == PENDING_HOURS)
		pending->crowded = true;
	add_count(&at->count, count);
}

void pending_count(struct store *store, struct pending_kind *kind, int64_t first, int64_t last,
		   uint64_t count)
{
	add_count(&kind->count, count);
	add_count(&store->pending.count, count);
	kind->first = first < kind->first ? first : kind->first;
	kind->last = last > kind->last ? last : kind->last;
}

/* --- Arguments ---------------------------------------------------------------------------------- */

static struct pending_arguments *find_arguments(struct pending_kind *kind, uint64_t hash)
{
	struct pending_arguments *at = kind->arguments;

	while (at && at->hash != hash)
		at = at->next;
	return at;
}

static void new_arguments(struct store *store, struct pending_kind *kind, uint64_t hash,
			  const char *json, uint64_t count)
{
	size_t length = json ? strlen(json) : ARGUMENTS_MAX;
	struct pending_arguments *new;
	char *copy;

	if (kind->n_arguments == STORE_ARGUMENTS_MAX || length >= ARGUMENTS_MAX) {
		add_count(&kind->more_arguments, count);
		return;
	}
	new = take(&store->pending, sizeof(*new) + length + 1);
	if (!new) {
		add_count(&kind->more_arguments, count);
		return;
	}
	copy = (char *)(new + 1);
	memcpy(copy, json, length + 1);
	*new = (struct pending_arguments){kind->arguments, hash, copy, count};
	kind->arguments = new;
	kind->n_arguments++;
}

void pending_arguments(struct store *store, struct pending_kind *kind, const char *json,
		       uint64_t count)
{
	struct pending_arguments *known = NULL;
	uint64_t hash[2] = {0, 0};

	if (json) {
		store_hash(store->key, json, strlen(json), hash);
		known = find_arguments(kind, hash[0]);
	}
	if (known)
		add_count(&known->count, count);
	else
		new_arguments(store, kind, hash[0], json, count);
}

static void count_arguments(struct store *store, struct pending_kind *kind,
			    const struct event *event, const char *json)
{
	struct pending_arguments *known;
	struct event_kind values;
	uint64_t hash[2];

	if (event->has_call) {
		/* Most have been seen: then they need not be written out to know that. */
		event_kind_set(&values, 0, 0, &event->call, 0, event->verdict);
		store_hash(store->key, &values, sizeof(values), hash);
	} else if (json) {
		store_hash(store->key, json, strlen(json), hash);
	} else {
		return;
	}
	known = find_arguments(kind, hash[0]);
	if (known) {
		add_count(&known->count, event->count);
		return;
	}
	if (event->has_call) {
		if (event_arguments(event, &store->arguments) < 0)
			return;
		json = store->arguments.data;
	}
	new_arguments(store, kind, hash[0], json, event->count);
}

/* --- Records ------------------------------------------------------------------------------------ */

bool pending_record(struct store *store, struct pending_kind *kind, const char *line, size_t length)
{
	struct pending_record *slot = &kind->records[kind->n_records % store->options.records];

	while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
		length--;
	if (!length || length > JSON_MAX)
		return false;
	if (length > slot->capacity) {
		/* The old one is not given back: doubling bounds what that costs. */
		size_t capacity = 2 * slot->capacity > length ? 2 * slot->capacity : length;
		char *json = take(&store->pending, capacity);

		if (!json)
			return false;
		slot->json = json;
		slot->capacity = capacity;
	}
	memcpy(slot->json, line, length);
	slot->length = length;
	kind->n_records++;
	return true;
}

/* The newest that were kept, as whole lines. When there are many more than are kept it is no
 * matter which of the last hundredth of a second these are, and a line takes a while to write. */
static void keep_record(struct store *store, struct pending_kind *kind, const struct event *event,
			int64_t time, const char *line, size_t length)
{
	if (kind->n_records >= store->options.records && time >= kind->recorded &&
	    time - kind->recorded < SPARING_NS)
		return;
	if (!line) {
		if (event_json(event, &store->line) < 0)
			return;
		line = store->line.data;
		length = store->line.length;
	}
	if (pending_record(store, kind, line, length))
		kind->recorded = time;
}

/* --- Putting ------------------------------------------------------------------------------------ */

/* What a call without a name is called. */
static const char *call_number(const struct event *event, const struct event_record *record,
			       char text[64])
{
	if (event->operation)
		return event->operation;
	if (event->has_call) {
		const struct name_call *call =
			event->call.foreign ? NULL
					    : names_call_by_nr(event->call.arch, event->call.nr);

		if (call)
			return call->name;
		if (event->call.foreign)
			snprintf(text, 64, "call %u of 0x%x", event->call.nr,
				 event->call.audit_arch);
		else
			snprintf(text, 64, "call %u of %s", event->call.nr,
				 arch_name(event->call.arch));
		return text;
	}
	if (!record || !record->has_syscall)
		return NULL;
	snprintf(text, 64, "call %u of %.32s", record->syscall_nr, record->arch);
	return text;
}

static void put(struct store *store, const struct event *event, const struct event_record *record,
		const char *line, size_t length)
{
	int64_t time = event->time.tv_sec > 0 && event->time.tv_sec < INT64_MAX / STORE_NS - 1
			       ? event->time.tv_sec * STORE_NS + event->time.tv_nsec
			       : store_clock(CLOCK_REALTIME);
	struct pending_kind *kind;
	char number[64];
	size_t size;

	if (!event->count)
		return;
	size = make_head(store, event, call_number(event, record, number));
	kind = size ? pending_find(store, size, event->why) : NULL;
	if (!kind) {
		pending_unkept(store, event->count);
		return;
	}
	pending_hour(store, kind, time / STORE_NS / STORE_HOUR, event->count);
	pending_count(store, kind, time, time, event->count);
	count_arguments(store, kind, event, record ? record->arguments : NULL);
	keep_record(store, kind, event, time, line, length);
}

void store_put(struct store *store, const struct event *event)
{
	put(store, event, NULL, NULL, 0);
}

void store_put_lost(struct store *store, const char *kind, uint64_t count, int64_t time_ns)
{
	int64_t hour =
		(time_ns > 0 ? time_ns : store_clock(CLOCK_REALTIME)) / STORE_NS / STORE_HOUR;
	size_t length = strnlen(kind, LOSS_NAME_MAX);
	struct pending_loss *loss = store->pending.losses;

	if (!count)
		return;
	while (loss && (loss->hour != hour || strncmp(loss->kind, kind, LOSS_NAME_MAX) != 0))
		loss = loss->next;
	if (!loss) {
		loss = begin(store) && store->pending.n_losses < LOSSES_MAX
			       ? take(&store->pending, sizeof(*loss) + length + 1)
			       : NULL;
		if (!loss) {
			pending_unkept(store, count);
			return;
		}
		loss->hour = hour;
		memcpy(loss->kind, kind, length);
		loss->next = store->pending.losses;
		store->pending.losses = loss;
		store->pending.n_losses++;
	}
	add_count(&loss->count, count);
	add_count(&store->pending.count, count);
}

int store_put_line(struct store *store, const char *line, size_t length)
{
	struct event_record *record = &store->record;
	int r = event_parse(line, length, record);

	if (r < 0)
		return r;
	if (record->type == EVENT_VIOLATION)
		put(store, &record->event, record, line, length);
	else if (record->type == EVENT_LOST)
		store_put_lost(store, record->lost, record->lost_count, 0);
	return 0;
}

int64_t store_due(const struct store *store)
{
	const struct pending *pending = &store->pending;
	int64_t due;

	if (!pending->since)
		return -1;
	due = pending_half_full(store) ? pending->since : pending->since + STORE_COMMIT_NS;
	return due > store->retry_at ? due : store->retry_at;
}

uint64_t store_missing(const struct store *store, int *ret_error)
{
	if (ret_error)
		*ret_error = store->error;
	return store->pending.count + store->pending.unkept;
}
