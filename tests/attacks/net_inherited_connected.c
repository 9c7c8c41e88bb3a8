/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), error = connect_fd(fd, DENIED);

	return error ? error : hold(fd);
}
static int attack(void)
{
	return writes(HELD);
}
NETWORK(net_inherited_connected, .prepare = prepare, .attack = attack);
