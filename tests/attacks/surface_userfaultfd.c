/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

static int attack(void)
{
	return code(syscall(SYS_userfaultfd, O_CLOEXEC));
}
static int prepare(void)
{
	return possible(attack, "the kernel has none");
}
ATTACK(surface_userfaultfd, .prepare = prepare, .attack = attack);
