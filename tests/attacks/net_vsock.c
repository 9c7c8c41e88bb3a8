/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int prepare(void)
{
	return has_socket(AF_VSOCK, SOCK_STREAM, 0);
}
static int attack(void)
{
	return makes_socket(AF_VSOCK, SOCK_STREAM, 0);
}
ATTACK(net_vsock, .prepare = prepare, .attack = attack);
