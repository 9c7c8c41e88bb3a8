/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <linux/mount.h>

static int attack(void)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};

	return past(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &attr, sizeof(attr)));
}
static int prepare(void)
{
	return possible(attack, "no right to mount");
}
ATTACK(surface_mount_setattr, .prepare = prepare, .attack = attack);
