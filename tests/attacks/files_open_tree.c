/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int attack(void)
{
	int fd = may_mount() ? -1 : tree("secret");

	return fd < 0 ? errno : reads(openat(fd, "file", O_RDONLY | O_CLOEXEC));
}
ATTACK(files_open_tree, .attack = attack);
