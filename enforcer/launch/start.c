/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps by which a process becomes the governed program. They run in a child that shares our
 * memory (or in bailiff itself, when it is to be gone), so: raw system calls, no allocation, no
 * lock, and errno, which is shared too, is read at once.
 */
#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

#ifndef PR_SET_MDWE /* Linux 6.3 */
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* Every failure here falls the same way: the stage is named and nothing is started. */
IN_CHILD static bool step(struct start *start, enum start_stage stage, long result)
{
	start->stage = stage;
	start->error = result < 0 ? errno : 0;
	return result >= 0;
}

IN_CHILD static bool step_errno(struct start *start, enum start_stage stage, int error)
{
	start->stage = stage;
	start->error = error;
	return error == 0;
}

/* Loading a filter without no_new_privs needs CAP_SYS_ADMIN up to the end; exec takes it away. */
IN_CHILD static uint64_t needed_to_load(const struct start *start)
{
	return (start->program || start->first || start->ruleset >= 0) && !start->no_new_privs
		       ? 1ull << CAP_SYS_ADMIN
		       : 0;
}

IN_CHILD static bool become_user(struct start *start)
{
	const struct launch_user *user = start->user;
	bool from_root = syscall(SYS_getuid) == 0 || syscall(SYS_geteuid) == 0;

	if (!step(start, STAGE_GROUPS, syscall(SYS_setgroups, user->n_groups, user->groups)) ||
	    !step(start, STAGE_GID, syscall(SYS_setresgid, user->gid, user->gid, user->gid)))
		return false;
	if (needed_to_load(start) &&
	    !step(start, STAGE_UID, syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0)))
		return false;
	if (!step(start, STAGE_UID, syscall(SYS_setresuid, user->uid, user->uid, user->uid)))
		return false;
	if (!needed_to_load(start) || !from_root || user->uid == 0)
		return true;
	/* What the kernel would have taken with the user, had it not been asked to keep. */
	if (!step(start, STAGE_AMBIENT,
		  syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)))
		return false;
	return step_errno(start, STAGE_CAPS, caps_cut(0, needed_to_load(start)));
}

IN_CHILD static bool load_filter(struct start *start)
{
	unsigned long flags = start->flags;
	long r;

	if (start->first &&
	    !step(start, STAGE_FILTER,
		  syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, start->first_flags, start->first)))
		return false;
	if (!start->program)
		return true;
	if (start->listener)
		flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
	r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, start->program);
	if (r < 0 && errno == EBUSY && start->listener_optional) {
		/* We are supervised ourselves. */
		start->listener = false;
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, start->flags, start->program);
	}
	if (r < 0 && errno == EINVAL && start->listener) {
		/* Before 5.19 a signal can interrupt a call that is being answered: it is then
		 * restarted, and told twice. */
		flags &= ~SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
		r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, start->program);
	}
	if (!step(start, STAGE_FILTER, r))
		return false;
	if (start->listener)
		start->listener_fd = (int)r;
	return true;
}

/* Of the memory rules, a filter holds the same, and tells of it: a kernel without them is no failure. */
IN_CHILD static bool confine(struct start *start)
{
	if (start->mdwe)
		syscall(SYS_prctl, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	if (start->mark[0])
		syscall(SYS_prctl, PR_SET_NAME, start->mark, 0, 0, 0);
	return start->ruleset < 0 ||
	       step(start, STAGE_CONFINE,
		    syscall(SYS_landlock_restrict_self, start->ruleset, start->restrict_flags));
}

IN_CHILD static bool become_governed(struct start *start)
{
	if (start->drop_caps && !step_errno(start, STAGE_BOUNDING,
					    caps_bound(start->caps_allowed, start->no_new_privs)))
		return false;
	if (start->user->set && !become_user(start))
		return false;
	if (start->drop_caps &&
	    !step_errno(start, STAGE_CAPS, caps_cut(start->caps_allowed, needed_to_load(start))))
		return false;
	if (start->no_new_privs &&
	    !step(start, STAGE_NO_NEW_PRIVS, syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)))
		return false;
	/* As the user that it will be. */
	if (!step_errno(start, STAGE_LOOKUP,
			lookup_program(start->name, start->path_list, start->path)))
		return false;
	/* Who it is does not change any more; and no signal interrupts it. */
	if (start->ask && !step_errno(start, STAGE_ASK, ask_service(start)))
		return false;
	if (!confine(start))
		return false;
	if (!step(start, STAGE_SIGNALS, signals_restore(&start->signals)))
		return false;
	return load_filter(start);
}

IN_CHILD void start_program(struct start *start)
{
	start->listener_fd = -1;
	if (!become_governed(start))
		return;
	start->stage = STAGE_EXEC;
	start->error = 0;
	syscall(SYS_execve, start->path, start->argv, start->envp, start->nonce[0], start->nonce[1],
		start->nonce[2]);
	start->error = errno;
}
