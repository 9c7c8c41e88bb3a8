/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	int fd = new_socket(AF_INET, SOCK_RAW, IPPROTO_UDP);

	return fd < 0 ? cant("this user may not make raw sockets") : hold(fd);
}
static int attack(void)
{
	return send_fd(HELD, 0, DENIED);
}
NETWORK(net_inherited_raw, .prepare = prepare, .attack = attack);
