/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return code(link("secret/file", "open/hard"));
}
static int attack(void)
{
	return opens("open/hard");
}
ATTACK(files_link_old, .prepare = prepare, .attack = attack);
