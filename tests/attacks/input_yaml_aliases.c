/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char eight[] = "[*a, *a, *a, *a, *a, *a, *a, *a]";
	char text[4096] = HEAD "syscalls:\n  default: allow\n  deny:\n    - &a [mkdir]\n";

	for (int i = 0; i < (attack_harmless ? 1 : 29); i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "    - &a %s\n", eight);
	return checked(text, strlen(text));
}
ATTACK(input_yaml_aliases, .attack = attack);
