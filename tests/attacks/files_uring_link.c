/* SPDX-License-Identifier: Apache-2.0 */
#include "uring.h"

static int attack(void)
{
	int error = -uring(IORING_OP_LINKAT, AT_FDCWD, "secret/file", "open/hard", AT_FDCWD, 0);

	return error ? error : opens("open/hard");
}
ATTACK(files_uring_link, .attack = attack);
