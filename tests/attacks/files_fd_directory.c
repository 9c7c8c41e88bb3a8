/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("secret", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}
static int attack(void)
{
	return reads(openat(HELD, "file", O_RDONLY | O_CLOEXEC));
}
ATTACK(files_fd_directory, .prepare = prepare, .attack = attack);
