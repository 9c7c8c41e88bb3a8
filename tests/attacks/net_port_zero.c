/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int attack(void)
{
	struct sockaddr_in a = local(0);
	int fd = new_socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)))
		return errno;
	return code(listen(fd, 1));
}
ATTACK(net_port_zero, .attack = attack);
