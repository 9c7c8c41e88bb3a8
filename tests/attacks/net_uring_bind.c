/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"
#include "ring.h"

#define OP_BIND 56

static int bind_port(uint16_t port)
{
	struct sockaddr_in a = local(port);
	struct io_uring_sqe sqe = {.opcode = OP_BIND, .addr = (uintptr_t)&a, .off = sizeof(a)};

	sqe.fd = new_socket(AF_INET, SOCK_STREAM, 0);
	return sqe.fd < 0 ? errno : ring(&sqe);
}
static int prepare(void)
{
	int error = ring_there();

	if (error == 0 && bind_port(0) == EINVAL)
		return cant("this kernel's io_uring has no IORING_OP_BIND");
	return error;
}
static int attack(void)
{
	return bind_port(DENIED_BIND);
}
ATTACK(net_uring_bind, .prepare = prepare, .attack = attack);
