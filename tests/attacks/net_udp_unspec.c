/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* IPv4 takes a destination of no family as one of its own. */
static int attack(void)
{
	struct sockaddr_in a = local(DENIED);
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0);

	a.sin_family = AF_UNSPEC;
	return fd < 0 ? errno : code(sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)));
}
NETWORK(net_udp_unspec, .attack = attack);
