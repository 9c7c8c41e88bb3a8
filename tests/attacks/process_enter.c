/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"
#include "helper.h"

/* As `docker exec` and nsenter: from the machine into the cgroup and the mount namespace of who is governed. */
static int enter_both(const char *words)
{
	char path[64];
	int ns, home = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", atoi(words));
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(home, CLONE_NEWNS) || enter(strchr(words, ' ') + 1) ||
	    setns(ns, CLONE_NEWNS) || chdir(attack_place))
		return WRONG;
	return opens("secret/file");
}
static int prepare(void)
{
	return help(enter_both);
}
static int attack(void)
{
	char words[320];

	snprintf(words, sizeof(words), "%d %s", getpid(), cgroup_now());
	return ask(words);
}
ATTACK(process_enter, .prepare = prepare, .attack = attack);
