/* SPDX-License-Identifier: Apache-2.0 */
/* The hooks that every policy needs: labels of tasks, and memory of places. */
#include "bailiff/probe.h"

const struct probe_hook probe_hooks_core[] = {
	{
		.program = "task_alloc",
		.hook = "task_alloc",
		.serves = PROBE_LABEL,
		.without = "new tasks can't inherit what governs their parents",
	},
	{
		.program = "task_free",
		.hook = "task_free",
		.serves = PROBE_LABEL,
		.without = "labels of tasks that are gone would stay",
	},
	{
		.program = "bprm_check",
		.hook = "bprm_check_security",
		.serves = PROBE_LABEL,
		.without = "an execve can't bring a task under a policy",
	},
	{
		.program = "bprm_committed",
		.hook = "bprm_committed_creds",
		.serves = PROBE_LABEL,
		.without = "an execve can't bring a task under a policy",
	},
	{
		.program = "fix_setuid",
		.hook = "task_fix_setuid",
		.serves = PROBE_LABEL,
		.without = "a change of user can't bring a task under a policy",
	},
	{
		.program = "label_tasks",
		.hook = "iter:task",
		.serves = PROBE_LABEL,
		.without = "tasks from before the load can't be governed",
	},
	{
		.program = "forget_tasks",
		.hook = "iter:task",
		.serves = PROBE_LABEL,
		.without = "a load that failed could not be taken back",
	},
	{
		.program = "label_launched",
		.hook = "iter:task",
		.serves = PROBE_LABEL,
		.without = "the service can't put what `run` starts under a policy",
	},
	{
		.program = "count_tasks",
		.hook = "iter:task",
		.optional = true,
		.without = "status can't tell how many tasks are governed",
	},
	{
		.program = "d_instantiate",
		.hook = "d_instantiate",
		.serves = PROBE_LABEL,
		.without = "what is remembered of a place can't be forgotten in time",
	},
	{0},
};
