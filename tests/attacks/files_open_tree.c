/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "attack.h"

static int attack(void)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, "secret",
			      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return reads(openat(fd, "file", O_RDONLY | O_CLOEXEC));
}
ATTACK(files_open_tree, .attack = attack);
