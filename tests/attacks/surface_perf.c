/* SPDX-License-Identifier: Apache-2.0 */
#include "surface.h"

#include <linux/perf_event.h>

static int attack(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_PAGE_FAULTS};

	return code(syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}
static int prepare(void)
{
	return possible(attack, "no performance events");
}
ATTACK(surface_perf, .prepare = prepare, .attack = attack);
