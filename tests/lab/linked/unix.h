/* SPDX-License-Identifier: Apache-2.0 */
/* unix: what is done with unix names, for try_network.c. */
#ifndef LAB_UNIX_H
#define LAB_UNIX_H

#include "addresses.h"
#include "attempts.h"

static int unix_connect(const char *name, int type)
{
	union address a;
	socklen_t n = name_unix(&a, name);

	return outcome_of(connect(socket(AF_UNIX, type, 0), &a.any, n));
}

static int unix_send(const char *name)
{
	union address a;
	socklen_t n = name_unix(&a, name);

	return outcome_of(sendto(socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, 0, &a.any, n));
}

static int unix_bind(const char *name)
{
	union address a;
	socklen_t n = name_unix(&a, name);

	unlink(name);
	return outcome_of(bind(socket(AF_UNIX, SOCK_STREAM, 0), &a.any, n));
}

#define UNIX(name, call, ...)                                                                      \
	static int name(void)                                                                      \
	{                                                                                          \
		return call(__VA_ARGS__);                                                          \
	}

#endif
