/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is for the store. The front only counts; another process writes, for the disk may take as long as
 * it likes, and the ring may not wait for it. One batch at a time is on its way, and kept until it is
 * written; meanwhile the next gathers, in a table of bounded size.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/store.h"
#include "room.h"

struct outbox {
	struct store *store;
	struct ledger *ledger;
	int end;	/* of the socket; -1: nobody writes at the moment */
	uint8_t *batch; /* NULL: none is on its way */
	size_t size, sent;
	uint64_t length;     /* as it is sent */
	uint64_t violations; /* in the batch */
	int error;
	struct store_receipt receipt;
	size_t received;
};

int outbox_new(struct ledger *ledger, struct outbox **ret_outbox)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));
	int r;

	if (!outbox)
		return -ENOMEM;
	outbox->end = -1;
	outbox->ledger = ledger;
	r = store_gather(NULL, &outbox->store);
	if (r < 0) {
		free(outbox);
		return r;
	}
	*ret_outbox = outbox;
	return 0;
}

void outbox_free(struct outbox *outbox)
{
	if (!outbox)
		return;
	close_fd(&outbox->end);
	store_free(outbox->store);
	free(outbox->batch);
	free(outbox);
}

void outbox_event(struct outbox *outbox, const struct event *event)
{
	if (outbox)
		store_put(outbox->store, event);
}

void outbox_lost(struct outbox *outbox, const char *kind, uint64_t count)
{
	if (outbox)
		store_put_lost(outbox->store, kind, count, 0);
}

/* The batch is sent again from its beginning; where it was written, that is found. */
static void disconnect(struct outbox *outbox)
{
	close_fd(&outbox->end);
	outbox->end = -1;
	outbox->sent = outbox->received = 0;
}

void outbox_connect(struct outbox *outbox, int end)
{
	disconnect(outbox);
	outbox->end = end;
}

/* --- A batch's way ------------------------------------------------------------------------------ */

static void begin(struct outbox *outbox)
{
	uint64_t violations = store_missing(outbox->store, NULL);
	void *bytes;
	size_t size;

	if (store_pack(outbox->store, &bytes, &size) < 0)
		return; /* later, then */
	outbox->batch = bytes;
	outbox->size = size;
	outbox->length = size;
	outbox->sent = outbox->received = 0;
	outbox->violations = violations;
	ledger_sends(outbox->ledger, violations);
}

static void forget(struct outbox *outbox)
{
	free(STEAL(outbox->batch));
	outbox->violations = 0;
	outbox->size = outbox->sent = outbox->received = 0;
}

/* Its length first. */
static void send_more(struct outbox *outbox)
{
	const size_t head = sizeof(outbox->length);
	size_t all = head + outbox->size, at;
	const uint8_t *from;
	ssize_t n;

	while (outbox->end >= 0 && outbox->sent < all) {
		at = outbox->sent;
		from = at < head ? (const uint8_t *)&outbox->length + at
				 : outbox->batch + (at - head);
		n = send(outbox->end, from, at < head ? head - at : all - at,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0)
			disconnect(outbox);
		else
			outbox->sent += (size_t)n;
	}
}

static void take_receipt(struct outbox *outbox)
{
	int error = -outbox->receipt.result;

	outbox->received = 0;
	outbox->error = error;
	if (error == EBADMSG) /* it can't be told what it was */
		store_put_lost(outbox->store, "store-failed", outbox->violations, 0);
	if (outbox->batch && (!error || error == EBADMSG))
		forget(outbox);
}

static void receive(struct outbox *outbox)
{
	uint8_t *to = (uint8_t *)&outbox->receipt;
	ssize_t n;

	while (outbox->end >= 0) {
		n = recv(outbox->end, to + outbox->received,
			 sizeof(outbox->receipt) - outbox->received, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			disconnect(outbox);
			return;
		}
		outbox->received += (size_t)n;
		if (outbox->received == sizeof(outbox->receipt))
			take_receipt(outbox);
	}
}

static bool is_due(const struct outbox *outbox)
{
	int64_t due = store_due(outbox->store);

	return due >= 0 && due <= now_ns();
}

void outbox_turn(struct outbox *outbox)
{
	if (!outbox)
		return;
	receive(outbox);
	if (!outbox->batch && outbox->end >= 0 && is_due(outbox))
		begin(outbox);
	if (outbox->batch)
		send_more(outbox);
}

struct pollfd outbox_poll(const struct outbox *outbox)
{
	struct pollfd pfd = {.fd = outbox ? outbox->end : -1, .events = POLLIN};

	if (outbox && outbox->batch && outbox->sent < sizeof(outbox->length) + outbox->size)
		pfd.events |= POLLOUT;
	return pfd;
}

int outbox_wait_ms(const struct outbox *outbox)
{
	int64_t left = outbox ? store_due(outbox->store) : -1;

	if (left < 0 || outbox->end < 0 || outbox->batch)
		return -1;
	left -= now_ns();
	return left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

int outbox_error(const struct outbox *outbox)
{
	return outbox ? outbox->error : 0;
}

uint64_t outbox_missing(const struct outbox *outbox)
{
	return outbox->violations + store_missing(outbox->store, NULL);
}

uint64_t outbox_finish(struct outbox *outbox, int ms)
{
	int64_t end = now_ns() + ms * 1000000ll, left;

	if (!outbox)
		return 0;
	while (outbox->end >= 0 && (left = (end - now_ns()) / 1000000) > 0) {
		struct pollfd pfd;

		if (!outbox->batch && store_due(outbox->store) < 0)
			break;
		if (!outbox->batch)
			begin(outbox);
		if (outbox->batch)
			send_more(outbox);
		pfd = outbox_poll(outbox);
		(void)poll(&pfd, 1, (int)left);
		receive(outbox);
	}
	return outbox_missing(outbox);
}
