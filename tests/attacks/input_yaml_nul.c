/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char harmless[] = HEAD "files: {default: allow, deny: [/secret/open]}\n",
			  hostile[] = HEAD "files: {default: allow, deny: [/secret\0/open]}\n";

	return attack_harmless ? checked(harmless, sizeof(harmless) - 1)
			       : checked(hostile, sizeof(hostile) - 1);
}
ATTACK(input_yaml_nul, .attack = attack);
