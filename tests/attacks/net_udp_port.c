/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int attack(void)
{
	int error = send_fd(new_socket(AF_INET, SOCK_DGRAM, 0), 0, DENIED);

	return error ? send_many(new_socket(AF_INET, SOCK_DGRAM, 0), 0, DENIED) : 0;
}
NETWORK(net_udp_port, .attack = attack);
