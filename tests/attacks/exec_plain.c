/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	return run_program("secret/run");
}
ATTACK(exec_plain, .attack = attack);
