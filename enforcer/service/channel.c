/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of one size between the halves of the service, each perhaps with a descriptor. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "room.h"

#define ASK_AGAIN_NS 60000000000ll /* the keeper may be loading: that takes as long as it takes */

int channel_new(int ret_ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret_ends) < 0 ? -errno : 0;
}

int channel_send(int end, const struct message *message, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec part = {(void *)(uintptr_t)message, sizeof(*message)};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *with;

	if (fd >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		with = CMSG_FIRSTHDR(&header);
		with->cmsg_level = SOL_SOCKET;
		with->cmsg_type = SCM_RIGHTS;
		with->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(with), &fd, sizeof(int));
	}
	return sendmsg(end, &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int channel_receive(int end, struct message *ret_message, int *ret_fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	/* cppcheck-suppress ctuuninitvar; it is filled, not read */
	struct iovec part = {ret_message, sizeof(*ret_message)};
	struct msghdr header = {.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = control.bytes,
				/* Without padding, which would be room for a second one. */
				.msg_controllen = CMSG_LEN(sizeof(int))};
	struct cmsghdr *with;
	ssize_t n;

	*ret_fd = -1;
	do {
		n = recvmsg(end, &header, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? -errno : -EPIPE;
	with = CMSG_FIRSTHDR(&header);
	if (with && with->cmsg_level == SOL_SOCKET && with->cmsg_type == SCM_RIGHTS &&
	    with->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(ret_fd, CMSG_DATA(with), sizeof(int));
	if (n == sizeof(*ret_message) && memchr(ret_message->text, 0, sizeof(ret_message->text)) &&
	    !(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return 0;
	close_fd(ret_fd);
	*ret_fd = -1;
	return -EBADMSG;
}

bool is_due_again(int64_t asked)
{
	return !asked || now_ns() - asked > ASK_AGAIN_NS;
}
