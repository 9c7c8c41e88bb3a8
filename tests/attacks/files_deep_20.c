/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define DEPTH 20

static int at_depth(int (*step)(void))
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < DEPTH; i++)
		if (step() || chdir("d"))
			return errno;
	return 0;
}
static int make(void)
{
	return mkdir("d", 0755);
}
static int go(void)
{
	return 0;
}

static int prepare(void)
{
	int error = at_depth(make);

	if (!error)
		put("f", "secret\n", 7, 0644);
	return chdir(attack_place) ? errno : error;
}
static int attack(void)
{
	int error = at_depth(go);

	return error ? error : opens("f");
}
ATTACK(files_deep_20, .prepare = prepare, .attack = attack);
