/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	char text[600];

	snprintf(text, sizeof(text), "#!%s/ro/run\n", attack_place);
	put("open/script", text, strlen(text), 0755);
	return copy_file("open/run", "ro/run", 0755);
}
static int attack(void)
{
	return run_program("open/script");
}
ATTACK(exec_script, .prepare = prepare, .attack = attack);
