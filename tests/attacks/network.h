/* SPDX-License-Identifier: Apache-2.0 */
/* What attacks on `network` have in common: who listens beside them, and what their sockets are. */
#ifndef ATTACKS_NETWORK_H
#define ATTACKS_NETWORK_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include "attack.h"

#define DENIED	    20001 /* to connect to */
#define DENIED_BIND 20002
#define ALLOWED	    20010
#define MAPPED	    "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1" /* ::ffff:127.0.0.1 */

static int network_servers[4];

static inline struct sockaddr_in local(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
static inline struct sockaddr_in6 mapped(uint16_t port)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};

	memcpy(&a.sin6_addr, MAPPED, 16);
	return a;
}
static inline int new_socket(int family, int type, int protocol)
{
	return socket(family, type | SOCK_CLOEXEC, protocol);
}

static inline int serve(int type, uint16_t port)
{
	struct sockaddr_in a = local(port);
	int fd = new_socket(AF_INET, type, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) ||
	    (type == SOCK_STREAM && listen(fd, 64)))
		return -1;
	return fd;
}
/* Both ports of TCP, and the denied one of UDP. */
static inline int network_before(void)
{
	network_servers[0] = serve(SOCK_STREAM, DENIED);
	network_servers[1] = serve(SOCK_STREAM, ALLOWED);
	network_servers[2] = serve(SOCK_DGRAM, DENIED);
	network_servers[3] = -1;
	return network_servers[0] < 0 || network_servers[1] < 0 || network_servers[2] < 0 ? EIO : 0;
}
static inline void network_after(void)
{
	for (int i = 0; i < 4; i++)
		if (network_servers[i] >= 0)
			close(network_servers[i]);
}
#define NETWORK(name, ...)                                                                         \
	ATTACK(name, .before = network_before, .after = network_after, __VA_ARGS__)

static inline int connect_fd(int fd, uint16_t port)
{
	struct sockaddr_in a = local(port);

	return fd < 0 ? errno : code(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}
static inline int send_fd(int fd, int flags, uint16_t port)
{
	struct sockaddr_in a = local(port);

	return fd < 0 ? errno
		      : code(sendto(fd, "x", 1, flags | MSG_NOSIGNAL, (struct sockaddr *)&a,
				    sizeof(a)));
}

static inline int send_many(int fd, int flags, uint16_t port)
{
	struct sockaddr_in a = local(port);
	struct iovec iov = {(void *)(uintptr_t) "x", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &a,
					      .msg_namelen = sizeof(a),
					      .msg_iov = &iov,
					      .msg_iovlen = 1}};

	return fd < 0 ? errno : code(sendmmsg(fd, &message, 1, flags | MSG_NOSIGNAL));
}

/* Does the machine have it, for an ungoverned program that may make it? For prepare(). */
static inline int has_socket(int family, int type, int protocol)
{
	int fd = new_socket(family, type, protocol);

	if (fd < 0)
		return errno == EPERM || errno == EACCES ? 0 : cant(strerror(errno));
	close(fd);
	return 0;
}
static inline int makes_socket(int family, int type, int protocol)
{
	return code(new_socket(family, type, protocol));
}

/* A unix socket at this path; a path that begins with '@' is an abstract name. */
static inline socklen_t unix_address(struct sockaddr_un *a, const char *path)
{
	*a = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(a->sun_path, sizeof(a->sun_path), "%s", path);
	if (path[0] == '@')
		a->sun_path[0] = 0;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) +
			   (path[0] != '@'));
}
static inline int serve_unix(int type, const char *path)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, path);
	int fd = new_socket(AF_UNIX, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, length) ||
	    (path[0] != '@' && chmod(path, 0777)) || (type != SOCK_DGRAM && listen(fd, 8)))
		return -1;
	return fd;
}

#endif
