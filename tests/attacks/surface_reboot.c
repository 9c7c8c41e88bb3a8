/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

/* Without the words that it takes to mean it. */
static int attack(void)
{
	return past(syscall(SYS_reboot, 0, 0, 0, NULL));
}
static int prepare(void)
{
	return possible(attack, "no right to reboot");
}
ATTACK(surface_reboot, .prepare = prepare, .attack = attack);
