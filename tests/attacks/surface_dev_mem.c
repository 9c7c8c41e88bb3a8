/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return code(open("/dev/mem", O_RDONLY | O_CLOEXEC));
}
static int prepare(void)
{
	return possible(attack, "no /dev/mem, or it is closed");
}
ATTACK(surface_dev_mem, .prepare = prepare, .attack = attack);
ATTACK(surface_dev_mem_files, .prepare = prepare, .attack = attack);
