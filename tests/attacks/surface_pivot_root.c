/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return past(syscall(SYS_pivot_root, "open", "open/sub"));
}
static int prepare(void)
{
	return possible(attack, "no right to mount");
}
ATTACK(surface_pivot_root, .prepare = prepare, .attack = attack);
