/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	return rename("secret/run", "open/renamed") ? errno : run_program("open/renamed");
}
ATTACK(exec_rename, .attack = attack);
