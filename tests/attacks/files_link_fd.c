/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	char path[64];
	int fd = open("secret/file", O_PATH | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, "open/hard", AT_SYMLINK_FOLLOW))
		return errno;
	return opens("open/hard");
}
ATTACK(files_link_fd, .attack = attack);
