/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

/* The same device by another name. */
static int prepare(void)
{
	int fd;

	if (mknod("open/mem", S_IFCHR | 0600, 1 << 8 | 1))
		return cant("no right to make devices");
	fd = open("open/mem", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? cant("no /dev/mem, or it is closed") : code(close(fd));
}
static int attack(void)
{
	return code(open("open/mem", O_RDONLY | O_CLOEXEC));
}
ATTACK(surface_dev_mem_name, .prepare = prepare, .attack = attack);
