/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* Into a namespace whose descriptor it was given. */
static int prepare(void)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

	return fd < 0 || setns(fd, 0) ? cant("no right to enter namespaces") : hold(fd);
}
static int attack(void)
{
	return code(setns(HELD, 0));
}
ATTACK(process_setns, .prepare = prepare, .attack = attack);
