/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/ipc.h>
#include <sys/shm.h>

#include "exec.h"

static int attack(void)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0700), error;
	void *map;

	if (id < 0)
		return errno;
	map = shmat(id, NULL, SHM_EXEC);
	error = write_and_jump(map);
	shmctl(id, IPC_RMID, NULL);
	return error;
}
ATTACK(exec_shmat, .attack = attack);
