/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	return has_socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */);
}
static int attack(void)
{
	return connect_fd(new_socket(AF_INET, SOCK_STREAM, 262 /* IPPROTO_MPTCP */), DENIED);
}
NETWORK(net_mptcp, .prepare = prepare, .attack = attack);
