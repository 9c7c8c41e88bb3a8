// SPDX-License-Identifier: Apache-2.0
// violate: does what is not allowed, so many times; prints how often it was refused.
//
//   violate open N PATH     opens a file
//   violate names N DIR     opens DIR/0, DIR/1, ...: each another kind of violation
//   violate make N DIR      makes these
//   violate exec N PATH     executes it
//   violate connect N PORT  connects to it, by TCP, on this host
//   violate chroot N        wants CAP_SYS_CHROOT
//   violate mkdir N         makes a directory
//   violate sum 0 TEXT      the counts of the lines on standard input that have this text
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd;
}

static int try_names(const char *directory, unsigned i)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%u", directory, i);
	return try_open(path);
}

static int make(const char *directory, unsigned i)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%u", directory, i);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	return fd;
}

static int try_exec(const char *path)
{
	char *argv[] = {(char *)(unsigned long)path, NULL};

	return execv(path, argv);
}

static int try_connect(const char *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((unsigned short)atoi(port)),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), r, error;

	if (fd < 0)
		return 0;
	r = connect(fd, (struct sockaddr *)&address, sizeof(address));
	error = errno;
	close(fd);
	errno = error;
	return r;
}

static int sum(const char *text)
{
	unsigned long long all = 0;
	char *line = NULL, *count;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0)
		if (strstr(line, text) && (count = strstr(line, "\"count\":")))
			all += strtoull(count + 8, NULL, 10);
	free(line);
	printf("%llu\n", all);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "", *where = argc > 3 ? argv[3] : "";
	unsigned n = argc > 2 ? (unsigned)atoi(argv[2]) : 0, refused = 0;

	if (!strcmp(what, "sum"))
		return sum(where);
	for (unsigned i = 0; i < n; i++) {
		int r = !strcmp(what, "open")	   ? try_open(where)
			: !strcmp(what, "names")   ? try_names(where, i)
			: !strcmp(what, "make")	   ? make(where, i)
			: !strcmp(what, "exec")	   ? try_exec(where)
			: !strcmp(what, "connect") ? try_connect(where)
			: !strcmp(what, "chroot")  ? chroot("/")
			: !strcmp(what, "mkdir")   ? mkdir("/tmp/violate", 0700)
						   : 0;

		refused += r < 0 && (errno == EPERM || errno == EACCES);
	}
	printf("%u\n", refused);
	return 0;
}
