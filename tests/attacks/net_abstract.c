/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int before(void)
{
	network_servers[0] = network_servers[1] = network_servers[2] = -1;
	network_servers[3] = serve_unix(SOCK_STREAM, "@bailiff-attack");
	return network_servers[3] < 0 ? errno : 0;
}
static int attack(void)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, "@bailiff-attack");
	int fd = new_socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 ? errno : code(connect(fd, (struct sockaddr *)&a, length));
}
ATTACK(net_abstract, .before = before, .attack = attack, .after = network_after);
