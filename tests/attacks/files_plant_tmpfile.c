/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	int fd = open("open", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
	char path[64];

	if (fd < 0)
		return errno == EOPNOTSUPP ? cant("this file system has no O_TMPFILE") : errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return code(linkat(AT_FDCWD, path, AT_FDCWD, "secret/made", AT_SYMLINK_FOLLOW));
}
ATTACK(files_plant_tmpfile, .attack = attack);
