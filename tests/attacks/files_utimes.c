/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	static const struct timespec times[2] = {{1, 0}, {1, 0}};

	return code(utimensat(AT_FDCWD, "ro/file", times, 0));
}
ATTACK(files_utimes, .attack = attack);
