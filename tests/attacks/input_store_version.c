/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static void change(off_t at, char by)
{
	int fd = open("store.db", O_RDWR | O_CLOEXEC);
	char c;

	if (pread(fd, &c, 1, at) != 1)
		_exit(WRONG);
	c = (char)(c + by);
	if (pwrite(fd, &c, 1, at) != 1 || close(fd))
		_exit(WRONG);
}

static int attack(void)
{
	put_report("harmless");
	if (TOLD("store", "--store", "store.db", "import", "reports.jsonl"))
		return WRONG;
	if (!attack_harmless)
		change(63, 1); /* the last byte of SQLite's user_version */
	return TOLD("report", "--store", "store.db");
}
ATTACK(input_store_version, .attack = attack);
