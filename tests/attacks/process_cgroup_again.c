/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"
#include "helper.h"

/* Enters the cgroup that the attacker names: removed, and made again under its old name. */
static int enter_again(const char *path)
{
	int error;

	if (mkdir(path, 0755) || rmdir(path) || mkdir(path, 0755))
		return errno;
	error = enter(path);
	if (error == 0)
		error = opens("secret/file");
	(void)enter("/sys/fs/cgroup");
	(void)rmdir(path);
	return error;
}
static int prepare(void)
{
	return help(enter_again);
}
static int attack(void)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/again", cgroup_now());
	return ask(path);
}
ATTACK(process_cgroup_again, .prepare = prepare, .attack = attack);
