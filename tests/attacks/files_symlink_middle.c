/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return symlink("../secret", "open/dir") ? errno : opens("open/dir/sub/file");
}
ATTACK(files_symlink_middle, .attack = attack);
