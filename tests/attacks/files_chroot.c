/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

static int attack(void)
{
	return may_mount() || chroot("secret") ? errno : opens("/file");
}
ATTACK(files_chroot, .attack = attack);
