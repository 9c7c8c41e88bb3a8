/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	static const char good[] =
		"version: 1\nname: good\nsyscalls: {default: allow, deny: [rmdir]}\n";
	char text[1024];

	put("good.yaml", good, sizeof(good) - 1, 0644);
	if (mkfifo("bad.yaml", 0644))
		return WRONG;
	snprintf(text, sizeof(text), HEAD "include: [%s]\n" CALLS,
		 attack_harmless ? "good.yaml" : "bad.yaml");
	return checked(text, strlen(text));
}
ATTACK(input_include_fifo, .attack = attack);
