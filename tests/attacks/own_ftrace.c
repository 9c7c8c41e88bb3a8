/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define SWITCH "/proc/sys/kernel/ftrace_enabled"

static int set(const char *value)
{
	int fd = open(SWITCH, O_WRONLY | O_CLOEXEC), error;

	if (fd < 0)
		return errno;
	error = write(fd, value, 1) == 1 ? 0 : errno;
	close(fd);
	return error;
}
static int prepare(void)
{
	return access(SWITCH, F_OK) ? cant("the kernel has no such switch") : 0;
}
/* Without ftrace no program that hangs on a function is run: then what they deny. */
static int attack(void)
{
	int error = set("0");

	return opens("secret/file") == 0 ? 0 : error ? error : EACCES;
}
static void after(void)
{
	(void)set("1");
}
ATTACK(own_ftrace, .prepare = prepare, .attack = attack, .after = after);
