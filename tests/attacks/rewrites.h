/* SPDX-License-Identifier: Apache-2.0 */
/* Names of programs that the kernel starts itself, as root and under no policy. */
#ifndef ATTACKS_REWRITES_H
#define ATTACKS_REWRITES_H

#include "attack.h"

/* Who can write there what is there can write anything; and this leaves the machine as it is. */
static inline int rewrites(const char *path)
{
	char text[4096];
	int in = open(path, O_RDONLY | O_CLOEXEC), out, error;
	ssize_t n;

	if (in < 0)
		return errno == ENOENT ? cant("this kernel does not have it") : errno;
	n = read(in, text, sizeof(text));
	close(in);
	out = open(path, O_WRONLY | O_CLOEXEC);
	if (n < 0 || out < 0)
		return errno;
	error = write(out, text, (size_t)n) == n ? 0 : errno;
	close(out);
	return error;
}

#endif
