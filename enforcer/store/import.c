/* SPDX-License-Identifier: Apache-2.0 */
/* JSONL of another host, or of another time: all of it, or nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "room.h"

#define BUFFER	   (EVENT_LINE_MAX + 65536)
#define TELL_LINES 5

struct import {
	struct store *store;
	const char *name;
	struct diag *diag;
	struct store_import sums;
	uint64_t line;
	bool skipping; /* the rest of a line that is too long */
	char *data;
	size_t length;
};

static void bad_line(struct import *import, const char *why)
{
	struct diag_pos pos = {.file = import->name, .line = (unsigned)import->line};

	if (!import->sums.bad++)
		import->sums.first_bad = import->line;
	if (import->sums.bad <= TELL_LINES)
		diag_warning(import->diag, &pos, "%s; it is skipped", why);
}

/* Into the open transaction, so that memory has room again. */
static int make_room(struct store *store)
{
	int code;

	if (!pending_half_full(store))
		return SQLITE_OK;
	code = flush_pending(store);
	if (code == SQLITE_OK)
		pending_reset(store);
	return code;
}

static int take_line(struct import *import, const char *line, size_t length)
{
	struct store *store = import->store;
	int r;

	import->line++;
	if (import->skipping) {
		import->skipping = false;
		return SQLITE_OK;
	}
	if (strspn(line, " \t\r\n") >= length)
		return SQLITE_OK;
	r = store_put_line(store, line, length);
	if (r < 0) {
		bad_line(import, "this is no record of a violation");
		return SQLITE_OK;
	}
	import->sums.records++;
	switch (store->record.type) {
	case EVENT_VIOLATION:
		add_count(&import->sums.violations, store->record.event.count);
		break;
	case EVENT_LOST:
		add_count(&import->sums.lost, store->record.lost_count);
		break;
	case EVENT_PARTIAL:
		import->sums.partial++;
		break;
	case EVENT_ERROR:
		break;
	}
	return make_room(store);
}

/* Takes the whole lines in the buffer; at the end also what follows them. */
static int take_lines(struct import *import, bool end)
{
	char *at = import->data, *stop = import->data + import->length, *newline;
	int code = SQLITE_OK;

	while (at < stop && code == SQLITE_OK) {
		newline = memchr(at, '\n', (size_t)(stop - at));
		if (!newline && !end)
			break;
		if (!newline)
			newline = stop;
		*newline = '\0'; /* there is room for one more */
		code = take_line(import, at, (size_t)(newline - at));
		at = newline + 1;
	}
	import->length = at < stop ? (size_t)(stop - at) : 0;
	memmove(import->data, at < stop ? at : stop, import->length);
	if (import->length == BUFFER) {
		if (!import->skipping) {
			import->line++;
			bad_line(import, "this line is too long");
			import->line--;
		}
		import->skipping = true;
		import->length = 0;
	}
	return code;
}

static int read_all(struct import *import, int fd)
{
	uint64_t bytes = 0;
	ssize_t n;
	int code;

	do {
		n = read(fd, import->data + import->length, BUFFER - import->length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			diag_system(import->diag, errno, "read", import->name,
				    "is it a file that can be read?");
			return -errno;
		}
		import->length += (size_t)n;
		bytes += (uint64_t)n;
		if (import->store->progress)
			import->store->progress(import->store->progress_context, bytes);
		code = take_lines(import, n == 0);
		if (code != SQLITE_OK)
			return store_failed(import->store, "write to", import->diag);
	} while (n != 0);
	return 0;
}

static int run(struct import *import, int fd)
{
	struct store *store = import->store;
	int r = store_begin(store, STORE_WAIT_MS, import->diag);

	if (r < 0)
		return r;
	r = read_all(import, fd);
	if (r == 0 && !import->sums.records && import->sums.bad) {
		diag_error(import->diag, NULL,
			   "import %s: none of its %llu lines is a record of a violation; is it a "
			   "report that bailiff wrote as JSON?",
			   import->name, (unsigned long long)import->sums.bad);
		r = -EINVAL;
	}
	if (r == 0 && (flush_pending(store) != SQLITE_OK || trim_slice(store) != SQLITE_OK))
		r = store_failed(store, "write to", import->diag);
	r = store_end(store, r, "write to", import->diag);
	pending_reset(store); /* of this file alone: nothing waited when it began */
	return r;
}

void store_on_progress(struct store *store, store_progress *progress, void *context)
{
	store->progress = progress;
	store->progress_context = context;
}

int store_import(struct store *store, int fd, const char *name, struct diag *diag,
		 struct store_import *ret_import)
{
	struct import import = {.store = store, .name = name, .diag = diag};
	int r = store_commit(store, STORE_WAIT_MS, diag);

	if (r < 0)
		return r;
	import.data = malloc(BUFFER + 1);
	if (!import.data)
		return -ENOMEM;
	r = run(&import, fd);
	free(import.data);
	if (r == 0)
		*ret_import = import.sums;
	return r;
}
