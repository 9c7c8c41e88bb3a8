/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

/* Opened; nothing is written. */
static int attack(void)
{
	return code(open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC));
}
static int prepare(void)
{
	return possible(attack, "no sysrq, or it is closed");
}
ATTACK(surface_sysrq, .prepare = prepare, .attack = attack);
