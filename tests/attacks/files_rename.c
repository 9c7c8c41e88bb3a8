/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return rename("secret/file", "open/moved") ? errno : opens("open/moved");
}
ATTACK(files_rename, .attack = attack);
