/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	const char *text = attack_harmless ? HEAD CALLS : many(HEAD "syscalls: ", "[", 200000, "");

	return checked(text, strlen(text));
}
ATTACK(input_yaml_nesting, .attack = attack);
