/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* To the allowed port, to none, and then to the denied one. */
static int attack(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = new_socket(AF_INET, SOCK_STREAM, 0), error = connect_fd(fd, ALLOWED);

	if (error || connect(fd, &none, sizeof(none)))
		return WRONG;
	return connect_fd(fd, DENIED);
}
NETWORK(net_connect_again, .attack = attack);
