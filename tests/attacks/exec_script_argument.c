/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	put("open/script", "echo x >open/mark\n", 18, 0644);
	return 0;
}
static int attack(void)
{
	int error = runs((const char *const[]){"/bin/sh", "open/script", NULL});

	return error ? error : opens("open/mark");
}
ATTACK(exec_script_argument, .prepare = prepare, .attack = attack);
