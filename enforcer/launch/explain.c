/* SPDX-License-Identifier: Apache-2.0 */
/* Why a program was not started. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

static int explain_filter(int error, struct diag *diag)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
		diag_system(diag, error, "open", "the filter's listener",
			    "raise the limit of open files (ulimit -n)");
		break;
	case EBUSY:
		diag_error(diag, NULL,
			   "load the filter: this process is already under a filter that reports "
			   "to a supervisor (a `bailiff run` inside a `bailiff run`), and the "
			   "kernel takes only one such filter; `--report none` works, and the "
			   "outer policy keeps reporting its own");
		break;
	case EACCES:
		diag_error(diag, NULL,
			   "load the filter: Permission denied; without CAP_SYS_ADMIN the policy "
			   "must say `no-new-privileges: true`");
		break;
	case ENOMEM:
		diag_error(diag, NULL,
			   "load the filter: %s; the filters over one process may have 32768 "
			   "instructions in all",
			   strerror(error));
		break;
	default:
		diag_system(diag, error, "load", "the filter",
			    error == EINVAL ? "this kernel lacks seccomp filters, or what this "
					      "one takes (5.5 or newer)"
					    : "is bailiff itself under a filter that denies "
					      "seccomp?");
	}
	return STATUS_FAILED;
}

uint32_t explain_denier(const struct launch_plan *plan, const struct start *start,
			char ret_real[PATH_MAX])
{
	unsigned bit = (unsigned)__builtin_ctz(LANDLOCK_EXECUTE);
	uint32_t rule;

	if (start->ruleset < 0 || !realpath(start->path, ret_real) ||
	    landlock_allows(plan->landlock, bit, ret_real, &rule))
		return POLICY_NO_RULE;
	return rule;
}

/* Is it the policy that keeps the program from being started? */
static bool explain_rule(const struct launch_plan *plan, const struct start *start,
			 struct diag *diag)
{
	char real[PATH_MAX];
	uint32_t rule = start->error == EACCES ? explain_denier(plan, start, real) : POLICY_NO_RULE;

	if (rule == POLICY_NO_RULE)
		return false;
	diag_error(diag, &plan->policy->rules[rule].pos,
		   "execute %s: this rule of the policy denies it; allow it in `exec`, and in "
		   "`files` with read and execute",
		   real);
	return true;
}

/* What stopped the start; the exit status. */
int explain_start(const struct launch_plan *plan, const struct start *start, struct diag *diag)
{
	char who[64];

	if (start->error == ECANCELED) {
		diag_error(diag, NULL,
			   "start %s: the process that was to become it was killed by signal %d "
			   "(%s) before it was ready; nothing was started",
			   start->name, start->killed_by, strsignal(start->killed_by));
		return STATUS_FAILED;
	}
	snprintf(who, sizeof(who), "user %u and group %u", start->user->uid, start->user->gid);
	switch (start->stage) {
	case STAGE_BOUNDING:
		diag_system(diag, start->error, "drop", "capabilities from the bounding set",
			    "with no-new-privileges: false this takes CAP_SETPCAP");
		break;
	case STAGE_GROUPS:
	case STAGE_GID:
	case STAGE_UID:
		diag_system(diag, start->error, "change to", who,
			    start->error == EPERM ? "this takes root" : NULL);
		break;
	case STAGE_CAPS:
	case STAGE_AMBIENT:
		diag_system(diag, start->error, "cut", "the program's capabilities", NULL);
		break;
	case STAGE_NO_NEW_PRIVS:
		diag_system(diag, start->error, "set", "no_new_privs", NULL);
		break;
	case STAGE_ASK:
		ask_explain(start, diag);
		break;
	case STAGE_CONFINE:
		diag_system(diag, start->error, "put on", "the Landlock ruleset",
			    start->error == E2BIG ? "a process takes 16 of them" : NULL);
		break;
	case STAGE_SIGNALS:
		diag_system(diag, start->error, "restore", "the signals", NULL);
		break;
	case STAGE_FILTER:
		return explain_filter(start->error, diag);
	case STAGE_EXEC:
		if (explain_rule(plan, start, diag))
			return 126;
		/* fallthrough */
	case STAGE_LOOKUP:
		return lookup_explain(start->name, start->path, start->error, diag);
	}
	return STATUS_FAILED;
}
