/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	char path[600];

	snprintf(path, sizeof(path), "/proc/self/root%s/secret/file", attack_place);
	return opens(path);
}
ATTACK(files_self_root, .attack = attack);
