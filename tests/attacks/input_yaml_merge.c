/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char harmless[] = HEAD "files: &a {default: deny}\nexec: *a\n",
			  hostile[] = HEAD "files: &a {default: deny}\nexec: {<<: *a}\n";

	return attack_harmless ? checked(harmless, sizeof(harmless) - 1)
			       : checked(hostile, sizeof(hostile) - 1);
}
ATTACK(input_yaml_merge, .attack = attack);
