/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int before(void)
{
	network_servers[0] = network_servers[1] = network_servers[2] = -1;
	network_servers[3] = serve_unix(SOCK_DGRAM, "secret/socket");
	return network_servers[3] < 0 ? errno : 0;
}
static int attack(void)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, "secret/socket");
	int fd = new_socket(AF_UNIX, SOCK_DGRAM, 0);

	struct iovec iov = {(void *)(uintptr_t) "x", 1};
	struct msghdr m = {.msg_name = &a, .msg_namelen = length, .msg_iov = &iov, .msg_iovlen = 1};

	return fd < 0 ? errno : code(sendmsg(fd, &m, 0));
}
ATTACK(net_unix_sendmsg, .before = before, .attack = attack, .after = network_after);
