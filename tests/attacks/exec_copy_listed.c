/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	int error = copy_file("secret/run", "open/copy", 0755);

	return error ? error : run_program("open/copy");
}
ATTACK(exec_copy_listed, .attack = attack);
