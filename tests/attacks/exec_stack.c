/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	_Alignas(4096) char room[4096];

	return protect_and_jump(room, RWX);
}
ATTACK(exec_stack, .attack = attack);
