/* SPDX-License-Identifier: Apache-2.0 */
#include "network_passed.h"

static int prepare(void)
{
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), error = connect_fd(fd, DENIED);

	return error ? error : pass(fd);
}
static int attack(void)
{
	return writes(passed());
}
NETWORK(net_passed_connected, .prepare = prepare, .attack = attack);
