/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static char *at;
static int prepare(void)
{
	int fd = open("ro/file", O_RDWR | O_CLOEXEC);

	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? errno : 0;
}
static int attack(void)
{
	at[0] = 'X';
	return 0;
}
ATTACK(files_map_old, .prepare = prepare, .attack = attack);
