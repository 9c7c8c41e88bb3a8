/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "room.h"

/* A regular file took only a part. Takes the torn line back, where nobody has written since, so
 * that the file holds whole lines at every moment. True when it is gone. */
static bool take_back(const struct sink *sink, size_t torn)
{
	struct stat st;
	off_t at = lseek(sink->fd, 0, SEEK_CUR);

	/* The program's own output is not ours to cut. */
	if (!sink->owned || at < 0 || fstat(sink->fd, &st) < 0 || st.st_size != at ||
	    at < (off_t)torn)
		return false;
	return ftruncate(sink->fd, at - (off_t)torn) == 0 &&
	       lseek(sink->fd, -(off_t)torn, SEEK_CUR) >= 0;
}

/* The bytes of data[0..n) that are whole lines. */
static size_t whole(const char *data, size_t n)
{
	while (n && data[n - 1] != '\n')
		n--;
	return n;
}

static ssize_t write_file(struct sink *sink, const char *data, size_t length, bool at_line)
{
	ssize_t n = write(sink->fd, data, length);
	size_t lines;

	if (n < 0)
		return errno == EDQUOT || errno == EFBIG ? -ENOSPC : -errno;
	if ((size_t)n == length)
		return n;
	lines = whole(data, (size_t)n);
	/* Not taken back: the rest follows later, and the line is whole then. */
	if ((at_line || lines) && (size_t)n > lines && take_back(sink, (size_t)n - lines))
		n = (ssize_t)lines;
	return n ? n : -ENOSPC;
}

static ssize_t write_shared(const struct sink *sink, const char *data, size_t length)
{
	struct pollfd pfd = {.fd = sink->fd, .events = POLLOUT};
	ssize_t n;

	if (poll(&pfd, 1, 0) <= 0 || !(pfd.revents & (POLLOUT | POLLERR)))
		return -EAGAIN;
	n = write(sink->fd, data, length < PIPE_BUF ? length : PIPE_BUF);
	return n < 0 ? -errno : n;
}

/* Each datagram finds its way anew: a log that was started again is at the same address. */
static ssize_t write_datagram(const struct sink *sink, const char *data, size_t length)
{
	ssize_t n = sendto(sink->fd, data, sink->form == FORM_SYSLOG ? length - 1 : length,
			   MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&sink->address,
			   sink->address_size);

	if (n >= 0)
		return (ssize_t)length;
	/* Nobody there, or slow: there is no descriptor that tells when it will be otherwise. */
	return errno == EINTR || errno == EMSGSIZE ? -errno : -ENOSPC;
}

ssize_t sink_write(struct sink *sink, const char *data, size_t length, bool at_line)
{
	ssize_t n = -EINVAL;

	switch (sink->way) {
	case WAY_NONE:
		return (ssize_t)length;
	case WAY_FILE:
		return write_file(sink, data, length, at_line);
	case WAY_SOCKET:
		n = send(sink->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		break;
	case WAY_STREAM:
		n = write(sink->fd, data, length);
		break;
	case WAY_SHARED:
		return write_shared(sink, data, length);
	case WAY_DATAGRAM:
		return write_datagram(sink, data, length);
	}
	return n < 0 ? -errno : n;
}
