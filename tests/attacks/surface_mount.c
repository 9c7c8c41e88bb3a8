/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <sys/mount.h>

/* In the mount namespace that each attack has. */
static int attack(void)
{
	if (mount("none", "open/sub", "tmpfs", 0, NULL) == 0 ||
	    mount("secret", "open/sub", NULL, MS_BIND, NULL) == 0 ||
	    mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID, NULL) == 0)
		return 0;
	return errno;
}
static int prepare(void)
{
	return possible(attack, "no right to mount");
}
ATTACK(surface_mount, .prepare = prepare, .attack = attack);
