/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	return code(fallocate(HELD, 0, 0, 8192));
}
ATTACK(files_fallocate, .prepare = prepare, .attack = attack);
