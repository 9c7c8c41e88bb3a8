/* SPDX-License-Identifier: Apache-2.0 */
/* A process that prepare() leaves behind, ungoverned, which does its part when the attacker asks for it. */
#ifndef ATTACKS_HELPER_H
#define ATTACKS_HELPER_H

#include "attack.h"

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
