/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <linux/keyctl.h>

static int attack(void)
{
	if (syscall(SYS_add_key, "user", "bailiff-attack", "x", 1, KEY_SPEC_PROCESS_KEYRING) >= 0 ||
	    syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 ||
	    syscall(SYS_request_key, "user", "bailiff-attack", NULL, 0) >= 0)
		return 0;
	return errno;
}
static int prepare(void)
{
	return possible(attack, "the kernel has no keyrings");
}
ATTACK(surface_keyring, .prepare = prepare, .attack = attack);
