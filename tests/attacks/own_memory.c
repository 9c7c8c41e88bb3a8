/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

/* More names than are remembered at a time, some of which are remembered where the denied one would be. */
static int attack(void)
{
	char path[64];
	int error = ENOENT;

	for (int i = 0; i < 12000; i++) {
		snprintf(path, sizeof(path), "open/sub/%d", i);
		close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644));
		if (i % 100)
			continue;
		error = opens("secret/file");
		if (error == 0)
			return 0;
	}
	return error;
}
ATTACK(own_memory, .attack = attack);
