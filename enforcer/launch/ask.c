/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A word with the service: the program-to-be asks for itself, so that the kernel says who it is. In
 * memory that is shared with the parent, hence raw system calls; no signal is let through meanwhile.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "room.h"

#define WAIT_SECONDS 20

IN_CHILD static int talk(struct start *start, int fd)
{
	const struct timeval wait = {.tv_sec = WAIT_SECONDS};
	size_t length = 0, n = 0;
	long r;

	while (start->ask[length])
		length++;
	if (syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    syscall(SYS_connect, fd, &start->ask_address, sizeof(start->ask_address)) < 0)
		return errno;
	r = syscall(SYS_sendto, fd, start->ask, length, MSG_NOSIGNAL, NULL, 0);
	if (r < 0)
		return errno;
	if ((size_t)r != length)
		return EIO;
	while (n < sizeof(start->answer) - 1) {
		r = syscall(SYS_recvfrom, fd, start->answer + n, sizeof(start->answer) - 1 - n, 0,
			    NULL, NULL);
		if (r < 0)
			return errno == EAGAIN ? ETIMEDOUT : errno;
		n += (size_t)r;
		if (r == 0 || start->answer[n - 1] == '\n')
			break;
	}
	if (!n)
		return ECONNRESET;
	start->answer[n - (start->answer[n - 1] == '\n')] = '\0';
	return start->answer[0] == 'o' && start->answer[1] == 'k' && start->answer[2] == ' '
		       ? 0
		       : EACCES;
}

IN_CHILD int ask_service(struct start *start)
{
	long fd = syscall(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int error;

	start->answer[0] = '\0';
	if (fd < 0)
		return errno;
	error = talk(start, (int)fd);
	syscall(SYS_close, fd);
	return error;
}

void ask_explain(const struct start *start, struct diag *diag)
{
	const char *reason = start->answer;

	if (start->error == EACCES && reason[0]) {
		if (strncmp(reason, "no ", 3) == 0)
			reason += 3;
		diag_error(diag, NULL, "start under the loaded policy: %s; nothing was started",
			   reason);
		return;
	}
	diag_system(diag, start->error, "ask the service at", start->ask_address.sun_path,
		    start->error == ENOENT || start->error == ECONNREFUSED
			    ? "is `bailiff guard` running? Nothing was started"
			    : "nothing was started");
}
