/* SPDX-License-Identifier: Apache-2.0 */
/* By raw system calls: libcap is one dependency more, and its calls act on all threads. */
#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

#define BIT(cap) (1ull << (cap))

struct sets {
	uint64_t effective, permitted, inheritable;
};

IN_CHILD static int get_sets(struct sets *ret_sets)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return errno;
	ret_sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	ret_sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	ret_sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

IN_CHILD static int set_sets(const struct sets *sets)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)sets->effective, (uint32_t)sets->permitted, (uint32_t)sets->inheritable},
		{(uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
		 (uint32_t)(sets->inheritable >> 32)},
	};

	return syscall(SYS_capset, &header, data) < 0 ? errno : 0;
}

IN_CHILD int caps_bound(uint64_t allowed, bool no_new_privs)
{
	struct sets sets;
	bool known = true;
	int r = get_sets(&sets);

	if (r)
		return r;
	/* Also those that are newer than our names: up to where the kernel knows none. Beyond one that it
	 * says it does not know there is none that it does, or what it said is not to be relied on. */
	for (unsigned cap = 0; cap < 64; cap++) {
		if (syscall(SYS_prctl, PR_CAPBSET_READ, cap, 0, 0, 0) < 0) {
			if (errno != EINVAL)
				return errno;
			known = false;
			continue;
		}
		if (!known)
			return EINVAL;
		if (allowed & BIT(cap))
			continue;
		if (!(sets.effective & BIT(CAP_SETPCAP)) && no_new_privs)
			continue;
		if (syscall(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno;
	}
	return 0;
}

IN_CHILD int caps_cut(uint64_t allowed, uint64_t keep)
{
	struct sets sets;
	int r = get_sets(&sets);

	if (r)
		return r;
	/* The ambient set loses what the permitted or the inheritable one loses. */
	sets.inheritable &= allowed;
	sets.permitted &= allowed | keep;
	sets.effective = (sets.effective | keep) & sets.permitted;
	return set_sets(&sets);
}

static uint64_t supervisor_needs(const struct sets *sets, uint64_t program_may_have)
{
	/* To read /proc/PID/exe of programs under other users or with more capabilities, and to
	 * forward signals to other users' programs. */
	uint64_t need = BIT(CAP_SYS_PTRACE) | BIT(CAP_KILL);

	/* Without CAP_SYS_PTRACE the kernel lets us look only at who has no more than we have. */
	return sets->permitted & BIT(CAP_SYS_PTRACE) ? need : need | program_may_have;
}

int caps_supervisor(uint64_t program_may_have)
{
	struct sets sets;
	int r = get_sets(&sets);

	if (r)
		return -r;
	sets.permitted &= supervisor_needs(&sets, program_may_have);
	sets.effective = sets.permitted;
	sets.inheritable = 0;
	return -set_sets(&sets);
}

uint64_t caps_effective(void)
{
	struct sets sets;

	/* Unreadable falls to "none": what needs one is refused. */
	return get_sets(&sets) ? 0 : sets.effective;
}

uint64_t caps_lend(uint64_t program_may_have)
{
	struct sets sets;
	uint64_t effective;

	if (get_sets(&sets))
		return 0;
	effective = sets.effective;
	sets.effective &= supervisor_needs(&sets, program_may_have);
	(void)set_sets(&sets);
	return effective;
}

void caps_return(uint64_t effective)
{
	struct sets sets;

	/* What is in effect is permitted, so this can't be refused. */
	if (get_sets(&sets) == 0) {
		sets.effective |= effective;
		(void)set_sets(&sets);
	}
}

bool launch_may_keep_privileges(void)
{
	return caps_effective() & BIT(CAP_SYS_ADMIN);
}
