/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* Written first and mapped to be executed when nobody writes there any more. */
static int attack(void)
{
	int fd;
	void *map;

	put("open/code", code_42, CODE_SIZE, 0644);
	fd = open("open/code", O_RDONLY | O_CLOEXEC);
	map = mmap(NULL, 4096, RX, MAP_PRIVATE, fd, 0);
	return map == MAP_FAILED ? errno : jump(map);
}
ATTACK(exec_map_written, .attack = attack);
