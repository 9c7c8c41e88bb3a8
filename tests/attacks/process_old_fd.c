/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* Opened before any policy governed it. */
static int prepare(void)
{
	return hold(open("secret/file", O_RDONLY | O_CLOEXEC));
}
static int attack(void)
{
	return reads(HELD);
}
ATTACK(process_old_fd, .prepare = prepare, .attack = attack);
