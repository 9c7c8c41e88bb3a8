/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int attack(void)
{
	return send_fd(new_socket(AF_INET, SOCK_STREAM, 0), MSG_FASTOPEN, DENIED);
}
NETWORK(net_fastopen, .attack = attack);
