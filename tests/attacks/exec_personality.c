/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/personality.h>

#include "exec.h"

static int jump_to_data(void)
{
	return write_and_jump(anonymous(RW, MAP_PRIVATE));
}
static int attack(void)
{
	int error;

	if (syscall(SYS_personality, READ_IMPLIES_EXEC) < 0)
		return errno;
	error = in_child(jump_to_data);
	return error == EINTR ? EACCES : error; /* a fault: it was not executable */
}
ATTACK(exec_personality, .attack = attack);
