/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

/* From a mount namespace of its own back to the machine's, where names are others. */
static int prepare(void)
{
	return hold(open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC));
}
static int attack(void)
{
	return code(setns(HELD, CLONE_NEWNS));
}
ATTACK(process_setns_host, .prepare = prepare, .attack = attack);
