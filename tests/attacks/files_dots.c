/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return opens("open/../secret/./sub/..//file");
}
ATTACK(files_dots, .attack = attack);
