/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* IPv4 takes an address of no family as its own, if it is any. */
static int attack(void)
{
	struct sockaddr_in a = {.sin_family = AF_UNSPEC, .sin_port = htons(DENIED_BIND)};
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return errno;
	return code(listen(fd, 1));
}
ATTACK(net_bind_unspec, .attack = attack);
