/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	char text[600];

	snprintf(text, sizeof(text), "#!%s/secret/run\n", attack_place);
	put("ro/script", text, strlen(text), 0755);
	return 0;
}
static int attack(void)
{
	return run_program("ro/script");
}
ATTACK(exec_script_interpreter, .prepare = prepare, .attack = attack);
