/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* Its name ends in " (deleted)", or so one would think. */
static int attack(void)
{
	int fd = open("open/run", O_PATH | O_CLOEXEC);

	if (fd < 0 || unlink("open/run"))
		return errno;
	return run_proc_fd(fd);
}
ATTACK(exec_unlinked, .attack = attack);
