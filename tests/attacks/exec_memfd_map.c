/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

static int attack(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 1 /* MFD_CLOEXEC */);
	void *map;

	if (fd < 0 || write(fd, code_42, CODE_SIZE) != CODE_SIZE)
		return errno;
	map = mmap(NULL, 4096, RX, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? errno : jump(map);
}
ATTACK(exec_memfd_map, .attack = attack);
