/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#define LINKS HEAD "syscalls: {default: allow, deny: [readlink, readlinkat]}\n"

static int attack(void)
{
	const char *name = attack_harmless ? "./harmless"
					   : "./\x1b]0;owned\a\x1b[2J\xc2\x9b"
					     "31m";
	int fd = open(attack_self, O_RDONLY | O_CLOEXEC), to = creat(name, 0755);
	ssize_t n;

	while ((n = copy_file_range(fd, NULL, to, NULL, 1 << 20, 0)) > 0)
		;
	close(to);
	put("policy.yaml", LINKS, sizeof(LINKS) - 1, 0644);
	/* It asks for its own name first. */
	(void)TOLD("run", "--store", "none", "-p", "./policy.yaml", "--", name, "nothing");
	return n ? WRONG : came_through(bailiff_output);
}
ATTACK(input_escapes_run, .attack = attack);
