/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "own.h"

static const char *const switches[] = {"open/sub/kprobes/enabled", "open/sub/tracing/tracing_on"};

static int set(const char *value)
{
	int done = 0;

	for (size_t i = 0; i < sizeof(switches) / sizeof(*switches); i++) {
		int fd = open(switches[i], O_WRONLY | O_CLOEXEC);

		done += fd >= 0 && write(fd, value, 1) == 1;
		if (fd >= 0)
			close(fd);
	}
	return done;
}
static int prepare(void)
{
	if (mount("debugfs", "open/sub", "debugfs", 0, NULL))
		return cant("no debugfs");
	return access(switches[1], F_OK) && access(switches[0], F_OK) ? cant("no such switches")
								      : 0;
}
/* What programs may hang on is switched off; then what they deny. */
static int attack(void)
{
	(void)set("0");
	return opens("secret/file");
}
static void after(void)
{
	if (mount("debugfs", "open/sub", "debugfs", 0, NULL) == 0) {
		(void)set("1");
		(void)umount2("open/sub", MNT_DETACH);
	}
}
ATTACK(own_tracing, .prepare = prepare, .attack = attack, .after = after);
