/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	int fd = open("open/run", O_RDONLY | O_CLOEXEC);
	int error = protect_and_jump(mmap(NULL, 4096, RW, MAP_PRIVATE, fd, 0), RX);

	return error ? write_and_jump(mmap(NULL, 4096, RWX, MAP_PRIVATE, fd, 0)) : 0;
}
ATTACK(exec_file_mapping, .attack = attack);
