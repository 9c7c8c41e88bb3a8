/* SPDX-License-Identifier: Apache-2.0 */
/* What there is one of: the service, by its lock, and its socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "room.h"

#define BACKLOG 128

static int check_run(struct diag *diag)
{
	struct stat st;
	int r;

	if (mkdir(LSM_RUN, 0755) < 0 && errno != EEXIST) {
		r = -errno;
		diag_system(diag, -r, "make the directory", LSM_RUN,
			    r == -EACCES ? "only root may run the service" : NULL);
		return r;
	}
	if (lstat(LSM_RUN, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_mode & (S_IWGRP | S_IWOTH)) {
		diag_error(diag, NULL,
			   "%s is not this user's alone to write; only root may run the service",
			   LSM_RUN);
		return -EPERM;
	}
	return 0;
}

int socket_lock(struct diag *diag, int *ret_lock)
{
	CLEANUP(close_fd) int fd = -1;
	char pid[32] = "";
	int r = check_run(diag), n;

	if (r < 0)
		return r;
	fd = open(GUARD_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		r = -errno;
		diag_system(diag, -r, "open", GUARD_LOCK, NULL);
		return r;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (pread(fd, pid, sizeof(pid) - 1, 0) < 0)
			pid[0] = '\0';
		diag_error(diag, NULL, "the service runs already%s%s; end that one first",
			   pid[0] ? ", as process " : "", pid);
		return -EBUSY;
	}
	n = snprintf(pid, sizeof(pid), "%d", (int)getpid());
	/* For messages alone. */
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, pid, (size_t)n, 0);
	*ret_lock = fd;
	fd = -1;
	return 0;
}

int service_reload(struct diag *diag)
{
	CLEANUP(close_fd) int fd = open(GUARD_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	char text[32] = "";
	const char *at = text;
	uint64_t pid = 0;
	int r = fd < 0 ? -errno : 0;

	if (r < 0 && r != -ENOENT) {
		diag_system(diag, -r, "open", GUARD_LOCK, r == -EACCES ? "only root may" : NULL);
		return r;
	}
	/* Whoever has the lock lives. */
	if (r == 0 &&
	    (flock(fd, LOCK_SH | LOCK_NB) == 0 || pread(fd, text, sizeof(text) - 1, 0) <= 0 ||
	     !take_number(&at, 10, &pid) || !pid || pid > INT32_MAX))
		r = -ENOENT;
	if (r == -ENOENT)
		diag_error(diag, NULL, "the service does not run; `bailiff guard` is it");
	if (r == 0 && kill((pid_t)pid, SIGHUP) < 0) {
		r = -errno;
		diag_system(diag, -r, "signal", "the service", NULL);
	}
	return r;
}

int socket_listen(struct diag *diag, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SERVICE_SOCKET};
	CLEANUP(close_fd) int fd = -1;
	int r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* A former service's, which is gone: the lock says so. */
	if (fd < 0 || (unlink(SERVICE_SOCKET) < 0 && errno != ENOENT) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(SERVICE_SOCKET, 0666) < 0 || listen(fd, BACKLOG) < 0) {
		r = -errno;
		diag_system(diag, -r, "listen on", SERVICE_SOCKET, NULL);
		return r;
	}
	*ret_fd = fd;
	fd = -1;
	return 0;
}

void socket_remove(void)
{
	(void)unlink(SERVICE_SOCKET);
}
