/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrites.h"

static int attack(void)
{
	return rewrites("/proc/sys/kernel/modprobe");
}
ATTACK(exec_modprobe, .attack = attack);
