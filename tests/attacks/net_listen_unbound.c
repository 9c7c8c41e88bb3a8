/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* The kernel chooses a port, where whoever knows it may come. */
static int attack(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	return fd < 0 ? errno : code(listen(fd, 1));
}
ATTACK(net_listen_unbound, .attack = attack);
