/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

static int attack(void)
{
	char path[300];
	int error;

	snprintf(path, sizeof(path), "%s/child", cgroup_now());
	if (mkdir(path, 0755) && errno != EEXIST)
		return errno;
	error = enter(path);
	return error ? error : opens("secret/file");
}
ATTACK(process_cgroup_child, .attack = attack);
