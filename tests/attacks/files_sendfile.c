/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/sendfile.h>

#include "attack.h"

static int prepare(void)
{
	return hold(open("ro/file", O_RDWR | O_CLOEXEC));
}
static int attack(void)
{
	int fd = open("open/file", O_RDONLY | O_CLOEXEC);

	return code(sendfile(HELD, fd, NULL, 1));
}
ATTACK(files_sendfile, .prepare = prepare, .attack = attack);
