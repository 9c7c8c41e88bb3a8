/* SPDX-License-Identifier: Apache-2.0 */
/* What attacks with mounts share. */
#ifndef ATTACKS_MOUNT_H
#define ATTACKS_MOUNT_H

#include <sys/mount.h>

#include "attack.h"

/* An ordinary user may where all users are his own. 0 or -1. */
static inline int may_mount(void)
{
	return geteuid() ? unshare(CLONE_NEWUSER | CLONE_NEWNS) : 0;
}

/* A detached copy of what is mounted at PATH. */
static inline int tree(const char *path)
{
	return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
}

#endif
