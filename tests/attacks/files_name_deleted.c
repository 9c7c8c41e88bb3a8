/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	put("secret/file (deleted)", "secret\n", 7, 0644);
	return 0;
}
static int attack(void)
{
	return opens("secret/file (deleted)");
}
ATTACK(files_name_deleted, .prepare = prepare, .attack = attack);
