/* SPDX-License-Identifier: Apache-2.0 */
#include "victim.h"

static int attack(void)
{
	uintptr_t address;
	pid_t pid;

	if (victim_find(&pid, &address))
		return WRONG;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		return errno;
	waitpid(pid, NULL, __WALL);
	return code(ptrace(PTRACE_POKEDATA, pid, address, 1L));
}
ATTACK(exec_poke, .attack = attack, .before = victim_start, .after = victim_end);
