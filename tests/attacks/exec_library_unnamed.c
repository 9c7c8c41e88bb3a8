/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int prepare(void)
{
	put("open/library", code_42, CODE_SIZE, 0644);
	return 0;
}
static int attack(void)
{
	int fd = open("open/library", O_RDONLY | O_CLOEXEC);
	void *map = mmap(NULL, 4096, RX, MAP_PRIVATE, fd, 0);

	return fd < 0 || map == MAP_FAILED ? errno : jump(map);
}
ATTACK(exec_library_unnamed, .prepare = prepare, .attack = attack);
