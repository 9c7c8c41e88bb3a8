/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* A socket of IPv6 takes that port of IPv4, too. */
static int attack(void)
{
	struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(DENIED_BIND)};
	int fd = new_socket(AF_INET6, SOCK_STREAM, 0);

	if (fd < 0 && errno == EAFNOSUPPORT)
		return cant("this machine has no IPv6");
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return errno;
	return code(listen(fd, 1));
}
ATTACK(net_bind_six, .attack = attack);
