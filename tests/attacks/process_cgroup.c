/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"

static int prepare(void)
{
	return mkdir(OTHER, 0755) && errno != EEXIST ? WRONG : 0;
}
static int attack(void)
{
	int error = enter(OTHER);

	return error ? error : opens("secret/file");
}
ATTACK(process_cgroup, .prepare = prepare, .attack = attack);
