/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <linux/mount.h>

/* A file system by the newer calls, attached or not. */
static int attack(void)
{
	int tree, fs = (int)syscall(SYS_fsopen, "tmpfs", 0);

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	tree = (int)syscall(SYS_fsmount, fs, 0, 0);
	return code(tree < 0 ? tree : openat(tree, "made", O_RDWR | O_CREAT | O_CLOEXEC, 0644));
}
static int prepare(void)
{
	return possible(attack, "no right to mount");
}
ATTACK(surface_fsopen, .prepare = prepare, .attack = attack);
