/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <sys/ioctl.h>
#include <termios.h>

#define DIRTY (0x5a5a5a5aL << 32)

/* A terminal of our own: types into it what nobody typed. */
static int prepare(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), unlock = 0, slave;
	struct termios raw;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock))
		return cant("no terminals");
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (slave < 0 || tcgetattr(slave, &raw))
		return errno;
	cfmakeraw(&raw);
	(void)tcsetattr(slave, TCSANOW, &raw);
	return hold(slave); /* the master stays open, too */
}
static int attack(void)
{
	char c = 0;

	if (syscall(SYS_ioctl, HELD, TIOCSTI | DIRTY, "x") < 0)
		return errno;
	return read(HELD, &c, 1) == 1 && c == 'x' ? 0 : errno;
}
ATTACK(seccomp_upper_ioctl, .prepare = prepare, .attack = attack);
