/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static int attack(void)
{
	const char *text = many(HEAD CALLS "#", "x", 900000, "\n");
	size_t size = strlen(text);
	int error = 0;
	pid_t pid;

	put("policy.yaml", text, size, 0644);
	pid = attack_harmless ? 0 : fork();
	if (pid == 0 && !attack_harmless) {
		int fd = open("policy.yaml", O_WRONLY | O_CLOEXEC);

		for (time_t end = time(NULL) + SECONDS; time(NULL) < end;)
			(void)!pwrite(fd, "y", 1, (off_t)size - 2);
		_exit(0);
	}
	/* Once is enough: what was read between two writes is a whole policy. */
	for (int i = 0; i < (attack_harmless ? 1 : 300) && !error; i++)
		error = TOLD("check", "policy.yaml");
	if (pid > 0)
		kill(pid, SIGKILL);
	return error;
}
ATTACK(input_yaml_changes, .attack = attack);
