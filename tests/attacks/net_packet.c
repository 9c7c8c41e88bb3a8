/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	return has_socket(AF_PACKET, SOCK_RAW, 0);
}
static int attack(void)
{
	return makes_socket(AF_PACKET, SOCK_RAW, 0);
}
ATTACK(net_packet, .prepare = prepare, .attack = attack);
