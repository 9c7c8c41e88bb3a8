/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int at_depth(int depth, int (*step)(void))
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < depth; i++)
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

static int prepare(int depth)
{
	int error = at_depth(depth, make);

	if (!error)
		put("f", "secret\n", 7, 0644);
	return chdir(attack_place) ? errno : error;
}
static int attack(int depth)
{
	int error = at_depth(depth, go);

	return error ? error : opens("f");
}

#define DEEP(depth)                                                                                \
	static int prepare_##depth(void)                                                           \
	{                                                                                          \
		return prepare(depth);                                                             \
	}                                                                                          \
	static int attack_##depth(void)                                                            \
	{                                                                                          \
		return attack(depth);                                                              \
	}
DEEP(20)
DEEP(96)
DEEP(128)
ATTACK(files_deep_20, .prepare = prepare_20, .attack = attack_20);
ATTACK(files_deep_96, .prepare = prepare_96, .attack = attack_96);
ATTACK(files_deep_128, .prepare = prepare_128, .attack = attack_128);
