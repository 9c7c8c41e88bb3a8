/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of trespass share: the place, the table's form, and what is there to be found. */
#ifndef LIVE_TRESPASS_H
#define LIVE_TRESPASS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/tiny.h"

#define IMPOSSIBLE 240 /* here, whoever tries */

struct attack {
	const char *name;
	int (*make)(void);   /* 0: it did what it wanted; an errno */
	const char *open;    /* NULL: it has to be stopped; else why it is not */
	bool (*where)(void); /* it is open; NULL: everywhere */
};

static char here[200];
static pid_t outside; /* who has started us: the shell, or bailiff */

static bool to_root_of_new(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	return geteuid() == 0 && uname(&name) == 0 &&
	       sscanf(name.release, "%d.%d", &major, &minor) == 2 && major * 1000 + minor > 6012;
}
static bool before_scopes(void)
{
	return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) < 6;
}

static int of(long r)
{
	return r < 0 ? errno : 0;
}

/* A descriptor's errno, or that of reading a byte by it. */
static int reads(int fd)
{
	char c;

	return fd < 0 ? errno : read(fd, &c, 1) == 1 ? 0 : errno ? errno : EIO;
}

static int opens(const char *path)
{
	return reads(open(path, O_RDONLY | O_CLOEXEC));
}

static void put(const char *path, const void *data, size_t size, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd)) {
		printf("FAIL prepare %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

static const char *odd_name(void)
{
	static char name[256];

	memset(name, 'n', 255);
	return name;
}

/* DIRECTORY/d/d/... : the names are shorter than the path is long. */
static void dig(const char *top, unsigned depth)
{
	int fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (unsigned i = 0; i < depth && fd >= 0; i++) {
		int next;

		(void)mkdirat(fd, "d", 0755);
		next = openat(fd, "d", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	if (fd >= 0)
		close(openat(fd, "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	close(fd);
}

static void prepare(void)
{
	char path[300];

	for (const char *const *dir = (const char *const[]){"secret", "secret/sub", "secret/gone",
							    "ro", "open", "open/sub", NULL};
	     *dir; dir++)
		if (mkdir(*dir, 0755) && errno != EEXIST)
			exit(1);
	put("secret/file", "secret\n", 7, 0644);
	put("secret/sub/file", "secret\n", 7, 0644);
	put("secret/run", tiny, sizeof(tiny), 0755);
	put("secret/new\nline\xff\x80", "secret\n", 7, 0644);
	snprintf(path, sizeof(path), "secret/%s", odd_name());
	put(path, "secret\n", 7, 0644);
	put("secret/doomed", "secret\n", 7, 0644);
	put("ro/file", "ro\n", 3, 0644);
	put("open/file", "open\n", 5, 0644);
	put("open/run", tiny, sizeof(tiny), 0755);
	put("open/script", "#!open/run\n", 11, 0755);
	(void)symlink("../secret/file", "open/link");
	(void)symlink("../secret", "open/dirlink");
	(void)link("secret/file", "open/hard");
	dig("secret", 200);
}

#endif
