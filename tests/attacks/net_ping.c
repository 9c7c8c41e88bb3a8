/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

static int allow(void)
{
	int fd = open("/proc/sys/net/ipv4/ping_group_range", O_RDWR | O_CLOEXEC);

	if (fd >= 0 && unshare(CLONE_NEWNET) == 0) {
		close(fd);
		fd = open("/proc/sys/net/ipv4/ping_group_range", O_RDWR | O_CLOEXEC);
		(void)!write(fd, "0 65534", 7);
	}
	return new_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) < 0 ? cant(strerror(errno)) : 0;
}
static int attack(void)
{
	return makes_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
}
ATTACK(net_ping, .prepare = allow, .attack = attack);
