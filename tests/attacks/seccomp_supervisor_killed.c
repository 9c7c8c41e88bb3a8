/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static bool has_supervisor(void)
{
	char path[64], name[64] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", getppid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, name, sizeof(name) - 1) < 0)
		return false;
	close(fd);
	return strncmp(name, "bailiff", 7) == 0;
}
/* Calls wait for their answer when there is nobody left to give it. */
static int attack(void)
{
	pid_t pid;

	if (!has_supervisor())
		return code(mkdir("open/last", 0755));
	(void)mkdir("open/first", 0755);
	pid = fork();
	if (pid == 0) {
		(void)setsid(); /* outlives the attacker */
		for (int i = 0; i < 200000; i++)
			(void)mkdir("open/made", 0755);
		_exit(0);
	}
	usleep(50000);
	if (kill(getppid(), SIGKILL))
		return errno;
	usleep(100000);
	return code(mkdir("open/last", 0755));
}
static int then(int result)
{
	usleep(300000);
	return access("open/first", F_OK) == 0 || access("open/made", F_OK) == 0 ||
			       access("open/last", F_OK) == 0
		       ? 0
		       : result;
}
ATTACK(seccomp_supervisor_killed, .attack = attack, .then = then);
