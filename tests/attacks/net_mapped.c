/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int attack(void)
{
	struct sockaddr_in6 a = mapped(DENIED);
	int fd = new_socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		return cant("this machine has no IPv6");
	return fd < 0 ? errno : code(connect(fd, (struct sockaddr *)&a, sizeof(a)));
}
NETWORK(net_mapped, .attack = attack);
