/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	put("secret/new\nline\t\x1b[31m", "secret\n", 7, 0644);
	return 0;
}
static int attack(void)
{
	return opens("secret/new\nline\t\x1b[31m");
}
ATTACK(files_name_newline, .prepare = prepare, .attack = attack);
