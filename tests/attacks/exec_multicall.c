/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* Programs that are many by the name that they are called: this one counts as one of them. */
static int attack(void)
{
	if (symlink(attack_self, "secret/applet"))
		return errno;
	return runs((const char *const[]){"secret/applet", "markdown", NULL});
}
ATTACK(exec_multicall, .attack = attack);
