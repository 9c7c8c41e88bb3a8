/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	char params[256] = {0};

	return code(syscall(SYS_io_uring_setup, 4, params));
}
static int prepare(void)
{
	return possible(attack, "the kernel has no io_uring");
}
ATTACK(surface_io_uring, .prepare = prepare, .attack = attack);
