/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	char text[64];

	return code(syscall(SYS_syslog, 3 /* read all */, text, sizeof(text)));
}
static int prepare(void)
{
	return possible(attack, "the kernel's log is closed");
}
ATTACK(surface_log, .prepare = prepare, .attack = attack);
