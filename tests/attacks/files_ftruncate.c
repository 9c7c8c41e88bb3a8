/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	return code(ftruncate(HELD, 0));
}
ATTACK(files_ftruncate, .prepare = prepare, .attack = attack);
