/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int prepare(void)
{
	int error = hold(open("secret/file", O_RDONLY | O_CLOEXEC));

	return error ? error : code(unlink("secret/file"));
}
static int attack(void)
{
	return reads(HELD);
}
ATTACK(files_unlinked, .prepare = prepare, .attack = attack);
