/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	static const char none[64] = "no module";

	return past(syscall(SYS_init_module, none, sizeof(none), ""));
}
static int prepare(void)
{
	return possible(attack, "the kernel takes no modules");
}
ATTACK(surface_init_module, .prepare = prepare, .attack = attack);
