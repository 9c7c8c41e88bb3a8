/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <sys/ioctl.h>

#define DIRTY (0x5a5a5a5aL << 32)

static int prepare(void)
{
	char command = 6; /* which shift keys are down: harms nothing */
	int fd = open("/dev/tty1", O_RDWR | O_NOCTTY | O_NONBLOCK);

	if (fd < 0 || ioctl(fd, TIOCLINUX, &command) < 0)
		return cant("no console, or no right to it");
	return hold(fd);
}
static int attack(void)
{
	char command = 6;

	return code(syscall(SYS_ioctl, HELD, TIOCLINUX | DIRTY, &command));
}
ATTACK(seccomp_tioclinux, .prepare = prepare, .attack = attack);
