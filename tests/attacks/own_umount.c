/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "own.h"

/* How often it is mounted there. */
static int mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[1024];
	int n = 0;

	while (file && fgets(line, sizeof(line), file))
		n += strstr(line, " /sys/fs/bpf ") != NULL;
	if (file)
		fclose(file);
	return n;
}
static int before(void)
{
	return code(mount("/sys/fs/bpf", "/sys/fs/bpf", NULL, MS_BIND, NULL));
}

/* In the mount namespace of the machine, not in that which each attack has. */
static int prepare(void)
{
	int home = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	return setns(home, CLONE_NEWNS) ? WRONG : code(chdir(attack_place));
}
/* A second mount of it, so that nothing is lost where it may be done. */
static int attack(void)
{
	return code(umount2("/sys/fs/bpf", MNT_DETACH));
}
static void after(void)
{
	if (mounts() > 1)
		(void)umount2("/sys/fs/bpf", MNT_DETACH);
}
ATTACK(own_umount, .before = before, .prepare = prepare, .attack = attack, .after = after);
