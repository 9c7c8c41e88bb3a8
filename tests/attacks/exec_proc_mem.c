/* SPDX-License-Identifier: Apache-2.0 */
#include "victim.h"

static int attack(void)
{
	char path[64];
	uintptr_t address;
	pid_t pid;
	int fd;

	if (victim_find(&pid, &address))
		return WRONG;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd >= 0 && pwrite(fd, "12345678", 8, (off_t)address) == 8 ? 0 : errno;
}
ATTACK(exec_proc_mem, .attack = attack, .before = victim_start, .after = victim_end);
