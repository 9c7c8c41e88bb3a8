/* SPDX-License-Identifier: Apache-2.0 */
/* Where metrics are served: on this machine alone. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "room.h"

#define UNIX_PREFIX "unix:"
#define BACKLOG	    128

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un path;
};

static int refuse(struct diag *diag, const char *target, const char *why)
{
	diag_error(diag, NULL, "metrics on %s: %s", target, why);
	return -EINVAL;
}

static int path_address(const char *target, struct diag *diag, union address *address,
			socklen_t *ret_size)
{
	const char *path = target + strlen(UNIX_PREFIX);

	if (path[0] != '/' || strlen(path) >= sizeof(address->path.sun_path))
		return refuse(
			diag, target,
			"after unix: comes the absolute path of a socket, of at most 107 bytes");
	address->path.sun_family = AF_UNIX;
	memcpy(address->path.sun_path, path, strlen(path) + 1);
	*ret_size = sizeof(address->path);
	return 0;
}

static bool is_loopback(const union address *address)
{
	if (address->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&address->six.sin6_addr);
	return ntohl(address->four.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static int ip_address(const char *target, struct diag *diag, union address *address,
		      socklen_t *ret_size)
{
	static const char form[] = "it is a loopback address in numbers and a port, as in "
				   "127.0.0.1:9090 or [::1]:9090, or unix:PATH";
	const char *colon = strrchr(target, ':'), *at = colon ? colon + 1 : "";
	size_t length = colon ? (size_t)(colon - target) : 0;
	bool six = length > 2 && target[0] == '[' && target[length - 1] == ']';
	char text[INET6_ADDRSTRLEN];
	uint64_t port;

	if (six)
		length -= 2;
	if (!length || length >= sizeof(text) || *at < '0' || *at > '9' ||
	    !take_number(&at, 10, &port) || *at || !port || port > UINT16_MAX)
		return refuse(diag, target, form);
	memcpy(text, target + six, length);
	text[length] = '\0';
	address->any.sa_family = six ? AF_INET6 : AF_INET;
	if (six)
		address->six.sin6_port = htons((uint16_t)port);
	else
		address->four.sin_port = htons((uint16_t)port);
	if (inet_pton(address->any.sa_family, text,
		      six ? (void *)&address->six.sin6_addr : &address->four.sin_addr) != 1)
		return refuse(diag, target, form);
	if (!is_loopback(address))
		return refuse(
			diag, target,
			"metrics are served on this machine alone, for they name rules and "
			"are not encrypted; let a proxy that asks for a password hand them on");
	*ret_size = six ? sizeof(address->six) : sizeof(address->four);
	return 0;
}

/* What a former process has left there: a socket to which nobody listens. */
static void remove_stale(const union address *address, socklen_t size)
{
	CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd >= 0 && lstat(address->path.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    connect(fd, &address->any, size) < 0 && errno == ECONNREFUSED)
		(void)unlink(address->path.sun_path);
}

static int listen_on(const union address *address, socklen_t size, int *ret_fd)
{
	const int on = 1;
	CLEANUP(close_fd)
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int r;

	if (fd < 0)
		return -errno;
	if (address->any.sa_family == AF_UNIX)
		remove_stale(address, size);
	else if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	mask = umask(0117);
	r = bind(fd, &address->any, size) < 0 ? -errno : 0;
	umask(mask);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	if (r < 0)
		return r;
	*ret_fd = fd;
	fd = -1;
	return 0;
}

int metrics_listen(const char *target, struct diag *diag, int *ret_fd)
{
	union address address = {.path = {.sun_family = 0}};
	socklen_t size;
	int r;

	if (strncmp(target, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		r = path_address(target, diag, &address, &size);
	else
		r = ip_address(target, diag, &address, &size);
	if (r == 0)
		r = server_load(diag);
	if (r < 0)
		return r;
	r = listen_on(&address, size, ret_fd);
	if (r < 0)
		diag_system(diag, -r, "serve metrics on", target,
			    r == -EADDRINUSE ? "another process does, or that is no socket" : NULL);
	return r;
}

void metrics_unlisten(const char *target)
{
	if (target && strncmp(target, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
		(void)unlink(target + strlen(UNIX_PREFIX));
}
