/* SPDX-License-Identifier: Apache-2.0 */
#include "uring.h"

static int attack(void)
{
	int error = -uring(IORING_OP_RENAMEAT, AT_FDCWD, "secret/file", "open/moved", AT_FDCWD, 0);

	return error ? error : opens("open/moved");
}
ATTACK(files_uring_rename, .attack = attack);
