/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	struct stat st;

	if (open("ro/file", O_RDONLY | O_TRUNC | O_CLOEXEC) < 0)
		return errno;
	return stat("ro/file", &st) == 0 && st.st_size == 0 ? 0 : EPERM;
}
ATTACK(files_o_trunc, .attack = attack);
