/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"
#include "ring.h"

static int attack(void)
{
	struct sockaddr_in a = local(DENIED);
	struct iovec iov = {(void *)(uintptr_t) "x", 1};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof(a), .msg_iov = &iov, .msg_iovlen = 1};
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SENDMSG,
				   .addr = (uintptr_t)&m,
				   .len = 1,
				   .msg_flags = MSG_FASTOPEN};
	int error;

	sqe.fd = new_socket(AF_INET, SOCK_STREAM, 0);
	error = sqe.fd < 0 ? errno : ring(&sqe);
	return error == EINPROGRESS ? 0 : error; /* the connection is being made */
}
NETWORK(net_uring_fastopen, .prepare = ring_there, .attack = attack);
