/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "exec.h"

/* A file system of one's own over a name that is allowed. */
static int attack(void)
{
	if (mount("none", "ro", "tmpfs", 0, NULL))
		return errno;
	put("ro/run", tiny, sizeof(tiny), 0755);
	return run_program("ro/run");
}
ATTACK(exec_own_mount, .attack = attack);
