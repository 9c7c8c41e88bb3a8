/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* A policy of these lines is checked: EPERM where that is refused, or said to leave something open. */
static int check(const char *lines, const char *note)
{
	static char text[1 << 20];
	int n = snprintf(text, sizeof(text),
			 "version: 1\nname: x\nsyscalls:\n  default: allow\n  deny:\n%s", lines),
	    status;

	put("open/policy.yaml", text, (size_t)n, 0600);
	status = bailiff(20, (const char *const[]){"check", "open/policy.yaml", NULL});
	printf("%s", bailiff_output);
	fflush(stdout);
	return status == 0 && !strstr(bailiff_output, note) ? 0 : status < 0 ? WRONG : EPERM;
}

static int sibling(void)
{
	return check(attack_harmless ? "    - {calls: [mkdir, mkdirat]}\n" : "    - mkdir\n",
		     "which can do the like");
}
static int exit_group(void)
{
	return check(attack_harmless ? "    - mount_setattr\n" : "    - exit_group\n",
		     "hang or crash");
}
static int too_large(void)
{
	static char lines[1 << 19];
	size_t n = 0;

	n += (size_t)snprintf(lines, sizeof(lines), "    - ioctl: {cmd: [");
	for (int i = 0; i < (attack_harmless ? 10 : 6000); i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "%d, ", 1000000 + 17 * i);
	snprintf(lines + n, sizeof(lines) - n, "1]}\n");
	return check(lines, "4096");
}
ATTACK(seccomp_policy_sibling, .attack = sibling);
ATTACK(seccomp_policy_exit, .attack = exit_group);
ATTACK(seccomp_policy_large, .attack = too_large);
