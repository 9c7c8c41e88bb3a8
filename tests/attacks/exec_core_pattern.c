/* SPDX-License-Identifier: Apache-2.0 */
#include "rewrites.h"

static int attack(void)
{
	return rewrites("/proc/sys/kernel/core_pattern");
}
ATTACK(exec_core_pattern, .attack = attack);
