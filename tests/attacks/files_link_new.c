/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return link("secret/file", "open/hard") ? errno : opens("open/hard");
}
ATTACK(files_link_new, .attack = attack);
