/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer: puts what the front gathers into the store, and waits for its disk so that nobody else
 * does. It is root without a capability, for the store's directory is root's, and sees of the file
 * system that directory alone (where the kernel has Landlock; where it has not, its filter and the
 * missing capabilities are what holds it). When it can't go on it ends: the front keeps a batch until it
 * is written, and the next writer finds everything anew.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/store.h"
#include "room.h"

#define BATCH_MAX (4u * STORE_MEMORY)
#define WAIT_MS	  1000		     /* for other writers */
#define LAST_NS	  (2 * 1000000000ll) /* tries, when the front has gone */

struct writer {
	const struct writer_plan *plan;
	struct store *store;
	int error; /* of the last try */
};

static void tell(const struct writer *writer, const struct diag *diag)
{
	if (diag_count(diag))
		writer->plan->options->tell(diag);
}

/* False: the front has gone. */
static bool read_all(int end, void *to, size_t size)
{
	uint8_t *at = to;
	ssize_t n;

	while (size) {
		n = recv(end, at, size, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool answer_front(const struct writer *writer, int result)
{
	const struct store_receipt receipt = {.result = result};

	return send(writer->plan->end, &receipt, sizeof(receipt), MSG_NOSIGNAL) == sizeof(receipt);
}

static int commit_once(struct writer *writer)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r = diag_new(&diag);

	if (r == 0)
		r = store_commit(writer->store, WAIT_MS, diag);
	/* The same failure once; another store in the place of ours each time. */
	if (r == 0 || r != writer->error)
		tell(writer, diag);
	writer->error = r;
	return r;
}

/* Until the next try is due. */
static void pause_before(const struct writer *writer, bool alone)
{
	struct pollfd pfd = {.fd = alone ? -1 : writer->plan->end, .events = POLLRDHUP};
	int64_t left = (store_due(writer->store) - now_ns()) / 1000000 + 1;

	(void)poll(&pfd, 1, left < 1 ? 1 : left < 1000 ? (int)left : 1000);
}

/* Until it is written. -errno: it can't be by this process; the front has it still, or has gone. */
static int commit(struct writer *writer)
{
	int64_t last = 0;
	int r;

	while ((r = commit_once(writer)) < 0) {
		/* Of others it may be that a new process finds a way. */
		if ((r != -ENOSPC && r != -EBUSY) || (last && now_ns() > last))
			return r;
		if (!last && !answer_front(writer, r))
			last = now_ns() + LAST_NS;
		pause_before(writer, last);
	}
	return 0;
}

/* 0: go on; 1: the front has gone; -errno. */
static int take_batch(struct writer *writer)
{
	CLEANUP(free_ptr) uint8_t *bytes = NULL;
	uint64_t length;
	int r;

	if (!read_all(writer->plan->end, &length, sizeof(length)))
		return 1;
	if (length > BATCH_MAX)
		return -EBADMSG;
	bytes = malloc(length ? length : 1);
	if (!bytes)
		return -ENOMEM;
	if (!read_all(writer->plan->end, bytes, length))
		return 1;
	r = store_unpack(writer->store, bytes, length);
	if (r == 0)
		r = commit(writer);
	if (r == 0)
		ledger_stored(writer->plan->ledger);
	if (r < 0 && r != -EBADMSG)
		return r;
	return answer_front(writer, r) ? 0 : 1;
}

static int open_store(struct writer *writer, struct diag *diag)
{
	const struct store_options options = {.write = true, .memory = 2 * STORE_MEMORY};
	int r = store_open(writer->plan->path, &options, diag, &writer->store);

	if (r == 0)
		r = drop_writer(store_path(writer->store), diag);
	return r;
}

int writer_run(const struct writer_plan *plan)
{
	struct writer writer = {.plan = plan};
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r;

	if (diag_new(&diag) < 0)
		return 1;
	prctl(PR_SET_NAME, "bailiff-store", 0, 0, 0);
	drop_priority();
	r = open_store(&writer, diag);
	if (r < 0 && !diag_errors(diag))
		diag_system(diag, -r, "open", "the store", NULL);
	if (!plan->quiet)
		tell(&writer, diag);
	if (r < 0)
		(void)answer_front(&writer, r);
	while (r == 0)
		r = take_batch(&writer);
	if (r < 0)
		(void)answer_front(&writer, r);
	store_free(writer.store);
	return r < 0 ? 1 : 0;
}

int writer_check(const char *path, struct diag *diag)
{
	const struct store_options options = {.write = true};
	CLEANUP(store_freep) struct store *store = NULL;
	int r = store_open(path, &options, diag, &store);

	if (r < 0 && diag_errors(diag) == 0)
		diag_system(diag, -r, "open", path ? path : "the store", NULL);
	return r;
}
