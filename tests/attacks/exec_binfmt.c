/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "attack.h"

#define DIRECTORY "/proc/sys/fs/binfmt_misc"

static int prepare(void)
{
	if (mount("none", DIRECTORY, "binfmt_misc", 0, NULL))
		return cant("binfmt_misc is not there, or can't be mounted");
	return 0;
}
static int attack(void)
{
	char text[600];
	int fd = open(DIRECTORY "/register", O_WRONLY | O_CLOEXEC);

	snprintf(text, sizeof(text), ":bailiff:E::bailiff-attack::%s/open/run:", attack_place);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return errno;
	fd = open(DIRECTORY "/bailiff", O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, "-1", 2) == 2 ? 0 : errno; /* and it is gone again */
}
ATTACK(exec_binfmt, .prepare = prepare, .attack = attack);
