/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* Sockets of IPv6 take addresses of IPv4, too, written as one's own or as the other's. */
static int attack(void)
{
	struct sockaddr_in6 a = mapped(DENIED);
	int fd = new_socket(AF_INET6, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno == EAFNOSUPPORT ? cant("this machine has no IPv6") : errno;
	if (sendto(fd, "x", 1, 0, (struct sockaddr *)&a, sizeof(a)) == 1)
		return 0;
	return send_fd(fd, 0, DENIED);
}
NETWORK(net_udp_mapped, .attack = attack);
