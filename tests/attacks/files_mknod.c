/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/sysmacros.h>

#include "attack.h"

static int prepare(void)
{
	if (mknod("open/trial", S_IFCHR | 0666, makedev(1, 5)))
		return cant("it takes root to make a device");
	return opens("open/trial") ? cant("devices can't be opened on this file system") : 0;
}
static int attack(void)
{
	if (mknod("open/device", S_IFCHR | 0666, makedev(1, 5)))
		return errno;
	return opens("open/device");
}
ATTACK(files_mknod, .prepare = prepare, .attack = attack);
