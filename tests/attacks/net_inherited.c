/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	return hold(new_socket(AF_INET, SOCK_STREAM, 0));
}
static int attack(void)
{
	return connect_fd(HELD, DENIED);
}
NETWORK(net_inherited, .prepare = prepare, .attack = attack);
