/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "own.h"

/* In the mount namespace of the machine, not in that which each attack has. */
static int prepare(void)
{
	int home = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	return setns(home, CLONE_NEWNS) ? WRONG : code(chdir(attack_place));
}
static int attack(void)
{
	return code(mount("none", "/sys/fs/bpf/bailiff", "tmpfs", 0, NULL));
}
static void after(void)
{
	if (access(PINS, F_OK))
		(void)umount2("/sys/fs/bpf/bailiff", MNT_DETACH);
}
ATTACK(own_mount_over, .prepare = prepare, .attack = attack, .after = after);
