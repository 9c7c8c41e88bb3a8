/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return syscall(SYS_ioperm, 0x80, 1, 1) == 0 || syscall(SYS_iopl, 3) == 0 ? 0 : errno;
}
static int prepare(void)
{
	return possible(attack, "no I/O ports");
}
ATTACK(surface_ports, .prepare = prepare, .attack = attack);
