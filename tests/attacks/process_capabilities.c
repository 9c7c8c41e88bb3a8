/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* Who makes a user namespace has every capability in it. */
static int attack(void)
{
	if (unshare(CLONE_NEWUSER))
		return errno;
	return code(chroot("open"));
}
ATTACK(process_capabilities, .attack = attack);
