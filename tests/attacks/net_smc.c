/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	return has_socket(43 /* AF_SMC */, SOCK_STREAM, 0);
}
static int attack(void)
{
	return connect_fd(new_socket(43 /* AF_SMC */, SOCK_STREAM, 0), DENIED);
}
NETWORK(net_smc, .prepare = prepare, .attack = attack);
