/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return chroot("secret") ? errno : opens("/file");
}
ATTACK(files_chroot, .attack = attack);
