/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	return run_fd(open("secret/run", O_PATH | O_CLOEXEC));
}
ATTACK(exec_fd, .attack = attack);
