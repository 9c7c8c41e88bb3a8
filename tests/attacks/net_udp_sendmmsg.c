/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int attack(void)
{
	return send_many(new_socket(AF_INET, SOCK_DGRAM, 0), 0, DENIED);
}
NETWORK(net_udp_sendmmsg, .attack = attack);
