/* SPDX-License-Identifier: Apache-2.0 */
#include "own.h"

static uint32_t number;

static int prepare(void)
{
	number = number_of(PINS "/link_file_open", 2);
	return number ? 0 : WRONG;
}
static int attack(void)
{
	return code(by_number(BPF_PROG_GET_FD_BY_ID, number));
}
ATTACK(own_program, .prepare = prepare, .attack = attack);
