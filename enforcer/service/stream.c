/* SPDX-License-Identifier: Apache-2.0 */
/* Violations for many readers. Each has a sink of its own, so none waits for another. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bailiff/policy.h"
#include "bailiff/service.h"
#include "bailiff/sink.h"

#define PUMP_BYTES (64u << 10) /* a sink holds four times as much */
#define LAST_MS	   100

struct watcher {
	struct sink *sink;
	int fd; /* the sink's */
	bool text, waiting;
	char policy[POLICY_MAX_NAME + 1]; /* "": all */
	size_t unpumped;
};

struct stream {
	int epoll_fd;
	size_t n;
	struct watcher watchers[SERVICE_MAX_READER];
	struct event_line json, plain;
};

int stream_new(struct stream **ret_stream)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream)
		return -ENOMEM;
	stream->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (stream->epoll_fd < 0) {
		free(stream);
		return -errno;
	}
	*ret_stream = stream;
	return 0;
}

/* The last takes its place. */
static void leave(struct stream *stream, size_t i)
{
	sink_free(stream->watchers[i].sink); /* closes the socket, which takes it out of epoll */
	stream->watchers[i] = stream->watchers[--stream->n];
}

void stream_free(struct stream *stream)
{
	if (!stream)
		return;
	while (stream->n) {
		sink_finish(stream->watchers[0].sink, LAST_MS);
		leave(stream, 0);
	}
	close_fd(&stream->epoll_fd);
	event_line_clear(&stream->json);
	event_line_clear(&stream->plain);
	free(stream);
}

size_t stream_readers(const struct stream *stream)
{
	return stream->n;
}

int stream_fd(const struct stream *stream)
{
	return stream->epoll_fd;
}

/* "watch", and its words. */
static int parse(const char *request, struct watcher *watcher)
{
	static const char watch[] = "watch", policy[] = "policy=";
	const char *at = request;
	size_t n = strcspn(at, " ");

	if (n != strlen(watch) || memcmp(at, watch, n) != 0)
		return -EINVAL;
	for (at += n; *at; at += n) {
		n = strcspn(++at, " ");
		if (n == 4 && memcmp(at, "text", n) == 0) {
			watcher->text = true;
		} else if (n > strlen(policy) && memcmp(at, policy, strlen(policy)) == 0 &&
			   n - strlen(policy) < sizeof(watcher->policy)) {
			memcpy(watcher->policy, at + strlen(policy), n - strlen(policy));
			watcher->policy[n - strlen(policy)] = '\0';
		} else {
			return -EINVAL;
		}
	}
	return 0;
}

int stream_join(struct stream *stream, int fd, const char *request)
{
	static const char greeting[] = "{\"watching\":\"" BAILIFF_VERSION "\"}\n";
	struct epoll_event event = {.events = EPOLLRDHUP};
	struct watcher watcher = {.fd = fd};
	int r = parse(request, &watcher);

	if (r < 0)
		return r;
	if (stream->n == SERVICE_MAX_READER)
		return -EUSERS;
	r = sink_adopt(fd, watcher.text, &watcher.sink);
	if (r < 0)
		return r;
	event.data.fd = fd;
	/* Without it, one that has gone is found when something is written to it. */
	(void)epoll_ctl(stream->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	sink_line(watcher.sink, greeting, strlen(greeting));
	sink_pump(watcher.sink);
	stream->watchers[stream->n++] = watcher;
	return 0;
}

static void hand(struct watcher *watcher, const struct event_line *line, uint64_t violations)
{
	sink_told(watcher->sink, line->data, line->length, violations);
	watcher->unpumped += line->length;
	if (watcher->unpumped < PUMP_BYTES)
		return;
	watcher->unpumped = 0;
	sink_pump(watcher->sink);
}

/* The line for this watcher, made once: `made` has a bit for each form. NULL: no memory. */
static const struct event_line *event_for(struct stream *stream, const struct watcher *watcher,
					  const struct event *event, unsigned *made)
{
	struct event_line *line = watcher->text ? &stream->plain : &stream->json;
	unsigned bit = watcher->text ? 1 : 2;

	if (*made & bit)
		return line;
	if ((watcher->text ? event_text(event, line) : event_json(event, line)) < 0)
		return NULL;
	*made |= bit;
	return line;
}

void stream_event(struct stream *stream, const struct event *event)
{
	const struct event_line *line;
	unsigned made = 0;

	for (size_t i = 0; i < stream->n; i++) {
		struct watcher *watcher = &stream->watchers[i];

		if (watcher->policy[0] &&
		    (!event->policy || strcmp(event->policy, watcher->policy) != 0))
			continue;
		line = event_for(stream, watcher, event, &made);
		if (line)
			hand(watcher, line, event->count);
		else
			sink_told(watcher->sink, "", SIZE_MAX, event->count); /* lost */
	}
}

void stream_lost(struct stream *stream, const char *kind, uint64_t count)
{
	for (size_t i = 0; i < stream->n; i++) {
		struct watcher *watcher = &stream->watchers[i];
		struct event_line *line = watcher->text ? &stream->plain : &stream->json;
		int r = watcher->text ? event_text_lost(kind, count, line)
				      : event_json_lost(kind, count, line);

		if (r == 0)
			hand(watcher, line, count);
	}
}

/* Has it gone? What it sends beyond its request is no matter. */
static bool has_gone(const struct watcher *watcher)
{
	char bytes[256];
	ssize_t n;

	do
		n = recv(watcher->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (n > 0);
	return sink_is_broken(watcher->sink) || n == 0 || (errno != EAGAIN && errno != EINTR);
}

void stream_turn(struct stream *stream)
{
	struct epoll_event event = {.events = 0};

	for (size_t i = 0; i < stream->n;) {
		struct watcher *watcher = &stream->watchers[i];
		bool waiting;

		sink_pump(watcher->sink);
		watcher->unpumped = 0;
		if (has_gone(watcher)) {
			leave(stream, i);
			continue;
		}
		waiting = sink_wait_fd(watcher->sink) >= 0;
		event.events = waiting ? EPOLLRDHUP | EPOLLOUT : EPOLLRDHUP;
		event.data.fd = watcher->fd;
		if (waiting != watcher->waiting)
			(void)epoll_ctl(stream->epoll_fd, EPOLL_CTL_MOD, watcher->fd, &event);
		watcher->waiting = waiting;
		i++;
	}
}

void service_refuse(int fd, const char *why)
{
	struct event_line line = {0};

	if (event_json_error(why, &line) == 0)
		(void)!send(fd, line.data, line.length, MSG_DONTWAIT | MSG_NOSIGNAL);
	event_line_clear(&line);
	close(fd);
}
