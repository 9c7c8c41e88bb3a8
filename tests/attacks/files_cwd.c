/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return chdir("secret/sub") ? errno : opens("../file");
}
ATTACK(files_cwd, .attack = attack);
