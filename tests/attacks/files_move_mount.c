/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "attack.h"

static int attack(void)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, "secret",
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0 ||
	    syscall(SYS_move_mount, fd, "", AT_FDCWD, "open/sub", MOVE_MOUNT_F_EMPTY_PATH))
		return errno;
	return opens("open/sub/file");
}
ATTACK(files_move_mount, .attack = attack);
