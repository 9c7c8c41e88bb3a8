/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

#define GONE "/sys/fs/bpf/gone"

/* There, and at once back. */
static int attack(void)
{
	return code(rename(PINS, GONE) ? -1 : rename(GONE, PINS));
}
ATTACK(own_pin_rename, .attack = attack);
