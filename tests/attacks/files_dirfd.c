/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	int fd = open("secret", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return reads(openat(fd, "file", O_RDONLY | O_CLOEXEC));
}
ATTACK(files_dirfd, .attack = attack);
