/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	char path[300] = "secret/";

	memset(path + 7, 'n', 255);
	put(path, "secret\n", 7, 0644);
	return 0;
}
static int attack(void)
{
	char path[300] = "secret/";

	memset(path + 7, 'n', 255);
	return opens(path);
}
ATTACK(files_name_255, .prepare = prepare, .attack = attack);
