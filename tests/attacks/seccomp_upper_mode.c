/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* The kernel reads 16 bits of a mode. */
static int attack(void)
{
	int fd = open("open/file", O_RDONLY | O_CLOEXEC);
	struct stat st;

	for (int shift = 16; shift < 64; shift += 16)
		if (syscall(SYS_fchmod, fd, 04755 | 1L << shift) == 0)
			return stat("open/file", &st) == 0 && st.st_mode & S_ISUID ? 0 : WRONG;
	return errno;
}
ATTACK(seccomp_upper_mode, .attack = attack);
