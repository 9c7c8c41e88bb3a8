/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

static int attack(void)
{
	return code(kill(getppid(), 0));
}
ATTACK(process_signal_supervisor, .attack = attack);
