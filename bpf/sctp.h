/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * sctp: addresses that SCTP takes by setsockopt(), one behind the other. Those of connect() and of messages
 * were judged as any other protocol's.
 */
#ifndef BPF_SCTP_H
#define BPF_SCTP_H

#include "bpf/network.h"

#define SCTP_BINDX_ADD	  100u
#define SCTP_CONNECTX_OLD 107u
#define SCTP_CONNECTX	  110u
#define SCTP_ADDRESSES	  8u

SEC("lsm/sctp_bind_connect") int net_sctp(u64 *ctx)
{
	const struct sock *half = (const struct sock *)ctx[0];
	u32 option = (u32)ctx[1], op = BL_OP_BIND;
	u32 left = (u32)ctx[3], length, i;
	struct asker asker;
	u64 places, sk, at;
	u16 family = 0;
	int result;

	if (option == SCTP_CONNECTX || option == SCTP_CONNECTX_OLD)
		op = BL_OP_CONNECT;
	else if (option != SCTP_BINDX_ADD)
		return 0;
	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (bpf_get_func_arg(ctx, 0, &sk) || bpf_get_func_arg(ctx, 2, &at))
		return -EPERM;
	for (i = 0; i < SCTP_ADDRESSES; i++) {
		bpf_probe_read_kernel(&family, sizeof(family), (void *)at);
		length = family == AF_INET6 ? 28 : 16;
		if (left < length) /* no more, or cut off, which the kernel refuses */
			return 0;
		result = (int)answer(
			judge_address(sk, at, shape_of(half, length), places, NET_ASK(asker, op)));
		if (result)
			return result;
		at += length;
		left -= length;
	}
	return left ? -EPERM : 0; /* closed: too many */
}

#endif
