/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	char *map = anonymous(RW, MAP_PRIVATE);
	int error = protect_and_jump(map, RX);

	if (error && syscall(SYS_pkey_mprotect, map, 4096, RX, -1) == 0)
		error = jump(map);
	return error;
}
ATTACK(exec_mprotect, .attack = attack);
