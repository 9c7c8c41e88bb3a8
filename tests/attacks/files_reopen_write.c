/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", open("ro/file", O_RDONLY | O_CLOEXEC));
	return writes(open(path, O_RDWR | O_CLOEXEC));
}
ATTACK(files_reopen_write, .attack = attack);
