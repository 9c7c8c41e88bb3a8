/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* AT_FDCWD with its sign in the upper half, without it, and with anything there. */
static int attack(void)
{
	const long ways[] = {AT_FDCWD, (uint32_t)AT_FDCWD, (long)((uint32_t)AT_FDCWD | 7ull << 32)};
	char target[16];

	if (symlink("file", "open/link"))
		return WRONG;
	for (int i = 0; i < 3; i++)
		if (syscall(SYS_readlinkat, ways[i], "open/link", target, sizeof(target)) == 4)
			return 0;
	return errno;
}
ATTACK(seccomp_negative, .attack = attack);
