/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int before(void)
{
	network_servers[0] = network_servers[1] = network_servers[2] = -1;
	network_servers[3] = serve_unix(SOCK_STREAM, "secret/socket");
	return network_servers[3] < 0 ? errno : 0;
}
static int attack(void)
{
	struct sockaddr_un a;
	socklen_t length = unix_address(&a, "open/link");
	int fd = new_socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || symlink("../secret/socket", "open/link"))
		return errno;
	return code(connect(fd, (struct sockaddr *)&a, length));
}
ATTACK(net_unix_symlink, .before = before, .attack = attack, .after = network_after);
