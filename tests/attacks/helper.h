/* SPDX-License-Identifier: Apache-2.0 */
/* Names of programs that the kernel starts itself, as root and under no policy. */

/* A process that prepare() leaves behind, ungoverned, which does its part when the attacker asks for it. */
#ifndef ATTACKS_HELPER_H
#define ATTACKS_HELPER_H

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

/* The attacker's end is HELD. WORK gets what he has written, and gives an errno. */
static inline int help(int (*work)(const char *words))
{
	char words[256] = "", result;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return errno;
	if (fork() == 0) {
		close(ends[0]);
		while (read(ends[1], words, sizeof(words) - 1) > 0) {
			result = (char)work(words);
			if (write(ends[1], &result, 1) != 1)
				break;
			memset(words, 0, sizeof(words));
		}
		_exit(0);
	}
	close(ends[1]);
	return hold(ends[0]);
}

static inline int ask(const char *words)
{
	unsigned char result;

	return write(HELD, words, strlen(words) + 1) > 0 && read(HELD, &result, 1) == 1 ? result
											: WRONG;
}

#endif
