/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	char text[16];
	int ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) || (pid = fork()) < 0)
		return errno;
	if (pid == 0) {
		if (unshare(CLONE_NEWNS) == 0)
			(void)!write(ready[1], "x", 1);
		close(ready[1]);
		pause();
	}
	close(ready[1]);
	if (read(ready[0], text, 1) != 1)
		return cant("it takes root to have another mount namespace");
	put("open/pid", text, (size_t)snprintf(text, sizeof(text), "%d", pid), 0644);
	return 0;
}
static int attack(void)
{
	char text[600] = "", path[700];
	int fd = open("open/pid", O_RDONLY | O_CLOEXEC);

	if (read(fd, text, 15) <= 0)
		return WRONG;
	snprintf(path, sizeof(path), "/proc/%d/root%s/secret/file", atoi(text), attack_place);
	return opens(path);
}
ATTACK(files_pid_root_elsewhere, .prepare = prepare, .attack = attack);
