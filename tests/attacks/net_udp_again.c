/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

/* To another port, to none, and then to the denied one. */
static int attack(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = new_socket(AF_INET, SOCK_DGRAM, 0), error = connect_fd(fd, ALLOWED);

	if (error || connect(fd, &none, sizeof(none)))
		return errno;
	error = connect_fd(fd, DENIED);
	return error ? error : code(send(fd, "x", 1, 0));
}
NETWORK(net_udp_again, .attack = attack);
