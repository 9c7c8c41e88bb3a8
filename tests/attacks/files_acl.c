/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/xattr.h>

#include "attack.h"

static int attack(void)
{
	static const unsigned char everybody[] = {
		2, 0, 0,   0,	1,   0,	  7,  0, 255, 255, 255, 255, 4,	  0,
		7, 0, 255, 255, 255, 255, 32, 0, 7,   0,   255, 255, 255, 255,
	};

	return code(
		setxattr("ro/file", "system.posix_acl_access", everybody, sizeof(everybody), 0));
}
ATTACK(files_acl, .attack = attack);
