/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", open("secret/file", O_PATH | O_CLOEXEC));
	return opens(path);
}
ATTACK(files_reopen_path, .attack = attack);
