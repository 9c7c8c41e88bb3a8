/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return code(open("/dev/cpu/0/msr", O_RDONLY | O_CLOEXEC));
}
static int prepare(void)
{
	return possible(attack, "no such device");
}
ATTACK(surface_msr, .prepare = prepare, .attack = attack);
ATTACK(surface_msr_files, .prepare = prepare, .attack = attack);
