/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* It is connected by what is sent first. */
static int attack(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), one = 1, error;

	if (fd < 0)
		return errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		return cant("this kernel has no TCP_FASTOPEN_CONNECT");
	error = connect_fd(fd, DENIED);
	return error ? error : code(send(fd, "x", 1, MSG_NOSIGNAL));
}
NETWORK(net_fastopen_option, .attack = attack);
