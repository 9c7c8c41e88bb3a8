/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* The kernel takes 32 bits of a number; other high bits may pass for another call, or for none. */
static int attack(void)
{
	static const uint64_t bits[] = {1ull << 32,	   1ull << 63,	       0xffffffffull << 32,
					0x40000000ull,	   0x80000000ull,      0xc0000000ull,
					0xffffff00ull,	   0x20000000ull,      0x10000ull,
					0x1ffffff00000000, 0x4000000100000000, 0};
	int error = 0;

	for (size_t i = 0; bits[i]; i++) {
		if (syscall((long)(bits[i] | SYS_mkdir), "open/made", 0755) == 0)
			return 0;
		error = errno == ENOSYS && error ? error : errno;
		if (syscall((long)(bits[i] | SYS_mkdirat), AT_FDCWD, "open/made", 0755) == 0)
			return 0;
	}
	return error;
}
ATTACK(seccomp_number, .attack = attack);
