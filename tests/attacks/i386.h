/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of i386 from 64-bit code, as numbers of that ABI. */
#ifndef ATTACKS_I386_H
#define ATTACKS_I386_H

#include "attack.h"

/* -errno or what it gives; -ENOSYS where the kernel has no i386, or a filter says so. */
static inline long int80(long nr, long a, long b, long c)
{
#ifdef __x86_64__
	long r;

	/* Further arguments are 0. Kernels have changed r8 to r11 in it. */
	__asm__ volatile("int $0x80"
			 : "=a"(r)
			 : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
			 : "memory", "r8", "r9", "r10", "r11");
	return r;
#else
	(void)nr, (void)a, (void)b, (void)c;
	return -ENOSYS;
#endif
}

/* Memory that a 32-bit pointer reaches. */
static inline void *low(const void *data, size_t size)
{
#ifdef MAP_32BIT
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		       -1, 0);

	return p == MAP_FAILED ? NULL : memcpy(p, data, size);
#else
	(void)data, (void)size;
	return NULL;
#endif
}

/* For prepare(). */
static inline int has_i386(void)
{
	return int80(20 /* getpid */, 0, 0, 0) == getpid() ? 0 : cant("the kernel has no i386");
}

#endif
