/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	if (!linked_cat())
		return cant("there is no dynamic loader here");
	if (copy_file("/lib/x86_64-linux-gnu/libc.so.6", "secret/preloaded", 0755))
		return cant("there is no library here");
	return 0;
}
static int attack(void)
{
	return loads("secret/preloaded", "LD_PRELOAD", "open/maps");
}
ATTACK(exec_preload, .prepare = prepare, .attack = attack);
