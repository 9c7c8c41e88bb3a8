/* SPDX-License-Identifier: Apache-2.0 */
/* A socket that comes in a message from who is not governed. */
#ifndef ATTACKS_NETWORK_PASSED_H
#define ATTACKS_NETWORK_PASSED_H

#include "network.h"

/* Leaves as HELD an end of a pair where FD is waiting. */
static inline int pass(int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
	struct iovec iov = {(void *)(uintptr_t) "x", 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	int pair[2];

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
	    sendmsg(pair[0], &m, 0) != 1)
		return errno;
	close(fd);
	return hold(pair[1]);
}
static inline int passed(void)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(HELD, &m, MSG_CMSG_CLOEXEC) != 1 || m.msg_controllen < sizeof(control.head))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

#endif
