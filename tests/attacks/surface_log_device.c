/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return code(open("/dev/kmsg", O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}
static int prepare(void)
{
	return possible(attack, "no such device, or it is closed");
}
ATTACK(surface_log_device, .prepare = prepare, .attack = attack);
