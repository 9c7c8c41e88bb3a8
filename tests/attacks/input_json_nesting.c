/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	const char *text = many("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":", "[",
				attack_harmless ? 1 : 200000, attack_harmless ? "]}" : "");

	return imported(text, strlen(text));
}
ATTACK(input_json_nesting, .attack = attack);
