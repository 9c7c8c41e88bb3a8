/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* The same, asked for a file that the policy denies: being root by it changes nothing. */
static int prepare(void)
{
	if (geteuid())
		return cant("only root can make a setuid program of its own");
	if (copy_file(attack_self, "ro/setuid", 0755) || chmod("ro/setuid", 04755) ||
	    chmod("secret/file", 0600))
		return errno;
	return 0;
}
static int attack(void)
{
	if (getuid() == 65534) /* started by itself */
		return opens("secret/file");
	if (code(setresuid(65534, 65534, 65534)))
		return errno;
	return runs((const char *const[]){"ro/setuid", "try", "exec_setuid_governed", attack_place,
					  attack_bailiff, NULL});
}
ATTACK(exec_setuid_governed, .prepare = prepare, .attack = attack);
