/* SPDX-License-Identifier: Apache-2.0 */
#include "i386.h"

#include <linux/stat.h>

#define MODE 0604

static int attack(void)
{
	int fd = open("open/file", O_RDWR | O_CLOEXEC);
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)syscall(SYS_chmod, "open/file", MODE);
	(void)syscall(SYS_fchmod, fd, MODE);
	(void)syscall(SYS_fchmodat, AT_FDCWD, "open/file", MODE);
	(void)syscall(SYS_fchmodat, AT_FDCWD, path, MODE);
	(void)syscall(452 /* fchmodat2 */, AT_FDCWD, "open/file", MODE, 0);
	(void)syscall(452, fd, "", MODE, AT_EMPTY_PATH);
	(void)int80(15 /* chmod */, (long)low("open/file", 10), MODE, 0);
	if (stat("open/file", &st))
		return WRONG;
	return (st.st_mode & 07777) == MODE ? 0 : code(syscall(SYS_fchmod, fd, MODE));
}
ATTACK(seccomp_siblings, .attack = attack);
