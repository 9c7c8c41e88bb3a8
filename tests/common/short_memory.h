/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that runs out at the n-th allocation, once. A program's own malloc comes before the library's; glibc
 * gives the real one under another name. Not where a sanitizer has put its own there: SHORT_MEMORY is 0 then.
 * Included in one source of a program.
 */
#ifndef SHORT_MEMORY_H
#define SHORT_MEMORY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static unsigned short_in; /* allocations until one fails; 0: none does */
static bool short_met;

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#define SHORT_MEMORY 1

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static bool short_now(void)
{
	if (!short_in || --short_in)
		return false;
	short_met = true;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return short_now() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return short_now() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return short_now() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return short_now() ? NULL : __libc_memalign(alignment, size);
}
#else
#define SHORT_MEMORY 0
#endif

/* From here on the n-th allocation fails. */
static inline void short_begin(unsigned n)
{
	short_met = false;
	short_in = n;
}

/* Has one failed? */
static inline bool short_end(void)
{
	short_in = 0;
	return short_met;
}

#endif
