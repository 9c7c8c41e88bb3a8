/* SPDX-License-Identifier: Apache-2.0 */
#include "network_own.h"

/* A network where somebody serves the denied port; the attacker is in another. */
static int prepare(void)
{
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), error = own_network();

	if (error)
		return error;
	/* Left open, across exec too: it serves as long as the attempt lasts. */
	if (fcntl(serve(SOCK_STREAM, DENIED), F_SETFD, 0) ||
	    hold(open("/proc/self/ns/net", O_RDONLY)) || setns(before, CLONE_NEWNET))
		return errno;
	return 0;
}
static int attack(void)
{
	return setns(HELD, CLONE_NEWNET) ? errno
					 : connect_fd(new_socket(AF_INET, SOCK_STREAM, 0), DENIED);
}
ATTACK(net_setns, .prepare = prepare, .attack = attack);
