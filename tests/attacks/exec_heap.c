/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	char *heap = sbrk(8192);

	return protect_and_jump((void *)(((uintptr_t)heap + 4095) & ~(uintptr_t)4095), RWX);
}
ATTACK(exec_heap, .attack = attack);
