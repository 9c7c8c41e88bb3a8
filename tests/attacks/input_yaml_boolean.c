/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char harmless[] = HEAD CALLS,
			  hostile[] = HEAD "syscalls: {default: no, deny: [mkdir]}\n";

	return attack_harmless ? checked(harmless, sizeof(harmless) - 1)
			       : checked(hostile, sizeof(hostile) - 1);
}
ATTACK(input_yaml_boolean, .attack = attack);
