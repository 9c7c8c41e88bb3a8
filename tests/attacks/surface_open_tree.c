/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <linux/mount.h>

static int attack(void)
{
	int tree =
		(int)syscall(SYS_open_tree, AT_FDCWD, "open", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return code(tree < 0 ? tree
			     : syscall(SYS_move_mount, tree, "", AT_FDCWD, "open/sub",
				       MOVE_MOUNT_F_EMPTY_PATH));
}
static int prepare(void)
{
	return possible(attack, "no right to mount");
}
ATTACK(surface_open_tree, .prepare = prepare, .attack = attack);
