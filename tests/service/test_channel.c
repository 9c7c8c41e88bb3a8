/* SPDX-License-Identifier: Apache-2.0 */
/* Messages between the halves of the service, one of which may have been taken over. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../enforcer/service/room.h"

static int ends[2];

static void open_ends(void)
{
	cr_assert_eq(channel_new(ends), 0);
}

static void close_ends(void)
{
	close(ends[0]);
	close(ends[1]);
}

static size_t open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* A message of so many bytes, with so many descriptors. */
static void send_raw(const void *bytes, size_t length, size_t n_fds)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = {0};
	struct iovec part = {(void *)(uintptr_t)bytes, length};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *with;

	if (n_fds) {
		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		with = CMSG_FIRSTHDR(&header);
		with->cmsg_level = SOL_SOCKET;
		with->cmsg_type = SCM_RIGHTS;
		with->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(with) + i * sizeof(int), &ends[0], sizeof(int));
	}
	cr_assert_eq(sendmsg(ends[0], &header, MSG_DONTWAIT), (ssize_t)length);
}

TestSuite(channel, .init = open_ends, .fini = close_ends);

Test(channel, with_a_descriptor)
{
	const struct message sent = {.kind = MESSAGE_GOVERN, .id = 7, .text = "web"};
	struct message got;
	int fd;

	cr_assert_eq(channel_send(ends[0], &sent, ends[0]), 0);
	cr_assert_eq(channel_receive(ends[1], &got, &fd), 0);
	cr_expect_eq(memcmp(&got, &sent, sizeof(got)), 0);
	cr_assert_geq(fd, 0);
	close(fd);
	cr_assert_eq(channel_send(ends[0], &sent, -1), 0);
	cr_assert_eq(channel_receive(ends[1], &got, &fd), 0);
	cr_expect_eq(fd, -1);
}

/* Else whoever sends them uses up what the other may open. */
Test(channel, descriptors_too_many_are_refused_and_closed)
{
	struct message message = {.kind = MESSAGE_ALIVE};
	size_t before = open_files();
	int fd;

	for (size_t n = 2; n <= 8; n++) {
		send_raw(&message, sizeof(message), n);
		cr_expect_eq(channel_receive(ends[1], &message, &fd), -EBADMSG, "%zu", n);
		cr_expect_eq(fd, -1, "%zu", n);
		cr_expect_eq(open_files(), before, "%zu", n);
	}
}

Test(channel, what_is_no_message_is_refused)
{
	static const char bytes[2 * sizeof(struct message)];
	struct message message = {.kind = MESSAGE_ALIVE};
	size_t before = open_files();
	int fd;

	send_raw(bytes, sizeof(message) - 1, 1);
	cr_expect_eq(channel_receive(ends[1], &message, &fd), -EBADMSG, "too short");
	send_raw(bytes, sizeof(message) + 1, 1);
	cr_expect_eq(channel_receive(ends[1], &message, &fd), -EBADMSG, "too long");
	memset(message.text, 'x', sizeof(message.text));
	send_raw(&message, sizeof(message), 1);
	cr_expect_eq(channel_receive(ends[1], &message, &fd), -EBADMSG, "a text without end");
	cr_expect_eq(open_files(), before);
	close(ends[0]);
	cr_expect_eq(channel_receive(ends[1], &message, &fd), -EPIPE);
	ends[0] = -1;
}
