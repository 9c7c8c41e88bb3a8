/* SPDX-License-Identifier: Apache-2.0 */
#include "network_own.h"

static int attack(void)
{
	return add_address(new_socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
}
ATTACK(net_address, .prepare = own_network, .attack = attack);
