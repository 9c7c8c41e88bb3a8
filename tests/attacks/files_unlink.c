/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return code(unlink("secret/file"));
}
ATTACK(files_unlink, .attack = attack);
