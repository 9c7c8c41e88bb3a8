/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	return hold(open("secret/run", O_RDONLY));
}
static int attack(void)
{
	return run_fd(HELD);
}
ATTACK(exec_fd_old, .prepare = prepare, .attack = attack);
