/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int attack(void)
{
	return connect_fd(new_socket(AF_INET, SOCK_STREAM, 0), DENIED);
}
NETWORK(net_tcp, .attack = attack);
