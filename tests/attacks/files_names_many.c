/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define NAMES 500

/* Eight bytes of any value but those that a name can't have. */
static void spell(char *path, size_t size, unsigned i)
{
	uint64_t word = (i + 1) * 0x9e3779b97f4a7c15u;
	int n = snprintf(path, size, "secret/");

	for (int k = 0; k < 8; k++, word >>= 8)
		path[n++] = (char)((word & 0xff) == 0 || (word & 0xff) == '/' ? '_' : word & 0xff);
	snprintf(path + n, size - (size_t)n, "%u", i);
}

static int prepare(void)
{
	char path[64];

	for (unsigned i = 0; i < NAMES; i++) {
		spell(path, sizeof(path), i);
		put(path, "secret\n", 7, 0644);
	}
	return 0;
}
static int attack(void)
{
	char path[64];
	int error = EPERM;

	for (unsigned i = 0; i < NAMES && error; i++) {
		spell(path, sizeof(path), i);
		error = opens(path);
	}
	return error;
}
ATTACK(files_names_many, .prepare = prepare, .attack = attack);
