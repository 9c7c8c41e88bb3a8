/* SPDX-License-Identifier: Apache-2.0 */
#include "i386.h"

#include <sys/shm.h>

static int attack(void)
{
	long r = int80(117 /* ipc */, 23 /* SHMGET */, IPC_PRIVATE, 4096);

	if (r >= 0)
		shmctl((int)r, IPC_RMID, NULL);
	return r < 0 ? (int)-r : 0;
}
ATTACK(seccomp_ipc, .prepare = has_i386, .attack = attack);
ATTACK(seccomp_ipc_open, .prepare = has_i386, .attack = attack);
