/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From who counts to who writes. What waits in one handle becomes bytes, and waits in another's then.
 * These are of another process, which may have fallen to what it reads: all is judged before any of it
 * is counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "room.h"

#define MAGIC                                                                                      \
	0x62617463682d3031 /* both sides are one program: its form needs no more of a version */

struct batch_head {
	uint64_t magic, number, unkept;
	uint32_t n_kinds, n_losses;
};
/* Behind it its head, with the texts; the reason; hours; arguments; records. */
struct batch_kind {
	int64_t first, last;
	uint64_t count, more_arguments;
	uint32_t size, why; /* with the NUL; 0: none */
	uint32_t n_hours, n_arguments, n_records, unused;
};
/* An hour's count, arguments of that many bytes, a record, a loss. */
struct batch_part {
	int64_t hour;
	uint64_t count;
	uint64_t length;
};

int store_gather(const struct store_options *options, struct store **ret_store)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return -ENOMEM;
	if (store_set_options(store, options) < 0 ||
	    getrandom(store->key, sizeof(store->key), 0) != sizeof(store->key)) {
		store_free(store);
		return -EINVAL;
	}
	store->own = true;
	store->options.write = false;
	*ret_store = store;
	return 0;
}

/* --- Into bytes --------------------------------------------------------------------------------- */

struct bytes {
	uint8_t *data;
	size_t length, capacity;
	bool failed;
};

static void add(struct bytes *to, const void *data, size_t size)
{
	if (!size || to->failed)
		return;
	if (grow_array(&to->data, &to->capacity, to->length + size, 1) < 0) {
		to->failed = true;
		return;
	}
	memcpy(to->data + to->length, data, size);
	to->length += size;
}

static void add_part(struct bytes *to, int64_t hour, uint64_t count, const char *text,
		     size_t length)
{
	const struct batch_part part = {hour, count, length};

	add(to, &part, sizeof(part));
	add(to, text, length);
}

static void add_kind(struct bytes *to, const struct pending_kind *kind, uint32_t slots)
{
	uint32_t n = kind->n_records < slots ? kind->n_records : slots;
	const struct batch_kind head = {
		.first = kind->first,
		.last = kind->last,
		.count = kind->count,
		.more_arguments = kind->more_arguments,
		.size = (uint32_t)pending_size(kind->head),
		.why = kind->why ? (uint32_t)strlen(kind->why) + 1 : 0,
		.n_hours = kind->n_hours + 1,
		.n_arguments = kind->n_arguments,
		.n_records = n,
	};

	add(to, &head, sizeof(head));
	add(to, kind->head, head.size);
	add(to, kind->why, head.why);
	for (const struct pending_hour *at = &kind->hours; at; at = at->next)
		add_part(to, at->hour, at->count, NULL, 0);
	for (const struct pending_arguments *at = kind->arguments; at; at = at->next)
		add_part(to, 0, at->count, at->json, strlen(at->json) + 1);
	for (uint32_t i = kind->n_records - n; i < kind->n_records; i++)
		add_part(to, 0, 0, kind->records[i % slots].json, kind->records[i % slots].length);
}

int store_pack(struct store *store, void **ret_bytes, size_t *ret_size)
{
	const struct pending *pending = &store->pending;
	struct batch_head head = {
		.magic = MAGIC, .unkept = pending->unkept, .n_losses = pending->n_losses};
	struct bytes to = {.data = NULL};

	if (getrandom(&head.number, sizeof(head.number), 0) != sizeof(head.number))
		return -EIO;
	head.number = head.number >> 1 | 1; /* a number that SQLite has, and not 0 */
	for (const struct pending_kind *kind = pending->first; kind; kind = kind->next)
		head.n_kinds++;
	add(&to, &head, sizeof(head));
	for (const struct pending_kind *kind = pending->first; kind; kind = kind->next)
		add_kind(&to, kind, store->options.records);
	for (const struct pending_loss *at = pending->losses; at; at = at->next)
		add_part(&to, at->hour, at->count, at->kind, strlen(at->kind) + 1);
	if (to.failed) {
		free(to.data);
		return -ENOMEM;
	}
	pending_reset(store);
	*ret_bytes = to.data;
	*ret_size = to.length;
	return 0;
}

/* --- And back ----------------------------------------------------------------------------------- */

struct reader {
	struct store *store; /* NULL: only judged */
	const uint8_t *at, *end;
	bool bad;
};

static const void *take(struct reader *from, size_t size)
{
	const void *p = from->at;

	if (from->bad || (size_t)(from->end - from->at) < size) {
		from->bad = true;
		return NULL;
	}
	from->at += size;
	return p;
}

/* Into a place that is aligned. False: there is no more. */
static bool take_into(struct reader *from, void *to, size_t size)
{
	const void *p = take(from, size);

	if (p)
		memcpy(to, p, size);
	return p != NULL;
}

/* A text of so many bytes, whose NUL is the last and the only one. */
static const char *take_string(struct reader *from, size_t size)
{
	const char *text = take(from, size);

	if (text && (!size || memchr(text, 0, size) != text + size - 1))
		from->bad = true;
	return from->bad ? NULL : text;
}

static bool is_count(uint64_t count)
{
	return count && count <= STORE_COUNT_MAX;
}

/* The texts behind a head, which say how long they are. */
static void judge_head(struct reader *from, const struct kind_head *head, size_t size)
{
	struct reader texts = {.at = from->at - size + sizeof(*head), .end = from->at};

	for (int i = 0; i < KIND_TEXTS; i++)
		if (head->length[i])
			(void)take_string(&texts, head->length[i]);
	if (texts.bad || texts.at != texts.end || head->class >= CLASS_END ||
	    head->verdict < VERDICT_DENIED || head->verdict > VERDICT_AUDITED ||
	    head->error > INT32_MAX)
		from->bad = true;
}

static struct pending_kind *take_head(struct reader *from, const struct batch_kind *kind)
{
	struct pending_kind *known = NULL;
	struct kind_head head;
	const uint8_t *bytes;
	const char *why;

	if (kind->size < sizeof(head) || !(bytes = take(from, kind->size))) {
		from->bad = true;
		return NULL;
	}
	memcpy(&head, bytes, sizeof(head));
	judge_head(from, &head, kind->size);
	why = kind->why ? take_string(from, kind->why) : NULL;
	if (from->bad || !from->store)
		return NULL;
	if (grow_array(&from->store->scratch, &from->store->scratch_size, kind->size, 1) == 0) {
		memcpy(from->store->scratch, bytes, kind->size);
		known = pending_find(from->store, kind->size, why);
	}
	if (known)
		pending_count(from->store, known, kind->first, kind->last, kind->count);
	else
		pending_unkept(from->store, kind->count);
	return known;
}

static void take_hours(struct reader *from, const struct batch_kind *kind,
		       struct pending_kind *known)
{
	struct batch_part part;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < kind->n_hours && take_into(from, &part, sizeof(part)); i++) {
		if (!is_count(part.count) || part.length || part.hour < 0 ||
		    part.hour > INT64_MAX / STORE_NS / STORE_HOUR)
			from->bad = true;
		add_count(&sum, part.count); /* as the kind's was, which stops there too */
		if (known)
			pending_hour(from->store, known, part.hour, part.count);
	}
	if (sum != kind->count)
		from->bad = true;
}

static void take_rest(struct reader *from, const struct batch_kind *kind,
		      struct pending_kind *known)
{
	struct batch_part part;
	const char *text;

	for (uint32_t i = 0; i < kind->n_arguments && take_into(from, &part, sizeof(part)); i++) {
		text = take_string(from, part.length);
		if (!is_count(part.count))
			from->bad = true;
		if (known && text)
			pending_arguments(from->store, known, text, part.count);
	}
	if (known && kind->more_arguments)
		pending_arguments(from->store, known, NULL, kind->more_arguments);
	for (uint32_t i = 0; i < kind->n_records && take_into(from, &part, sizeof(part)); i++) {
		text = take(from, part.length);
		if (known && text)
			pending_record(from->store, known, text, part.length);
	}
}

static void take_kind(struct reader *from)
{
	struct pending_kind *known;
	struct batch_kind kind;

	if (!take_into(from, &kind, sizeof(kind)))
		return;
	if (!is_count(kind.count) || kind.more_arguments > kind.count || kind.first > kind.last ||
	    kind.first < 0 || !kind.n_hours || kind.n_hours > 1 + PENDING_HOURS ||
	    kind.n_arguments > STORE_ARGUMENTS_MAX || kind.n_records > STORE_RECORDS_MAX) {
		from->bad = true;
		return;
	}
	known = take_head(from, &kind);
	take_hours(from, &kind, known);
	take_rest(from, &kind, known);
}

static void take_loss(struct reader *from)
{
	struct batch_part part;
	const char *kind;

	if (!take_into(from, &part, sizeof(part)) || !(kind = take_string(from, part.length)))
		return;
	if (!is_count(part.count) || part.hour < 0 || part.hour > INT64_MAX / STORE_NS / STORE_HOUR)
		from->bad = true;
	else if (from->store)
		store_put_lost(from->store, kind, part.count,
			       part.hour ? part.hour * STORE_HOUR * STORE_NS : 1);
}

static bool take_all(struct store *store, const void *bytes, size_t size,
		     struct batch_head *ret_head)
{
	struct reader from = {store, bytes, (const uint8_t *)bytes + size, false};

	if (!take_into(&from, ret_head, sizeof(*ret_head)) || ret_head->magic != MAGIC ||
	    !ret_head->number || ret_head->number > INT64_MAX || ret_head->unkept > STORE_COUNT_MAX)
		return false;
	for (uint32_t i = 0; i < ret_head->n_kinds && !from.bad; i++)
		take_kind(&from);
	for (uint32_t i = 0; i < ret_head->n_losses && !from.bad; i++)
		take_loss(&from);
	return !from.bad && from.at == from.end;
}

int store_unpack(struct store *store, const void *bytes, size_t size)
{
	struct batch_head head;

	if (store->pending.since)
		return -EBUSY;
	if (!take_all(NULL, bytes, size, &head))
		return -EBADMSG;
	(void)take_all(store, bytes, size, &head);
	if (head.unkept)
		pending_unkept(store, head.unkept);
	store->batch = (int64_t)head.number;
	return 0;
}
