/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static const int kinds[] = {CLONE_NEWUSER,   CLONE_NEWNS,     CLONE_NEWUTS,
			    CLONE_NEWIPC,    CLONE_NEWPID,    CLONE_NEWNET,
			    CLONE_NEWCGROUP, 0x80 /* time */, 0};

static int attack(void)
{
	for (const int *kind = kinds; *kind; kind++)
		if (unshare(*kind) == 0)
			return 0;
	return errno;
}
ATTACK(process_unshare, .attack = attack);
