/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	return hold(new_socket(AF_INET, SOCK_DGRAM, 0));
}
static int attack(void)
{
	return send_fd(HELD, 0, DENIED);
}
NETWORK(net_inherited_udp, .prepare = prepare, .attack = attack);
