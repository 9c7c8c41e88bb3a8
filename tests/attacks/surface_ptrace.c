/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <sys/ptrace.h>

static int traced(void)
{
	return code(ptrace(PTRACE_TRACEME, 0, 0, 0));
}
static int attack(void)
{
	return in_child(traced);
}
ATTACK(surface_ptrace, .attack = attack);
