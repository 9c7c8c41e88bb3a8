/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* A loader of one's own, which needs only to read and to map. */
static int load(void)
{
	int fd = open("secret/run", O_RDONLY | O_CLOEXEC);
	char *map = mmap(NULL, 4096, RX, MAP_PRIVATE, fd, 0);

	if (fd < 0 || map == MAP_FAILED)
		return errno;
	((void (*)(void))(uintptr_t)(map +
				     0x78))(); /* where the program begins: it ends the process */
	return WRONG;
}
static int attack(void)
{
	return in_child(load);
}
ATTACK(exec_own_loader, .attack = attack);
