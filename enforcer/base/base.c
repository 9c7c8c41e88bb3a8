/* SPDX-License-Identifier: Apache-2.0 */
#include "bailiff/base.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

void free_ptr(void *p)
{
	void **slot = p;

	free(*slot);
	*slot = NULL;
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void close_file(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

int grow_array(void *items, size_t *capacity, size_t need, size_t size)
{
	void **slot = items;
	size_t want = *capacity ? *capacity : 8, bytes;
	void *grown;

	if (need <= *capacity)
		return 0;
	while (want < need)
		if (__builtin_mul_overflow(want, (size_t)2, &want))
			return -ENOMEM;
	if (__builtin_mul_overflow(want, size, &bytes))
		return -ENOMEM;
	grown = realloc(*slot, bytes);
	if (!grown)
		return -ENOMEM;
	prefer_huge_pages(grown, bytes);
	*slot = grown;
	*capacity = want;
	return 0;
}

#define HUGE_PAGE (2u << 20)

void prefer_huge_pages(void *memory, size_t size)
{
	uintptr_t begin = ((uintptr_t)memory + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
	uintptr_t end = ((uintptr_t)memory + size) & ~(uintptr_t)(HUGE_PAGE - 1);

	if (memory && begin < end)
		(void)madvise((void *)begin, end - begin, MADV_HUGEPAGE); /* only faster */
}

int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int compare_values(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

size_t sort_unique(uint64_t *values, size_t count)
{
	size_t kept = 0, i;

	if (count)
		qsort(values, count, sizeof(*values), compare_values);
	for (i = 0; i < count; i++)
		if (!kept || values[kept - 1] != values[i])
			values[kept++] = values[i];
	return kept;
}
