/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes into the store. It is opened at the first violation, by us alone, and nothing of it is open
 * when another process is made: a program that violates nothing pays nothing, and none inherits it.
 * No failure here changes a verdict: what the store does not know of in the end is counted, and said.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "room.h"

#define MEMORY                                                                                     \
	(384u << 10) /* what waits; with SQLite's pages it stays in the supervisor's bounds */
#define OPEN_WAIT_MS 1000
#define BUSY_WAIT_MS 10 /* for another writer, while calls may be waiting for us */
#define RETRY_NS     10000000000ll

static const struct store_options options = {
	.write = true, .memory = MEMORY, .wait_ms = OPEN_WAIT_MS};

int keep_prepare(struct keep *keep, const char *target, struct sink *sink, uint64_t may_have,
		 struct diag *diag)
{
	CLEANUP(store_freep) struct store *store = NULL;
	uint64_t effective;
	int r;

	*keep = (struct keep){.sink = sink, .off = store_is_none(target)};
	if (keep->off || !target)
		return 0;
	if (strcmp(target, ":memory:") == 0) {
		diag_error(diag, NULL,
			   "a store in memory is gone when the program is; name a file");
		return -EINVAL;
	}
	/* With the capabilities that are left when it is opened in earnest. */
	effective = caps_lend(may_have);
	r = store_open(target, &options, diag, &store);
	caps_return(effective);
	if (r < 0)
		return r;
	/* As seen from any directory. */
	keep->path = strdup(store_path(store));
	return keep->path ? 0 : -ENOMEM;
}

void keep_clear(struct keep *keep)
{
	store_free(keep->store);
	free(keep->path);
	*keep = (struct keep){.off = true};
}

/* Told at once, and once: that all is well again later is to be seen in the store. */
static void complain(struct keep *keep, int error, struct diag *diag)
{
	char text[sizeof(keep->why) + 32];

	snprintf(keep->why, sizeof(keep->why), "%s",
		 diag_count(diag) ? diag_at(diag, 0)->text : strerror(-error));
	if (keep->told)
		return;
	keep->told = true;
	snprintf(text, sizeof(text), "violations are not stored: %s", keep->why);
	sink_error(keep->sink, text);
}

static bool open_store(struct keep *keep)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int64_t now = now_ns();
	int r;

	if (now < keep->retry_at || diag_new(&diag) < 0)
		return false;
	r = store_open(keep->path, &options, diag, &keep->store);
	if (r < 0) {
		complain(keep, r, diag);
		keep->retry_at = now + RETRY_NS;
		return false;
	}
	store_put_lost(keep->store, "store-closed", keep->missing, 0);
	keep->missing = 0;
	return true;
}

void keep_put(struct keep *keep, const struct event *event)
{
	if (keep->off)
		return;
	if (keep->store || open_store(keep))
		store_put(keep->store, event);
	else
		keep->missing += event->count;
}

void keep_lost(struct keep *keep, const char *kind, uint64_t count)
{
	if (keep->off)
		return;
	if (keep->store || open_store(keep))
		store_put_lost(keep->store, kind, count, 0);
	else
		keep->missing += count;
}

int64_t keep_due(const struct keep *keep)
{
	return keep->store ? store_due(keep->store) : -1;
}

static void commit(struct keep *keep, int wait_ms, bool last)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r = diag_new(&diag);

	if (r == 0)
		r = store_commit(keep->store, wait_ms, diag);
	/* Another writer is a matter of time. */
	if (r < 0 && (r != -EBUSY || last))
		complain(keep, r, diag);
}

void keep_pump(struct keep *keep)
{
	int64_t due = keep_due(keep);

	if (due >= 0 && due <= now_ns())
		commit(keep, BUSY_WAIT_MS, false);
}

void keep_close(struct keep *keep, int wait_ms)
{
	if (!keep->store)
		return;
	commit(keep, wait_ms, true);
	keep->missing += store_missing(keep->store, NULL);
	store_freep(&keep->store);
}
