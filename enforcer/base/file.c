/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/base.h"

static int check(const struct stat *st, unsigned flags)
{
	if (S_ISDIR(st->st_mode))
		return -EISDIR;
	if (!S_ISREG(st->st_mode))
		return -EINVAL;
	if ((flags & READ_OWNED) &&
	    ((st->st_uid != 0 && st->st_uid != geteuid()) || (st->st_mode & 022)))
		return -EPERM;
	return 0;
}

/* Opens only what is a regular file at that moment: O_PATH first, so that a fifo does not block
 * and a device does not act; then the very same inode, by its descriptor. */
static int open_regular(const char *path, unsigned flags)
{
	CLEANUP(close_fd) int place = open(path, O_PATH | O_CLOEXEC);
	struct stat st;
	char name[64];
	int fd, r;

	if (place < 0)
		return -errno;
	if (fstat(place, &st) < 0)
		return -errno;
	r = check(&st, flags);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", place);
	fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		/* No /proc (an empty container image). The name again, and the same inode or
		 * nothing. */
		struct stat again;

		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd >= 0 && (fstat(fd, &again) < 0 || again.st_ino != st.st_ino ||
				again.st_dev != st.st_dev)) {
			close(fd);
			return -ESTALE;
		}
	}
	return fd < 0 ? -errno : fd;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int read_file(const char *path, size_t limit, unsigned flags, char **ret_data, size_t *ret_length)
{
	CLEANUP(close_fd) int fd = open_regular(path, flags);

	return fd < 0 ? fd : read_open_file(fd, limit, flags, ret_data, ret_length);
}

int read_open_file(int fd, size_t limit, unsigned flags, char **ret_data, size_t *ret_length)
{
	struct stat before, after;
	CLEANUP(free_ptr) char *data = NULL;
	size_t length = 0, size;
	ssize_t n;
	int r;

	if (fstat(fd, &before) < 0)
		return -errno;
	r = check(&before, flags);
	if (r < 0)
		return r;
	if (before.st_size < 0 || (uintmax_t)before.st_size > limit)
		return -EFBIG;
	size = (size_t)before.st_size;
	data = malloc(size + 1);
	if (!data)
		return -ENOMEM;
	while (length <= size) {
		/* One byte more than expected is asked for: a file that grew is noticed. */
		n = read(fd, data + length, size + 1 - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	if (fstat(fd, &after) < 0)
		return -errno;
	if (length != size || !same_file(&before, &after))
		return -ESTALE;
	data[length] = '\0';
	*ret_data = STEAL(data);
	*ret_length = length;
	return 0;
}

int write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;
	ssize_t n;

	while (length) {
		n = write(fd, at, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}
