/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("secret/file", O_RDONLY | O_CLOEXEC));
}
static int attack(void)
{
	return reads(HELD);
}
ATTACK(files_fd_inherited, .prepare = prepare, .attack = attack);
