/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/mount.h>

#include "attack.h"

static int attack(void)
{
	if (mount("secret", "open/sub", NULL, MS_BIND, NULL))
		return errno;
	return opens("open/sub/file");
}
ATTACK(files_bind, .attack = attack);
