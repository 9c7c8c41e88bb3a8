/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	return writes(HELD);
}
ATTACK(files_write, .prepare = prepare, .attack = attack);
