/* SPDX-License-Identifier: Apache-2.0 */
#include "network_own.h"

static int prepare(void)
{
	int error = own_network();

	return error ? error : hold(new_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}
static int attack(void)
{
	return add_route(HELD);
}
ATTACK(net_route_inherited, .prepare = prepare, .attack = attack);
