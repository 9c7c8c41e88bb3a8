/* SPDX-License-Identifier: Apache-2.0 */
/* addresses: socket addresses in a line. */
#ifndef LAB_ADDRESSES_H
#define LAB_ADDRESSES_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
	struct sockaddr_un un;
};

static union address four(uint32_t host, int port)
{
	union address a = {.four = {.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(host)}};

	return a;
}

static union address six(const char *bytes, int port)
{
	union address a = {.six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)}};

	memcpy(&a.six.sin6_addr, bytes, 16);
	return a;
}

#define HOME   0x7f000001u
#define HOME6  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define ANY6   "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define MAPPED "\0\0\0\0\0\0\0\0\0\0\xff\xff\x7f\0\0\1"

static socklen_t length_of(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->six) : sizeof(a->four);
}

static socklen_t name_unix(union address *a, const char *name)
{
	size_t n = strlen(name);

	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	memcpy(a->un.sun_path, name, n);
	if (name[0] == '@')
		a->un.sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (name[0] != '@'));
}

#endif
