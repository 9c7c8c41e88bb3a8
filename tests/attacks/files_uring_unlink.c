/* SPDX-License-Identifier: Apache-2.0 */
#include "uring.h"

static int attack(void)
{
	return -uring(IORING_OP_UNLINKAT, AT_FDCWD, "secret/file", NULL, 0, 0);
}
ATTACK(files_uring_unlink, .attack = attack);
