/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* It makes its packets itself. */
static int attack(void)
{
	return send_fd(new_socket(AF_INET, SOCK_RAW, IPPROTO_UDP), 0, DENIED);
}
ATTACK(net_raw, .attack = attack);
