/* SPDX-License-Identifier: Apache-2.0 */
/* One operation by io_uring, without a library. */
#ifndef ATTACKS_URING_H
#define ATTACKS_URING_H

#include <linux/io_uring.h>

#include "attack.h"

/* Its result: negative, -errno. `second` and `len` are what the operation makes of them. */
static inline int uring(int op, int fd, const char *name, const char *second, int len, int flags)
{
	struct io_uring_params p = {.flags = 0};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *sq, *cq;

	if (ring < 0)
		return -errno;
	sq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	cq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return -errno;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = (uint8_t)op;
	sqe->fd = fd;
	sqe->addr = (uint64_t)(uintptr_t)name;
	sqe->off = (uint64_t)(uintptr_t)second;
	sqe->len = (uint32_t)len;
	sqe->open_flags = (uint32_t)flags;
	*(uint32_t *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return cqe->res;
}

#endif
