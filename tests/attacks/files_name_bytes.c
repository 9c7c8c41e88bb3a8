/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	put("secret/\xff\xfe\xc0\xaf\x80", "secret\n", 7, 0644);
	return 0;
}
static int attack(void)
{
	return opens("secret/\xff\xfe\xc0\xaf\x80");
}
ATTACK(files_name_bytes, .prepare = prepare, .attack = attack);
