/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* Memory of nobody's by a file that is everybody's. */
static int attack(void)
{
	int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, 4096, RX, MAP_PRIVATE, fd, 0);
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (fd < 0 || map == MAP_FAILED || memory < 0)
		return errno;
	/* Where the kernel lets nobody write there, having it is all that can be tried. */
	if (pwrite(memory, code_42, CODE_SIZE, (off_t)(uintptr_t)map) != CODE_SIZE)
		return errno == EIO ? 0 : errno;
	return jump(map);
}
ATTACK(exec_dev_zero, .attack = attack);
