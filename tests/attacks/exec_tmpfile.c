/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	int fd = open("open", O_RDWR | O_TMPFILE | O_CLOEXEC, 0755), again;
	char path[64];

	if (fd < 0)
		return errno == EOPNOTSUPP ? cant("the file system has no O_TMPFILE") : errno;
	if (write(fd, tiny, sizeof(tiny)) != sizeof(tiny))
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	return run_fd(again);
}
ATTACK(exec_tmpfile, .attack = attack);
