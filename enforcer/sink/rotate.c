/* SPDX-License-Identifier: Apache-2.0 */
/* A file that has grown large enough is put aside, and another begins. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "room.h"

/* As seen from any directory. Not realpath(): a link in the file's place is what is put aside. */
static char *whole_path(const char *name)
{
	CLEANUP(free_ptr) char *here = *name == '/' ? NULL : getcwd(NULL, 0);
	char *path = NULL;

	if (*name == '/')
		return strdup(name);
	if (!here || asprintf(&path, "%s/%s", here, name) < 0)
		return NULL;
	return path;
}

int sink_rotate(struct sink *sink, const struct sink_rotation *rotation)
{
	if (sink->way != WAY_FILE || !sink->owned || rotation->bytes < SINK_ROTATE_MIN ||
	    !rotation->keep || rotation->keep > SINK_ROTATE_KEEP)
		return -EINVAL;
	free(sink->path);
	sink->path = whole_path(sink->name);
	if (!sink->path)
		return -errno;
	sink->rotation = *rotation;
	sink->limit = rotation->bytes;
	return 0;
}

static bool is_same(const struct sink *sink)
{
	struct stat open_file, named;

	return fstat(sink->fd, &open_file) == 0 && stat(sink->path, &named) == 0 &&
	       open_file.st_dev == named.st_dev && open_file.st_ino == named.st_ino;
}

/* FILE.2 to FILE.3, FILE.1 to FILE.2, FILE to FILE.1: the last is gone. */
static int put_aside(const struct sink *sink)
{
	for (unsigned i = sink->rotation.keep; i > 0; i--) {
		CLEANUP(free_ptr) char *from = NULL, *to = NULL;
		int n = i > 1 ? asprintf(&from, "%s.%u", sink->path, i - 1)
			      : asprintf(&from, "%s", sink->path);

		if (n < 0) {
			from = NULL;
			return -ENOMEM;
		}
		if (asprintf(&to, "%s.%u", sink->path, i) < 0) {
			to = NULL;
			return -ENOMEM;
		}
		if (rename(from, to) < 0 && errno != ENOENT)
			return -errno;
	}
	return 0;
}

int sink_rotate_elsewhere(struct sink *sink, const struct sink_rotation *rotation)
{
	int r = sink_rotate(sink, rotation);

	sink->elsewhere = r == 0;
	return r;
}

size_t sink_turn_due(const struct sink *sink)
{
	return sink->turn_due;
}

/* Not again for each line. */
static void raise_limit(struct sink *sink, uint64_t size)
{
	sink->limit = size + sink->rotation.bytes / 16;
}

void sink_turn(struct sink *sink, int fd)
{
	struct stat st;

	sink->turn_due = 0;
	if (fd > 0) {
		if (sink->next)
			close(sink->next);
		sink->next = fd;
	} else {
		sink->error = -fd;
		if (fstat(sink->fd, &st) == 0)
			raise_limit(sink, (uint64_t)st.st_size);
	}
}

/* At the beginning of a line. */
static void go_on(struct sink *sink)
{
	if (!sink->next)
		return;
	close(sink->fd);
	sink->fd = sink->next;
	sink->next = 0;
	sink->limit = sink->rotation.bytes;
}

int sink_put_aside(const char *path, const struct sink_rotation *rotation, size_t more, int *ret_fd)
{
	CLEANUP(sink_freep) struct sink *sink = NULL;
	int r = sink_open(path, NULL, &sink);

	if (r == 0)
		r = sink_rotate(sink, rotation);
	if (r < 0)
		return r;
	sink_turn_over(sink, more);
	if (sink->error)
		return -sink->error;
	/* Also where another process was faster: then this is the file that it has begun. */
	*ret_fd = sink->fd;
	sink->owned = false;
	return 0;
}

/* Which way it falls: what can't be put aside is written to as it is. */
void sink_turn_over(struct sink *sink, size_t more)
{
	struct stat st;
	uint64_t size;
	int fd, r = 0;

	go_on(sink);
	if (fstat(sink->fd, &st) < 0 || st.st_size == 0 ||
	    (uint64_t)st.st_size + more <= sink->limit)
		return;
	if (sink->elsewhere) {
		sink->turn_due = more;
		return;
	}
	size = (uint64_t)st.st_size;
	/* Others may write there too, each to the same limit. The first takes the lock. */
	if (flock(sink->fd, LOCK_EX | LOCK_NB) < 0)
		return;
	if (is_same(sink))
		r = put_aside(sink);
	/* Whatever others may have put there: no fifo keeps us waiting, and no link leads away. */
	fd = r < 0 ? r
		   : open(sink->path,
			  O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY |
				  O_CLOEXEC,
			  0600);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		close(sink->fd); /* and the lock */
		sink->fd = fd;
		sink->limit = sink->rotation.bytes;
		return;
	}
	sink->error = r < 0 ? -r : fd < 0 ? errno : EINVAL;
	close_fd(&fd);
	flock(sink->fd, LOCK_UN);
	raise_limit(sink, size);
}
