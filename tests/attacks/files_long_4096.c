/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define DIRECTORIES 80 /* more than 4096 bytes */
#define NAME	    "a-directory-whose-name-makes-the-path-a-long-one"

static int prepare(void)
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < DIRECTORIES; i++)
		if (mkdir(NAME, 0755) || chdir(NAME))
			return errno;
	put("file", "secret\n", 7, 0644);
	return code(chdir(attack_place));
}
static int attack(void)
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < DIRECTORIES; i++)
		if (chdir(NAME))
			return errno;
	return opens("file");
}
ATTACK(files_long_4096, .prepare = prepare, .attack = attack);
