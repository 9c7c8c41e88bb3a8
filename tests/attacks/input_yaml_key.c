/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	const char *text = attack_harmless ? HEAD "? name\n: x\n" + 0 : NULL;

	text = attack_harmless ? HEAD "? syscalls\n: {default: allow}\n"
			       : many(HEAD "? ", "k", 1 << 20, "\n: 1\n" CALLS);
	return checked(text, strlen(text));
}
ATTACK(input_yaml_key, .attack = attack);
