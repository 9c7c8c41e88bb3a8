/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	int fd = open("open/file", O_RDONLY | O_CLOEXEC);

	return past(syscall(SYS_finit_module, fd, "", 0));
}
static int prepare(void)
{
	return possible(attack, "the kernel takes no modules");
}
ATTACK(surface_finit_module, .prepare = prepare, .attack = attack);
