/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int attack(void)
{
	int fd = may_mount() ? -1 : tree("secret");

	if (fd < 0 ||
	    syscall(SYS_move_mount, fd, "", AT_FDCWD, "open/sub", MOVE_MOUNT_F_EMPTY_PATH))
		return errno;
	return opens("open/sub/file");
}
ATTACK(files_move_mount, .attack = attack);
