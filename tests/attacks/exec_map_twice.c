/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* Once to be written, once to be executed. */
static int attack(void)
{
	int fd = open("open/code", O_RDWR | O_CREAT | O_CLOEXEC, 0755);
	void *to, *from;

	if (fd < 0 || ftruncate(fd, 4096))
		return errno;
	to = mmap(NULL, 4096, RW, MAP_SHARED, fd, 0);
	if (to == MAP_FAILED)
		return errno;
	memcpy(to, code_42, CODE_SIZE);
	from = mmap(NULL, 4096, RX, MAP_SHARED, fd, 0);
	return from == MAP_FAILED ? errno : jump(from);
}
ATTACK(exec_map_twice, .attack = attack);
