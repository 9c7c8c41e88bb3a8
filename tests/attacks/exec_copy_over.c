/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	return copy_file("open/run", "ro/run", 0755);
}
static int attack(void)
{
	int error = copy_file("secret/run", "ro/run", 0755);

	return error ? error : run_program("ro/run");
}
ATTACK(exec_copy_over, .prepare = prepare, .attack = attack);
