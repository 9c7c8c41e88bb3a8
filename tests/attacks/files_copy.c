/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	int fd = open("open/file", O_RDONLY | O_CLOEXEC);

	return code(copy_file_range(fd, NULL, HELD, NULL, 1, 0));
}
ATTACK(files_copy, .prepare = prepare, .attack = attack);
