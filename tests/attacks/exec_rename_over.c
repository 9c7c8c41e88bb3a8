/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	return rename("secret/run", "ro/run") ? errno : run_program("ro/run");
}
ATTACK(exec_rename_over, .attack = attack);
