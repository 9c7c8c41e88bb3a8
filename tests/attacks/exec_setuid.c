/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* A copy of this program that belongs to root and is setuid, started by nobody: is it root? */
static int prepare(void)
{
	if (geteuid())
		return cant("only root can make a setuid program of its own");
	if (copy_file(attack_self, "ro/setuid", 0755) || chmod("ro/setuid", 04755))
		return errno;
	put("open/of-root", "x", 1, 0600);
	/* What it is to be started by must be able to get here. */
	return code(setresgid(65534, 65534, 65534));
}
static int attack(void)
{
	if (getuid() == 65534) /* started by itself */
		return opens("open/of-root");
	if (code(setresuid(65534, 65534, 65534)))
		return errno;
	return runs((const char *const[]){"ro/setuid", "try", "exec_setuid", attack_place,
					  attack_bailiff, NULL});
}
ATTACK(exec_setuid, .prepare = prepare, .attack = attack);
