/* SPDX-License-Identifier: Apache-2.0 */
#include "helper.h"

/* A new denied file, until it has the inode number that the attacker names. */
static int make(const char *number)
{
	struct stat st;

	(void)unlink("secret/again");
	put("secret/again", "secret\n", 7, 0644);
	return stat("secret/again", &st) == 0 && st.st_ino == strtoull(number, NULL, 10) ? 0
											 : EAGAIN;
}
static int prepare(void)
{
	put("open/again", "open\n", 5, 0644);
	return help(make);
}
/* A file that may be read is read, and goes; a denied one comes to have its number. */
static int attack(void)
{
	char number[32];
	struct stat st;

	for (int i = 0; i < 50; i++) {
		int fd = open("open/again", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

		if (fd < 0 || fstat(fd, &st))
			return WRONG;
		(void)!read(fd, number, 1);
		close(fd);
		snprintf(number, sizeof(number), "%llu", (unsigned long long)st.st_ino);
		(void)unlink("open/again");
		if (ask(number) == 0)
			break;
	}
	return opens("secret/again"); /* where no number comes again, it is as any new file */
}
ATTACK(process_inode_again, .prepare = prepare, .attack = attack);
