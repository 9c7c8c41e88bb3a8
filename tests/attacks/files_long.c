/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define NAME "a-directory-whose-name-makes-the-path-a-long-one"

static int prepare(int directories)
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < directories; i++)
		if (mkdir(NAME, 0755) || chdir(NAME))
			return errno;
	put("file", "secret\n", 7, 0644);
	return code(chdir(attack_place));
}
static int attack(int directories)
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < directories; i++)
		if (chdir(NAME))
			return errno;
	return opens("file");
}

/* Of so many directories, which is longer than BYTES. */
#define LONG(bytes, directories)                                                                   \
	static int prepare_##bytes(void)                                                           \
	{                                                                                          \
		return prepare(directories);                                                       \
	}                                                                                          \
	static int attack_##bytes(void)                                                            \
	{                                                                                          \
		return attack(directories);                                                        \
	}
LONG(200, 4)
LONG(256, 5)
LONG(4096, 80)
ATTACK(files_long_200, .prepare = prepare_200, .attack = attack_200);
ATTACK(files_long_256, .prepare = prepare_256, .attack = attack_256);
ATTACK(files_long_4096, .prepare = prepare_4096, .attack = attack_4096);
