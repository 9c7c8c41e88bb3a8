/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "room.h"

#define UNIX_PREFIX "unix:"

static int open_file(const char *path, struct diag *diag, struct sink *sink)
{
	CLEANUP(close_fd) int fd = -1;
	struct stat st;
	int r;

	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st) < 0) {
		r = -errno;
		diag_system(diag, r, "open the report", path,
			    r == -ENXIO	   ? "nobody reads this fifo; start its reader first"
			    : r == -ENOENT ? "does its directory exist?"
					   : NULL);
		return r;
	}
	sink->way = S_ISREG(st.st_mode) ? WAY_FILE : WAY_STREAM;
	sink->owned = true;
	sink->fd = fd;
	fd = -1;
	return 0;
}

static int open_socket(const char *path, struct diag *diag, struct sink *sink)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(close_fd) int fd = -1;
	int r;

	if (!*path || strlen(path) >= sizeof(address.sun_path)) {
		diag_error(diag, NULL,
			   "the report's socket path has %zu bytes; it must have 1 to %zu",
			   strlen(path), sizeof(address.sun_path) - 1);
		return -EINVAL;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		diag_system(diag, r, "connect the report to", path,
			    r == -ECONNREFUSED || r == -ENOENT ? "is its reader listening there?"
			    : r == -EAGAIN		       ? "its reader does not accept"
							       : NULL);
		return r;
	}
	sink->way = WAY_SOCKET;
	sink->owned = true;
	sink->fd = fd;
	fd = -1;
	return 0;
}

/* Standard output or error: the program has it too. */
static int open_shared(int shared, const char *name, struct diag *diag, struct sink *sink)
{
	char path[32];
	struct stat st;
	int flags = fcntl(shared, F_GETFL), fd;

	if (flags < 0 || (flags & O_PATH) || (flags & O_ACCMODE) == O_RDONLY ||
	    fstat(shared, &st) < 0) {
		/* Nobody hears what is told to a closed standard error; a report that was asked for
		 * is another matter. */
		if (shared == STDERR_FILENO) {
			sink->way = WAY_NONE;
			return 0;
		}
		diag_system(diag, EBADF, "report to", name, "it is closed");
		return -EBADF;
	}
	sink->fd = shared;
	if (S_ISREG(st.st_mode)) {
		/* The same open file as the program's: their writes share one position. */
		sink->way = WAY_FILE;
		return 0;
	}
	if (S_ISSOCK(st.st_mode)) {
		sink->way = WAY_SOCKET;
		return 0;
	}
	sink->way = WAY_SHARED;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", shared);
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return 0; /* no /proc, or another user's terminal: written to with care */
	sink->way = WAY_STREAM;
	sink->owned = true;
	sink->fd = fd;
	return 0;
}

int sink_find(const char *target, struct diag *diag, struct sink *sink)
{
	sink->fd = -1;
	sink->form = target ? FORM_JSON : FORM_TEXT;
	sink->name = strdup(!target		       ? "standard error"
			    : strcmp(target, "-") == 0 ? "standard output"
						       : target);
	if (!sink->name)
		return -ENOMEM;
	if (!target)
		return open_shared(STDERR_FILENO, sink->name, diag, sink);
	if (strcmp(target, "none") == 0) {
		sink->way = WAY_NONE;
		return 0;
	}
	if (strcmp(target, "-") == 0)
		return open_shared(STDOUT_FILENO, sink->name, diag, sink);
	if (strncmp(target, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		return open_socket(target + strlen(UNIX_PREFIX), diag, sink);
	if (strncmp(target, "journal:", 8) == 0 || strncmp(target, "syslog:", 7) == 0)
		return sink_find_log(target, diag, sink);
	if (strcmp(target, "journal") == 0 || strcmp(target, "syslog") == 0) {
		diag_error(diag, NULL,
			   "report to %s: with a colon, %s:, it is the log; a file of "
			   "that name is ./%s",
			   target, target, target);
		return -EINVAL;
	}
	return open_file(target, diag, sink);
}
