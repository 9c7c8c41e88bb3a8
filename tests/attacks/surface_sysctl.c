/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

/* What is there is written again. */
static int attack(void)
{
	char text[256];
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC), out;
	ssize_t n = read(fd, text, sizeof(text));

	close(fd);
	out = open("/proc/sys/kernel/core_pattern", O_WRONLY | O_CLOEXEC);
	return code(n < 0 || out < 0 ? -1 : write(out, text, (size_t)n));
}
static int prepare(void)
{
	return possible(attack, "no right to it");
}
ATTACK(surface_sysctl, .prepare = prepare, .attack = attack);
