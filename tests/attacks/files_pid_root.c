/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* A process of the attacker's own, as governed as he is. */
static pid_t start(const char *dir)
{
	int ready[2];
	char c;
	pid_t pid;

	if (pipe(ready) || (pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		if (chdir(dir) == 0)
			(void)!write(ready[1], "x", 1);
		pause();
	}
	return read(ready[0], &c, 1) == 1 ? pid : -1;
}

static int attack(void)
{
	char path[600];

	snprintf(path, sizeof(path), "/proc/%d/root%s/secret/file", start("open"), attack_place);
	return opens(path);
}
ATTACK(files_pid_root, .attack = attack);
