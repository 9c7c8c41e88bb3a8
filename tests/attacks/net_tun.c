/* SPDX-License-Identifier: Apache-2.0 */
#include <linux/if_tun.h>

#include "network_own.h"

/* A device whose packets the program makes itself, without any socket. */
static int device(void)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -1 : ioctl(fd, TUNSETIFF, &request) ? -1 : fd;
}
static int prepare(void)
{
	int error = own_network();

	if (!error && device() < 0)
		return cant("this machine has no /dev/net/tun");
	return error;
}
static int attack(void)
{
	return code(device());
}
ATTACK(net_tun, .prepare = prepare, .attack = attack);
