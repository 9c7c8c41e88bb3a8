/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"
#include "ring.h"

static int attack(void)
{
	struct sockaddr_in a = local(DENIED);
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_CONNECT, .addr = (uintptr_t)&a, .off = sizeof(a)};
	int error;

	sqe.fd = new_socket(AF_INET, SOCK_STREAM, 0);
	error = sqe.fd < 0 ? errno : ring(&sqe);
	if (error == 0)
		return 0;
	sqe.flags = IOSQE_ASYNC; /* by a worker of the kernel's */
	return ring(&sqe);
}
NETWORK(net_uring_connect, .prepare = ring_there, .attack = attack);
