/* SPDX-License-Identifier: Apache-2.0 */
#include "exec.h"

/* What may only be read and executed is written by one's own /proc/self/mem. */
__attribute__((noinline)) static int answer(void)
{
	__asm__ volatile("nop; nop; nop; nop; nop; nop; nop; nop");
	return 41;
}
static int overwrite(void)
{
	int (*volatile function)(void) = answer;
	int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	if (memory < 0 || pwrite(memory, code_42, CODE_SIZE, (off_t)(uintptr_t)function) < 0)
		return errno;
	return jump((void *)(uintptr_t)function);
}
static int prepare(void)
{
	return in_child(overwrite) == EIO ? cant("this kernel lets nobody write there") : 0;
}
ATTACK(exec_own_text, .prepare = prepare, .attack = overwrite);
