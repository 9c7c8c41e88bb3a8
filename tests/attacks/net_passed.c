/* SPDX-License-Identifier: Apache-2.0 */
#include "network_passed.h"

static int prepare(void)
{
	return pass(new_socket(AF_INET, SOCK_STREAM, 0));
}
static int attack(void)
{
	return connect_fd(passed(), DENIED);
}
NETWORK(net_passed, .prepare = prepare, .attack = attack);
