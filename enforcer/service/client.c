/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the service. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bailiff/service.h"

#define ANSWER_MS 5000
#define BATCH	  (1u << 20) /* bytes handed on at once */

struct service_reader {
	int fd;
	char *data;
	size_t length, capacity;
};

static int connect_to(const char *path, struct diag *diag)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(close_fd) int fd = -1;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		if (r != -ENOENT && r != -ECONNREFUSED)
			diag_system(diag, -r, "connect to", path, NULL);
		return r;
	}
	r = fd;
	fd = -1;
	return r;
}

/* Reads what is there, or the end. Bytes, or -errno (-EAGAIN: nothing; -EPIPE: the end). */
static ssize_t fill(struct service_reader *reader)
{
	ssize_t n;

	if (grow_array(&reader->data, &reader->capacity, reader->length + 65536, 1) < 0)
		return -ENOMEM;
	n = recv(reader->fd, reader->data + reader->length, reader->capacity - reader->length,
		 MSG_DONTWAIT);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (n == 0)
		return -EPIPE;
	reader->length += (size_t)n;
	return n;
}

/* Hands on the whole lines, at most `most`. */
static int hand_on(struct service_reader *reader, service_line *take, void *context, int most)
{
	char *at = reader->data, *end = at ? at + reader->length : at, *newline;
	int count = 0;

	while (count < most && at < end && (newline = memchr(at, '\n', (size_t)(end - at)))) {
		take(context, at, (size_t)(newline + 1 - at));
		at = newline + 1;
		count++;
	}
	reader->length = (size_t)(end - at);
	if (count)
		memmove(reader->data, at, reader->length);
	return count;
}

struct answer {
	struct diag *diag;
	bool refused;
};

static void take_answer(void *context, const char *line, size_t length)
{
	struct answer *answer = context;
	char text[512];

	if (length > 11 && memcmp(line, "{\"watching\":", 12) == 0)
		return;
	answer->refused = true;
	escape_text(line, length - 1, text, sizeof(text));
	diag_error(answer->diag, NULL, "the service refuses: %s", text);
}

static int await_answer(struct service_reader *reader, struct diag *diag)
{
	struct pollfd pfd = {.fd = reader->fd, .events = POLLIN};
	struct answer answer = {.diag = diag};
	ssize_t n = 0;

	while (!hand_on(reader, take_answer, &answer, 1)) {
		if (poll(&pfd, 1, ANSWER_MS) <= 0) {
			diag_error(diag, NULL, "the service does not answer");
			return -ETIMEDOUT;
		}
		n = fill(reader);
		if (n < 0 && n != -EAGAIN && n != -EINTR) {
			diag_system(diag, (int)-n, "read from", "the service", NULL);
			return (int)n;
		}
	}
	return !answer.refused ? 0 : geteuid() ? -EPERM : -ECONNABORTED;
}

int service_watch(const char *path, bool text, const char *policy, struct diag *diag,
		  struct service_reader **ret_reader)
{
	struct service_reader *reader = calloc(1, sizeof(*reader));
	char request[SERVICE_REQUEST];
	int n = snprintf(request, sizeof(request), "watch%s%s%s\n", text ? " text" : "",
			 policy ? " policy=" : "", policy ? policy : "");
	int r;

	if (!reader)
		return -ENOMEM;
	reader->fd = connect_to(path, diag);
	r = reader->fd < 0 ? reader->fd : n >= (int)sizeof(request) ? -EINVAL : 0;
	if (r == 0 && send(reader->fd, request, (size_t)n, MSG_NOSIGNAL) != n)
		r = -EPIPE;
	if (r == 0)
		r = await_answer(reader, diag);
	if (r < 0) {
		service_reader_free(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

void service_reader_free(struct service_reader *reader)
{
	if (!reader)
		return;
	close_fd(&reader->fd);
	free(reader->data);
	free(reader);
}

int service_reader_fd(const struct service_reader *reader)
{
	return reader->fd;
}

int service_reader_pump(struct service_reader *reader, service_line *take, void *context)
{
	size_t bytes = 0;
	ssize_t n = 0;
	int count = hand_on(reader, take, context, INT32_MAX); /* what came with the answer */

	for (; bytes < BATCH; bytes += (size_t)n) {
		n = fill(reader);
		if (n < 0)
			break;
		count += hand_on(reader, take, context, INT32_MAX);
	}
	if (n < 0 && n != -EAGAIN && n != -EINTR && count == 0)
		return (int)n;
	return count;
}
