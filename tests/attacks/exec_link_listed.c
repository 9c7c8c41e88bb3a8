/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	return link("secret/run", "open/linked") ? errno : run_program("open/linked");
}
ATTACK(exec_link_listed, .attack = attack);
