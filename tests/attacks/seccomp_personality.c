/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#include <sys/personality.h>

/* Memory that was only to be read and written is executed. */
static int runs_memory(void)
{
	static const unsigned char ret = 0xc3;
	union {
		void *memory;
		void (*call)(void);
	} at;

	if (syscall(SYS_personality, READ_IMPLIES_EXEC | 1L << 32) < 0 &&
	    syscall(SYS_personality, READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE) < 0)
		return errno;
	at.memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at.memory == MAP_FAILED)
		return errno;
	memcpy(at.memory, &ret, 1);
	at.call();
	return 0;
}
static int attack(void)
{
	return in_child(runs_memory);
}
ATTACK(seccomp_personality, .attack = attack);
