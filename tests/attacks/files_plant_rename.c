/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return code(rename("open/run", "secret/run"));
}
ATTACK(files_plant_rename, .attack = attack);
