/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* A filter that denies execve is in force before the execve that starts the program. */
static int attack(void)
{
	return runs((const char *const[]){"open/run", NULL});
}
ATTACK(seccomp_own_execve, .attack = attack);
