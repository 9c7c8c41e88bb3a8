/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char harmless[] = HEAD "syscalls:\n  default: allow\n",
			  hostile[] = HEAD "syscalls:\n\tdefault: allow\n";

	return attack_harmless ? checked(harmless, sizeof(harmless) - 1)
			       : checked(hostile, sizeof(hostile) - 1);
}
ATTACK(input_yaml_tab, .attack = attack);
