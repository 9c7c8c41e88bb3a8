/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, HELD, 0);

	if (at == MAP_FAILED)
		return errno;
	at[0] = 'X';
	return 0;
}
ATTACK(files_map_shared, .prepare = prepare, .attack = attack);
