/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "attack.h"

/* A hierarchy of cgroups of one's own, whose agent the kernel starts when one of them is left. */
static int attack(void)
{
	int error;

	if (mount("none", "open/sub", "cgroup", 0, "none,name=attack"))
		return errno == ENODEV ? cant("this kernel has no cgroups of version 1") : errno;
	error = writes(open("open/sub/release_agent", O_WRONLY | O_CLOEXEC));
	umount("open/sub");
	return error;
}
ATTACK(exec_release_agent, .attack = attack);
