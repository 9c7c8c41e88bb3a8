/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/xattr.h>

#include "attack.h"

static int attack(void)
{
	int fd = open("ro/file", O_RDONLY | O_CLOEXEC);

	/* Not every file system knows those of users. */
	return code(fsetxattr(fd, geteuid() ? "user.x" : "trusted.x", "1", 1, 0));
}
ATTACK(files_xattr, .attack = attack);
