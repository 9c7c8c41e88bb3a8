/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "room.h"

#define RETRY_NS 1000000000

static const char *const loss_names[] = {
	[SINK_LOSS_FULL] = "report-full",
	[SINK_LOSS_FAILED] = "report-failed",
};

int sink_open(const char *target, struct diag *diag, struct sink **ret_sink)
{
	struct sink *sink = calloc(1, sizeof(*sink));
	int r;

	if (!sink)
		return -ENOMEM;
	r = sink_find(target, diag, sink);
	if (r < 0) {
		sink_free(sink);
		return r;
	}
	*ret_sink = sink;
	return 0;
}

int sink_adopt(int fd, bool text, struct sink **ret_sink)
{
	struct sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	sink->name = strdup("a socket");
	if (!sink->name) {
		free(sink);
		return -ENOMEM;
	}
	sink->way = WAY_SOCKET;
	sink->form = text ? FORM_TEXT : FORM_JSON;
	sink->fd = fd;
	sink->owned = true;
	*ret_sink = sink;
	return 0;
}

bool sink_is_broken(const struct sink *sink)
{
	return sink->broken;
}

void sink_free(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->owned)
		close(sink->fd);
	if (sink->next)
		close(sink->next);
	event_line_clear(&sink->line);
	event_line_clear(&sink->lost_line);
	free(sink->lines);
	free(sink->name);
	free(sink->path);
	free(sink);
}

void sink_freep(struct sink **sink)
{
	sink_free(*sink);
	*sink = NULL;
}

bool sink_is_text(const struct sink *sink)
{
	return sink->form == FORM_TEXT;
}

const char *sink_name(const struct sink *sink)
{
	return sink->name;
}

int sink_fd(const struct sink *sink)
{
	return sink->fd;
}

/* Moves what waits to the front when that makes the room that is wanted. */
static bool make_room(struct sink *sink, size_t length)
{
	if (sink->n_lines == SINK_LINES)
		return false;
	if (SINK_BUFFER - sink->tail >= length)
		return true;
	if (SINK_BUFFER - (sink->tail - sink->head) < length)
		return false;
	memmove(sink->data, sink->data + sink->head, sink->tail - sink->head);
	sink->tail -= sink->head;
	sink->head = 0;
	return true;
}

static bool make_buffer(struct sink *sink)
{
	if (sink->lines)
		return true;
	/* So large that it comes as pages which cost nothing until they are written to. */
	sink->lines = calloc(1, SINK_LINES * sizeof(*sink->lines) + SINK_BUFFER);
	if (!sink->lines) {
		sink->error = ENOMEM;
		return false;
	}
	sink->data = (char *)(sink->lines + SINK_LINES);
	return true;
}

static bool enqueue(struct sink *sink, const char *text, const struct waiting *waiting)
{
	if (!make_buffer(sink) || !make_room(sink, waiting->length))
		return false;
	memcpy(sink->data + sink->tail, text, waiting->length);
	sink->tail += waiting->length;
	sink->lines[(sink->first_line + sink->n_lines++) % SINK_LINES] = *waiting;
	sink->waiting += waiting->violations;
	return true;
}

/* Queues a lost record for each kind of loss that none tells of yet. */
static void tell_losses(struct sink *sink)
{
	int r;

	for (int i = 0; i < SINK_LOSS_COUNT; i++) {
		struct waiting waiting = {.is_lost = true, .loss = (uint8_t)i};

		if (!sink->lost[i])
			continue;
		r = form_lost(sink->form, loss_names[i], sink->lost[i], &sink->lost_line);
		waiting.length = (uint32_t)sink->lost_line.length;
		waiting.violations = sink->lost[i];
		if (r == 0 && enqueue(sink, sink->lost_line.data, &waiting))
			sink->lost[i] = 0;
	}
}

/* A line that is given up: what it told of is lost, and still has to be told (by the kind of the
 * first loss, where it was a lost record itself). */
static void lose(struct sink *sink, const struct waiting *waiting, enum sink_loss loss)
{
	sink->lost[waiting->is_lost ? waiting->loss : loss] += waiting->violations;
}

static void put(struct sink *sink, const char *text, const struct waiting *waiting)
{
	if (sink->way == WAY_NONE)
		return;
	if (sink->broken) {
		lose(sink, waiting, SINK_LOSS_FAILED);
		return;
	}
	/* In order: first what is missing, then what comes after it. */
	if (sink->lost[SINK_LOSS_FULL] || sink->lost[SINK_LOSS_FAILED])
		tell_losses(sink);
	if (sink->lost[SINK_LOSS_FULL] || sink->lost[SINK_LOSS_FAILED] ||
	    !enqueue(sink, text, waiting))
		lose(sink, waiting, sink->retry_at ? SINK_LOSS_FAILED : SINK_LOSS_FULL);
}

void sink_event(struct sink *sink, const struct event *event)
{
	struct waiting waiting = {.violations = event->count};
	int r;

	if (sink->way == WAY_NONE)
		return;
	r = form_event(sink->form, event, &sink->line);
	if (r < 0) {
		lose(sink, &waiting, SINK_LOSS_FAILED);
		return;
	}
	waiting.length = (uint32_t)sink->line.length;
	put(sink, sink->line.data, &waiting);
}

void sink_partial(struct sink *sink, const struct event_partial *partial)
{
	int r;

	/* A host's log hears of violations; this is what the caller says at its start. */
	if (sink->form != FORM_TEXT && sink->form != FORM_JSON)
		return;
	r = sink->form == FORM_TEXT ? event_text_partial(partial, &sink->line)
				    : event_json_partial(partial, &sink->line);
	if (r == 0)
		sink_line(sink, sink->line.data, sink->line.length);
}

void sink_error(struct sink *sink, const char *why)
{
	int r;

	if (sink->form != FORM_TEXT && sink->form != FORM_JSON)
		return;
	r = sink->form == FORM_TEXT ? event_text_error(why, &sink->line)
				    : event_json_error(why, &sink->line);
	if (r == 0)
		sink_line(sink, sink->line.data, sink->line.length);
}

void sink_lost(struct sink *sink, const char *kind, uint64_t count)
{
	if (form_lost(sink->form, kind, count, &sink->line) == 0)
		sink_told(sink, sink->line.data, sink->line.length, count);
	else
		sink_told(sink, "", SIZE_MAX, count);
}

void sink_told(struct sink *sink, const char *text, size_t length, uint64_t violations)
{
	struct waiting waiting = {.length = (uint32_t)length, .violations = violations};

	if (length <= SINK_BUFFER)
		put(sink, text, &waiting);
	else
		lose(sink, &waiting, SINK_LOSS_FULL);
}

void sink_line(struct sink *sink, const char *text, size_t length)
{
	sink_told(sink, text, length, 0);
}

/* `n` bytes have gone out. */
static void advance(struct sink *sink, size_t n)
{
	sink->head += n;
	n += sink->begun;
	while (sink->n_lines && n >= sink->lines[sink->first_line].length) {
		n -= sink->lines[sink->first_line].length;
		sink->waiting -= sink->lines[sink->first_line].violations;
		sink->first_line = (sink->first_line + 1) % SINK_LINES;
		sink->n_lines--;
	}
	sink->begun = n;
	if (sink->head == sink->tail)
		sink->head = sink->tail = 0;
}

/* Gives up all that waits. */
static void drop_waiting(struct sink *sink, enum sink_loss loss)
{
	for (; sink->n_lines; sink->n_lines--) {
		lose(sink, &sink->lines[sink->first_line], loss);
		sink->first_line = (sink->first_line + 1) % SINK_LINES;
	}
	sink->head = sink->tail = sink->begun = 0;
	sink->waiting = 0;
}

/* A write failed. Which way it falls: verdicts never depend on it; what waits is kept while there
 * is hope (a full disk), else it is lost, and counted. */
static void failed(struct sink *sink, int error)
{
	if (error == EMSGSIZE && sink->way == WAY_DATAGRAM) {
		/* This one will never go; the others may. */
		lose(sink, &sink->lines[sink->first_line], SINK_LOSS_FAILED);
		sink->error = error;
		advance(sink, sink->lines[sink->first_line].length);
		return;
	}
	if (error == EAGAIN || error == EWOULDBLOCK) {
		sink->blocked = true;
		return;
	}
	sink->error = error;
	if (error == ENOSPC) {
		sink->retry_at = now_ns() + RETRY_NS;
		return;
	}
	sink->broken = true;
	drop_waiting(sink, SINK_LOSS_FAILED);
}

/*
 * How much to hand over at once. A pipe or a terminal takes PIPE_BUF bytes as one, so lines that
 * fit are not mixed with what the program writes there; a longer line goes alone.
 */
static size_t portion(const struct sink *sink)
{
	size_t length = sink->tail - sink->head, n = sink->lines[sink->first_line].length;
	uint32_t i;

	if (sink->way == WAY_FILE || sink->way == WAY_SOCKET)
		return length;
	if (sink->way == WAY_DATAGRAM)
		return n;
	n -= sink->begun;
	for (i = 1; i < sink->n_lines; i++) {
		length = sink->lines[(sink->first_line + i) % SINK_LINES].length;
		if (n + length > PIPE_BUF)
			break;
		n += length;
	}
	return n;
}

static void pump(struct sink *sink)
{
	ssize_t n;

	sink->blocked = false;
	while (sink->n_lines && !sink->broken) {
		if (sink->rotation.bytes && sink->begun == 0)
			sink_turn_over(sink, portion(sink));
		n = sink_write(sink, sink->data + sink->head, portion(sink), sink->begun == 0);
		if (n == -EINTR)
			continue;
		if (n <= 0) {
			failed(sink, n ? (int)-n : EIO);
			return;
		}
		sink->retry_at = 0;
		advance(sink, (size_t)n);
		if (!sink->n_lines)
			tell_losses(sink);
	}
}

void sink_pump(struct sink *sink)
{
	if (sink->n_lines == 0)
		tell_losses(sink);
	if (sink->n_lines == 0 || (sink->retry_at && now_ns() < sink->retry_at))
		return;
	pump(sink);
}

int sink_wait_fd(const struct sink *sink)
{
	return sink->n_lines && sink->blocked && !sink->broken ? sink->fd : -1;
}

int sink_wait_ms(const struct sink *sink)
{
	int64_t left;

	if (!sink->retry_at || !sink->n_lines)
		return -1;
	left = sink->retry_at - now_ns();
	return left <= 0 ? 0 : (int)(left / 1000000) + 1;
}

void sink_finish(struct sink *sink, int ms)
{
	int64_t end = now_ns() + ms * 1000000ll, left;
	struct pollfd pfd = {.fd = sink->fd, .events = POLLOUT};

	if (!sink->broken && !sink->n_lines)
		tell_losses(sink);
	while (sink->n_lines && !sink->broken) {
		pump(sink);
		left = (end - now_ns()) / 1000000;
		/* A full disk gets this one chance more; a slow reader gets all of the time. */
		if (!sink->n_lines || sink->broken || sink->retry_at || left <= 0)
			break;
		poll(&pfd, 1, left < 100 ? (int)left : 100);
	}
	drop_waiting(sink, sink->retry_at ? SINK_LOSS_FAILED : SINK_LOSS_FULL);
}

uint64_t sink_missing(const struct sink *sink, int *ret_error)
{
	if (ret_error)
		*ret_error = sink->error;
	return sink->waiting + sink->lost[SINK_LOSS_FULL] + sink->lost[SINK_LOSS_FAILED];
}
