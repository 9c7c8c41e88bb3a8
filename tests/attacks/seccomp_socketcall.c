/* SPDX-License-Identifier: Apache-2.0 */
#include "i386.h"

static int attack(void)
{
	const uint32_t args[3] = {AF_UNIX, SOCK_STREAM, 0};
	long r = int80(102 /* socketcall */, 1 /* SYS_SOCKET */, (long)low(args, sizeof(args)), 0);

	return r < 0 ? (int)-r : 0;
}
ATTACK(seccomp_socketcall, .prepare = has_i386, .attack = attack);
ATTACK(seccomp_socketcall_open, .prepare = has_i386, .attack = attack);
