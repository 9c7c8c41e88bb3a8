/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"
#include "ring.h"

static int attack(void)
{
	struct sockaddr_in a = local(DENIED);
	struct iovec iov = {(void *)(uintptr_t) "x", 1};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &iov, .msg_iovlen = 1};
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SENDMSG, .addr = (uintptr_t)&m, .len = 1};
	int error;

	sqe.fd = new_socket(AF_INET, SOCK_DGRAM, 0);
	error = sqe.fd < 0 ? errno : ring(&sqe);
	if (error == 0)
		return 0;
	sqe.opcode = IORING_OP_SEND; /* with an address beside it */
	sqe.addr = (uintptr_t) "x";
	sqe.off = (uintptr_t)&a;
	((uint16_t *)&sqe)[22] = sizeof(a);
	return ring(&sqe);
}
NETWORK(net_uring_send, .prepare = ring_there, .attack = attack);
