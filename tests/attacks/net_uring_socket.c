/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"
#include "ring.h"

#define OP_SOCKET 45 /* Linux 5.19 */

static int attack(void)
{
	struct io_uring_sqe sqe = {
		.opcode = OP_SOCKET, .fd = AF_NETLINK, .off = SOCK_RAW | SOCK_CLOEXEC};

	return ring(&sqe);
}
ATTACK(net_uring_socket, .prepare = ring_there, .attack = attack);
