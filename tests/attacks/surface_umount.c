/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <sys/mount.h>

static int prepare(void)
{
	return mount("none", "open/sub", "tmpfs", 0, NULL) ? cant("no right to mount") : 0;
}
static int attack(void)
{
	return umount2("open/sub", 0) == 0 || umount2("open/sub", MNT_DETACH) == 0 ? 0 : errno;
}
ATTACK(surface_umount, .prepare = prepare, .attack = attack);
