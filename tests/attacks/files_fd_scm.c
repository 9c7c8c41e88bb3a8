/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static union {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
} control;
static char byte;
static struct iovec part = {&byte, 1};
static struct msghdr message = {.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = &control,
				.msg_controllen = sizeof(control)};

static int prepare(void)
{
	int ends[2], fd = open("secret/file", O_RDONLY | O_CLOEXEC);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return errno;
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return sendmsg(ends[0], &message, 0) == 1 ? hold(ends[1]) : errno;
}
static int attack(void)
{
	int fd;

	if (recvmsg(HELD, &message, 0) != 1)
		return errno;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return reads(fd);
}
ATTACK(files_fd_scm, .prepare = prepare, .attack = attack);
