/* SPDX-License-Identifier: Apache-2.0 */
#include "victim.h"

static int attack(void)
{
	struct iovec from, to = {.iov_len = 8};
	uintptr_t address;
	long one = 1;
	pid_t pid;

	if (victim_find(&pid, &address))
		return WRONG;
	from = (struct iovec){&one, 8};
	to.iov_base = (void *)address;
	return process_vm_writev(pid, &from, 1, &to, 1, 0) == 8 ? 0 : errno;
}
ATTACK(exec_vm_writev, .attack = attack, .before = victim_start, .after = victim_end);
