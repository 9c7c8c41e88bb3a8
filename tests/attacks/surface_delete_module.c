/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return past(syscall(SYS_delete_module, "bailiff_none", O_NONBLOCK));
}
static int prepare(void)
{
	return possible(attack, "the kernel takes no modules");
}
ATTACK(surface_delete_module, .prepare = prepare, .attack = attack);
