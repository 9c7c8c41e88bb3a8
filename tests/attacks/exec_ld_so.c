/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	if (!linked_cat())
		return cant("there is no dynamic loader here");
	return copy_file(linked_cat(), "open/cat", 0755);
}
static int attack(void)
{
	return runs((const char *const[]){"/lib64/ld-linux-x86-64.so.2", "open/cat", "open/file",
					  NULL});
}
ATTACK(exec_ld_so, .prepare = prepare, .attack = attack);
