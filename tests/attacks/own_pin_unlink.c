/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

#define MINE PINS "/map_mine"

static int prepare(void)
{
	return pin(own_map(), MINE) && errno != EEXIST ? WRONG : 0;
}
static int attack(void)
{
	return code(unlink(MINE));
}
static void after(void)
{
	(void)unlink(MINE);
}
ATTACK(own_pin_unlink, .prepare = prepare, .attack = attack, .after = after);
