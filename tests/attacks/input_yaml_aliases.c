/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char harmless[] = HEAD "files: &a0 {default: deny}\nexec: *a0\n";
	char text[8192] = HEAD "syscalls:\n  default: allow\n  deny:\n    - &a0 [mkdir]\n";

	for (int i = 1; i <= 29; i++) {
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "    - &a%d [", i);
		for (int k = 0; k < 8; k++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "*a%d%s", i - 1,
				 k < 7 ? ", " : "]\n");
	}
	return attack_harmless ? checked(harmless, sizeof(harmless) - 1)
			       : checked(text, strlen(text));
}
ATTACK(input_yaml_aliases, .attack = attack);
