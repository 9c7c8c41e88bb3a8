/* SPDX-License-Identifier: Apache-2.0 */
#include "network_own.h"

static int prepare(void)
{
	int error = own_network(), fd;

	if (error)
		return error;
	fd = open("/proc/sys/net/ipv4/ping_group_range", O_RDWR | O_CLOEXEC);
	if (fd < 0 || write(fd, "0 65534", 7) != 7)
		return cant("pinging can't be allowed");
	return 0;
}
static int attack(void)
{
	unsigned char echo[8] = {8};
	struct sockaddr_in a = local(0);
	int fd = new_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);

	if (fd < 0 || sendto(fd, echo, sizeof(echo), 0, (struct sockaddr *)&a, sizeof(a)) < 0)
		return errno;
	return code(recv(fd, echo, sizeof(echo), 0));
}
ATTACK(net_ping, .prepare = prepare, .attack = attack);
