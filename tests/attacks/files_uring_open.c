/* SPDX-License-Identifier: Apache-2.0 */
#include "uring.h"

static int attack(void)
{
	int fd = uring(IORING_OP_OPENAT, AT_FDCWD, "secret/file", NULL, 0, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -fd : reads(fd);
}
ATTACK(files_uring_open, .attack = attack);
