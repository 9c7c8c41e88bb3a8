/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For clang-tidy alone, which knows nothing of errno's value: where it is read, a call has failed,
 * so it is positive, and a function that returns -errno has not succeeded.
 */
#ifndef TIDY_H
#define TIDY_H

#include <errno.h>

static inline int *tidy_errno(void)
{
	int *place = __errno_location();

	if (*place <= 0)
		__builtin_unreachable();
	return place;
}
#undef errno
#define errno (*tidy_errno())

#endif
