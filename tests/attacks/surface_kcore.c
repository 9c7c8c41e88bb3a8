/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return opens("/proc/kcore");
}
static int prepare(void)
{
	return possible(attack, "no /proc/kcore, or it is closed");
}
ATTACK(surface_kcore, .prepare = prepare, .attack = attack);
ATTACK(surface_kcore_files, .prepare = prepare, .attack = attack);
