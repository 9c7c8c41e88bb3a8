/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) || write(ends[1], "x", 1) != 1)
		return errno;
	return code(splice(ends[0], NULL, HELD, NULL, 1, 0));
}
ATTACK(files_splice, .prepare = prepare, .attack = attack);
