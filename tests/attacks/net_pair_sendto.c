/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* An end of a pair sends to others, too. */
static int before(void)
{
	network_servers[0] = network_servers[1] = network_servers[2] = -1;
	network_servers[3] = serve_unix(SOCK_DGRAM, "open/socket");
	return network_servers[3] < 0 ? errno : 0;
}
static int attack(void)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, "open/socket");
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair))
		return errno;
	return code(sendto(pair[0], "x", 1, 0, (struct sockaddr *)&a, length));
}
ATTACK(net_pair_sendto, .before = before, .attack = attack, .after = network_after);
