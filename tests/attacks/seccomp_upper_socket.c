/* SPDX-License-Identifier: Apache-2.0 */
#include "attack.h"

#define DIRTY (0x5a5a5a5aL << 32)

static int attack(void)
{
	const long type = SOCK_SEQPACKET | SOCK_CLOEXEC;

	if (syscall(SYS_socket, AF_UNIX | DIRTY, type, 0) >= 0 ||
	    syscall(SYS_socket, AF_UNIX, type | DIRTY, 0) >= 0 ||
	    syscall(SYS_socket, AF_UNIX | DIRTY, type | DIRTY, DIRTY) >= 0)
		return 0;
	return errno;
}
ATTACK(seccomp_upper_socket, .attack = attack);
