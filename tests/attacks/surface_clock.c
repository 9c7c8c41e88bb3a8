/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <sys/timex.h>
#include <time.h>

/* The length of a tick, as it is. */
static int attack(void)
{
	struct timex now = {.modes = 0}, set = {.modes = ADJ_TICK};

	if (syscall(SYS_adjtimex, &now) < 0)
		return errno;
	set.tick = now.tick;
	if (syscall(SYS_adjtimex, &set) >= 0 ||
	    syscall(SYS_clock_adjtime, CLOCK_REALTIME, &set) >= 0)
		return 0;
	return errno;
}
static int prepare(void)
{
	return possible(attack, "no right to set clocks");
}
ATTACK(surface_clock, .prepare = prepare, .attack = attack);
