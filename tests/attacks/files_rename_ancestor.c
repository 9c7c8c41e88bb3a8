/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return rename("secret", "public") ? errno : opens("public/file");
}
ATTACK(files_rename_ancestor, .attack = attack);
