/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	int error = write_and_jump(anonymous(RWX, MAP_PRIVATE));

	return error ? write_and_jump(anonymous(RWX, MAP_SHARED)) : 0;
}
ATTACK(exec_anonymous, .attack = attack);
