/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

static uint32_t number;

static int prepare(void)
{
	number = number_of(PINS "/map_control", 1);
	return number ? 0 : WRONG;
}
/* Who has its descriptor reads, changes and deletes what is in it. */
static int attack(void)
{
	return code(by_number(BPF_MAP_GET_FD_BY_ID, number));
}
ATTACK(own_map_number, .prepare = prepare, .attack = attack);
