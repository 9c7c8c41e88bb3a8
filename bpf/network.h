/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * network: hooks of `network`. Sockets are judged by family and type when they are made; those of IPv4
 * and IPv6 by address too, wherever the kernel is given one: bind, connect, listen, and what is sent
 * with a destination. Unix sockets are judged by the name that the peer was bound to, in the mount
 * namespace of who bound it. An established connection is not judged again; nor are answers on it.
 */
#ifndef BPF_NETWORK_H
#define BPF_NETWORK_H

#include <bpf/bpf_endian.h>

#include "bpf/decide.h"
#include "bpf/files.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct in6_addr {
	u8 bytes[16]; /* not the kernel's name: only its place is used */
};
struct sock_common {
	u32 skc_rcv_saddr;
	u16 skc_num; /* local port, in host order */
	u16 skc_family;
	unsigned char skc_ipv6only : 1;
	struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	u16 sk_type, sk_protocol;
};
struct socket {
	struct sock *sk;
};
struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
};
struct sockaddr_un {
	u16 sun_family;
	char sun_path[108];
};
struct unix_address {
	int len;
	struct sockaddr_un name[0];
};
struct unix_sock {
	struct unix_address *addr;
	struct path path;
};
#pragma clang attribute pop

#define AF_UNSPEC 0
#define AF_UNIX	  1
#define AF_INET	  2
#define AF_INET6  10
#define AF_SMC	  43

#define SOCK_RAW       3u
#define SOCK_TYPE_MASK 0xfu
#define MSG_FASTOPEN   0x20000000u

#define IPPROTO_TCP   6u
#define IPPROTO_SMC   256u
#define IPPROTO_MPTCP 262u

#define LOOPBACK4 0x7f000001u

/* --- socket ------------------------------------------------------------------------------------ */

SEC("lsm/socket_create") int net_create(u64 *ctx)
{
	u32 family = (u32)ctx[0], type = (u32)ctx[1] & SOCK_TYPE_MASK, number;
	struct task_struct *task = bpf_get_current_task_btf();
	const struct bl_header *h;
	struct asker asker;
	int found;
	u64 places;

	if ((int)ctx[3]) /* the kernel's own socket */
		return 0;
	found = asker_now(task, &asker);
	if (found <= 0)
		return found;
	places = asker_places(&asker, CLASS(network));
	if (!places)
		return 0;
	/* A pair speaks with nobody else. */
	if (family == AF_UNIX && call_is_socketpair(task, task_call(task)))
		return 0;
	h = bl_first(asker.generation & 1);
	if (!h) {
		COUNT(BL_COUNT_CLOSED_IMAGE);
		return -EPERM;
	}
	number = bl_family(asker.generation & 1, h, family, type, h->socket);
	if (!number)
		return 0;
	return (int)answer(judge_decision(places, asker.generation, number, BL_OP_SOCKET,
					  (u64)family << 32 | type));
}

/* --- Addresses of IPv4 and IPv6 ----------------------------------------------------------------- */

/* What the kernel reads of both kinds of sockaddr. */
struct wire {
	u16 family, port;
	u32 word; /* IPv4: the address; IPv6: flow label */
	u64 six[2];
	u32 scope;
};
#define WIRE4 16u
#define WIRE6 24u /* the kernel takes it without a scope */

/* How judge_address is asked: generation << 32 | NET_SENDING | operation. */
#define NET_SENDING 0x100u

static __always_inline int has_ports(u32 protocol)
{
	return protocol == IPPROTO_TCP || protocol == 17 /* udp */ ||
	       protocol == 136 /* udplite */ || protocol == 132 /* sctp */ ||
	       protocol == 33 /* dccp */;
}

static __always_inline void endpoint_4(struct endpoint *e, u32 network_order)
{
	e->bits = 32;
	e->high = bpf_ntohl(network_order);
	e->low = 0;
}

/* IPv4 in IPv6's clothes is IPv4. */
static __always_inline void endpoint_6(struct endpoint *e, const u64 *six)
{
	u64 high = bpf_be64_to_cpu(six[0]), low = bpf_be64_to_cpu(six[1]);

	e->mapped = !high && low >> 32 == 0xffff;
	e->bits = e->mapped ? 32 : 128;
	e->high = e->mapped ? (u32)low : high;
	e->low = e->mapped ? 0 : low;
}

/* The socket's own address and port; 0 where it has none. */
static __always_inline void endpoint_local(struct endpoint *e, u64 sk)
{
	u64 six[2] = {};
	u32 four;

	if (e->family == AF_INET6) {
		bpf_probe_read_kernel(
			six, sizeof(six),
			(void *)(sk +
				 bpf_core_field_offset(struct sock, __sk_common.skc_v6_rcv_saddr)));
		endpoint_6(e, six);
	} else {
		four = BPF_CORE_READ((struct sock *)sk, __sk_common.skc_rcv_saddr);
		endpoint_4(e, four);
	}
	e->port = BPF_CORE_READ((struct sock *)sk, __sk_common.skc_num);
}

/* To "any" address is to this machine: to the socket's own address, where it has one. */
static __always_inline void endpoint_here(struct endpoint *e, u64 sk)
{
	u32 port = e->port, any4 = e->mapped;

	if (e->high || e->low)
		return;
	endpoint_local(e, sk);
	e->port = port;
	if (e->high || e->low)
		return;
	if (any4 || e->bits == 32) {
		e->bits = 32;
		e->high = LOOPBACK4;
	} else {
		e->low = 1;
	}
}

/* Reads an address that the kernel has copied already. 0: there is none to judge; what is too short
 * or of no use, the kernel refuses by itself. */
static __always_inline int endpoint_given(struct endpoint *e, u64 sk, u64 address, u32 length,
					  u32 ask)
{
	u32 op = ask & 0xff;
	struct wire w = {};

	if (length < 2 || bpf_probe_read_kernel(&w, sizeof(w), (void *)address))
		return 0;
	/* connect() to AF_UNSPEC takes a connection away. Raw sockets, and datagrams of IPv4, are sent
	 * all the same where that is written; datagrams of IPv6 then go where the socket is
	 * connected. */
	if (w.family == AF_UNSPEC && op == BL_OP_CONNECT && !(ask & NET_SENDING))
		return 0;
	if (w.family == AF_UNSPEC && e->family == AF_INET6 && e->type != SOCK_RAW)
		return 0;
	e->port = has_ports(e->protocol) ? bpf_ntohs(w.port) : 0;
	if (e->family == AF_INET || w.family == AF_INET) {
		if (length < WIRE4)
			return 0;
		endpoint_4(e, w.word);
	} else {
		if (length < WIRE6)
			return 0;
		endpoint_6(e, w.six);
	}
	if (op == BL_OP_CONNECT)
		endpoint_here(e, sk);
	return 1;
}

/* What becomes of one place. */
__noinline long net_place(u32 slot, u32 place, u32 generation)
{
	struct scratch *s = scratch_at(slot);
	struct bl_record *r;
	struct question *q;

	if (!s)
		return -EPERM;
	s->net.places = 1ull << (place & 63);
	bl_net_decide(generation & 1, &s->net, s->endpoint.bits, s->endpoint.high, s->endpoint.low);
	q = &s->question;
	q->deny = s->net.deny;
	q->audit = s->net.audit;
	q->decider = s->net.decider;
	q->generation = generation;
	q->op = s->net.op;
	q->dentry = q->mount = 0;
	record_start(slot, generation);
	r = &s->record;
	r->object = (u64)s->endpoint.port << 16 | s->endpoint.protocol;
	r->family = s->endpoint.bits == 32 ? AF_INET : AF_INET6;
	r->type = s->endpoint.type;
	if (s->endpoint.bits == 32) {
		r->address[0] = bpf_htonl((u32)s->endpoint.high);
	} else {
		r->address[0] = bpf_cpu_to_be64(s->endpoint.high);
		r->address[1] = bpf_cpu_to_be64(s->endpoint.low);
	}
	return tell(slot);
}

/* Judges s->endpoint. Each place has its own prefix that decides, so each is told of by itself. */
static __always_inline long endpoint_judge(struct scratch *s, u32 slot, u64 places, u64 ask)
{
	u32 generation = (u32)(ask >> 32), place;
	long result = 0, one;
	u64 told;

	s->net.places = places;
	s->net.op = (u32)ask & 0xff;
	s->net.protocol = s->endpoint.protocol;
	s->net.port = s->endpoint.port;
	bl_net_decide(generation & 1, &s->net, s->endpoint.bits, s->endpoint.high, s->endpoint.low);
	if (s->net.broken) {
		COUNT(BL_COUNT_CLOSED_IMAGE);
		return -EPERM;
	}
	told = s->net.deny | s->net.audit;
	for (place = 0; place < BL_PLACES && told; place++) {
		if (!(told >> place & 1))
			continue;
		one = net_place(slot, place, generation);
		if (!result)
			result = one;
	}
	return result;
}

/* A socket that takes IPv6 from everywhere takes IPv4 from everywhere, unless it is told not to. */
static __always_inline int endpoint_dual(struct endpoint *e, u64 sk, u64 ask)
{
	u32 op = (u32)ask & 0xff;

	if (op == BL_OP_CONNECT || e->family != AF_INET6 || e->bits == 32 || e->high || e->low ||
	    BPF_CORE_READ_BITFIELD_PROBED((struct sock *)sk, __sk_common.skc_ipv6only))
		return 0;
	e->bits = 32;
	return 1;
}

/* What a hook knows of the socket and of the address, in one number. */
static __always_inline u32 shape_of(const struct sock *sk, u32 length)
{
	u32 protocol = sk->sk_protocol, family = sk->__sk_common.skc_family;

	/* They speak TCP, and turn into it. */
	if (protocol == IPPROTO_MPTCP || protocol == IPPROTO_SMC || family == AF_SMC)
		protocol = IPPROTO_TCP;
	return protocol << 20 | family << 12 | (sk->sk_type & SOCK_TYPE_MASK) << 8 |
	       (length < 0xff ? length : 0xff);
}

/* Judges an operation on an address; address 0: the socket's own. */
__noinline long judge_address(u64 sk, u64 address, u32 shape, u64 places, u64 ask)
{
	u32 slot = scratch_take(), known = 1;
	struct scratch *s = scratch_at(slot);
	struct endpoint *e;
	long result = 0;

	if (!s)
		return -EPERM; /* closed, and counted */
	e = &s->endpoint;
	e->mapped = 0;
	e->protocol = shape >> 20;
	e->family = shape >> 12 & 0xff;
	e->type = shape >> 8 & SOCK_TYPE_MASK;
	if (address)
		known = endpoint_given(e, sk, address, shape & 0xff, (u32)ask);
	else
		endpoint_local(e, sk);
	if (known) {
		result = endpoint_judge(s, slot, places, ask);
		if (!result && endpoint_dual(e, sk, ask))
			result = endpoint_judge(s, slot, places, ask);
	}
	scratch_give(slot);
	return answer(result);
}

/* --- Names of unix sockets ----------------------------------------------------------------------- */

struct naming {
	struct scratch *s;
	u32 image, state;
	u32 length, n; /* of the component, of the whole */
};

/* One byte of an abstract name: components end at slashes, and at the end. */
static long naming_step(u32 i, void *context)
{
	struct naming *name = context;
	struct scratch *s = name->s;
	u8 byte = i < name->n ? (u8)s->text[(i + 1) & 127] : '/';

	if (i > name->n)
		return 1;
	if (byte != '/') {
		((u8 *)&s->name)[name->length & 127] = byte;
		name->length++;
		return 0;
	}
	name->state = bl_step(name->image, name->state, &s->name, name->length & 127);
	name->length = 0;
	return name->state == BL_STATE_NONE;
}

/* Judges an abstract name, at this address, of so many bytes. */
__noinline long judge_abstract(u64 address, u32 length, u64 places, u32 generation, u32 op)
{
	u32 slot = scratch_take(), image = generation & 1;
	struct scratch *s = scratch_at(slot);
	struct naming name = {.s = s, .image = image, .state = BL_STATE_NAMES, .n = length};
	const struct bl_header *h = bl_first(image);
	const struct bl_state *state;
	const struct bl_pair *pair;
	struct question *q;
	long result = -EPERM; /* closed */

	if (!s)
		return -EPERM;
	q = &s->question;
	s->text[0] = '@';
	if (!h || length > 107 || bpf_probe_read_kernel(&s->text[1], length & 127, (void *)address))
		goto out;
	bpf_loop(128, naming_step, &name, 0);
	pair = bl_pair(image, h, name.state, op);
	state = bl_state(image, h, name.state);
	if (!pair || !state) {
		COUNT(BL_COUNT_CLOSED_IMAGE);
		goto out;
	}
	q->deny = pair->deny & places;
	q->audit = pair->audit & places;
	q->decider = state->decider;
	q->generation = generation;
	q->op = op;
	q->dentry = q->mount = 0;
	result = 0;
	if (!(q->deny | q->audit))
		goto out;
	record_start(slot, generation);
	s->record.family = AF_UNIX;
	s->record.object_bytes = (u16)(length + 1);
	result = tell(slot);
out:
	scratch_give(slot);
	return answer(result);
}

/* The peer of a connection, or of a datagram. A pair's other half has no name, and is nobody else. */
static __always_inline long judge_peer(u64 other, const struct asker *asker, u64 places)
{
	u64 address, path, dentry, mount, name;
	u32 length;
	u8 first = 0;

	path = other + bpf_core_field_offset(struct unix_sock, path);
	dentry = (u64)BPF_CORE_READ((struct path *)path, dentry);
	mount = (u64)BPF_CORE_READ((struct path *)path, mnt);
	if (dentry)
		return judge_place(
			dentry, mount_of(mount), 0, places,
			ASK(asker->generation, PLACE_REMEMBER | PLACE_ANY_TREE, OP(UNIX_CONNECT)));
	address = (u64)BPF_CORE_READ((struct unix_sock *)other, addr);
	if (!address)
		return 0;
	length = (u32)BPF_CORE_READ((struct unix_address *)address, len);
	if (length <= 2)
		return 0;
	name = address + bpf_core_field_offset(struct unix_address, name) + 2;
	bpf_probe_read_kernel(&first, 1, (void *)name);
	if (first) /* a path that is no more: closed */
		return refuse(places, asker->generation, ESCAPE(UNKNOWN), 0, 0);
	return judge_abstract(name + 1, length - 3, places, asker->generation, BL_OP_UNIX_CONNECT);
}

/* --- Hooks on sockets ----------------------------------------------------------------------------- */

static __always_inline int is_internet(u32 family)
{
	return family == AF_INET || family == AF_INET6 || family == AF_SMC;
}

/* The places that ask about the network; 0: none; -EPERM in *ret_result: fall closed. */
static __always_inline u64 net_asker(struct asker *asker, int *ret_result)
{
	int found = asker_now(bpf_get_current_task_btf(), asker);

	*ret_result = found < 0 ? -EPERM : 0;
	return found > 0 ? asker_places(asker, CLASS(network)) : 0;
}

#define NET_ASK(asker, op) ((u64)(asker).generation << 32 | (op))

/* An abstract name at bind. Autobind takes one that nobody chose: it is judged as the empty name. Paths
 * are judged when their file is made (path_mknod). */
static __always_inline long bind_unix(u64 address, u32 length, const struct asker *asker,
				      u64 places)
{
	u8 first = 0;

	if (length > 2)
		bpf_probe_read_kernel(&first, 1, (void *)(address + 2));
	if (first)
		return 0;
	return judge_abstract(address + 3, length > 3 ? length - 3 : 0, places, asker->generation,
			      BL_OP_UNIX_BIND);
}

/* The socket's other half, and an address beside it, as numbers. Later kernels hold that the half may be
 * missing, so hooks look before they ask. */
static __always_inline int net_numbers(u64 *ctx, u64 *ret_sk, u64 *ret_second)
{
	u64 socket;

	if (bpf_get_func_arg(ctx, 0, &socket) ||
	    (ret_second && bpf_get_func_arg(ctx, 1, ret_second)))
		return -EPERM;
	*ret_sk = (u64)BPF_CORE_READ((struct socket *)socket, sk);
	return 0;
}

SEC("lsm/socket_bind") int net_bind(u64 *ctx)
{
	const struct sock *half = ((struct socket *)ctx[0])->sk;
	u32 family = half ? half->__sk_common.skc_family : 0;
	struct asker asker;
	u64 places, address, sk;
	int result;

	if (!half || (!is_internet(family) && family != AF_UNIX))
		return 0;
	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (net_numbers(ctx, &sk, &address))
		return -EPERM;
	if (family == AF_UNIX)
		return (int)answer(bind_unix(address, (u32)ctx[2], &asker, places));
	return (int)answer(judge_address(sk, address, shape_of(half, (u32)ctx[2]), places,
					 NET_ASK(asker, BL_OP_BIND)));
}

SEC("lsm/socket_connect") int net_connect(u64 *ctx)
{
	const struct sock *half = ((struct socket *)ctx[0])->sk;
	struct asker asker;
	u64 places, address, sk;
	int result;

	if (!half || !is_internet(half->__sk_common.skc_family))
		return 0;
	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (net_numbers(ctx, &sk, &address))
		return -EPERM;
	return (int)answer(judge_address(sk, address, shape_of(half, (u32)ctx[2]), places,
					 NET_ASK(asker, BL_OP_CONNECT)));
}

/* Without bind, the kernel chooses the port: judged as any address, port 0. */
SEC("lsm/socket_listen") int net_listen(u64 *ctx)
{
	const struct sock *half = ((struct socket *)ctx[0])->sk;
	struct asker asker;
	u64 places, sk;
	int result;

	if (!half || !is_internet(half->__sk_common.skc_family))
		return 0;
	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (net_numbers(ctx, &sk, NULL))
		return -EPERM;
	return (int)answer(
		judge_address(sk, 0, shape_of(half, 0), places, NET_ASK(asker, BL_OP_LISTEN)));
}

/* What goes out with a destination of its own. TCP looks at one only with MSG_FASTOPEN, which connects
 * without the hook of connect. */
SEC("lsm/socket_sendmsg") int net_send(u64 *ctx)
{
	const struct sock *half = ((struct socket *)ctx[0])->sk;
	struct msghdr *msg = (struct msghdr *)ctx[1];
	struct asker asker;
	u64 places, sk, message, address;
	u32 shape;
	int result;

	if (!msg->msg_name || !half || !is_internet(half->__sk_common.skc_family))
		return 0;
	shape = shape_of(half, (u32)msg->msg_namelen);
	if (shape >> 20 == IPPROTO_TCP && !(msg->msg_flags & MSG_FASTOPEN))
		return 0;
	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (net_numbers(ctx, &sk, &message))
		return -EPERM;
	address = (u64)BPF_CORE_READ((struct msghdr *)message, msg_name);
	return (int)answer(judge_address(sk, address, shape, places,
					 NET_ASK(asker, BL_OP_CONNECT | NET_SENDING)));
}

SEC("lsm/unix_stream_connect") int net_unix_stream(u64 *ctx)
{
	struct asker asker;
	u64 places, other;
	int result;

	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (bpf_get_func_arg(ctx, 1, &other))
		return -EPERM;
	return (int)answer(judge_peer(other, &asker, places));
}

SEC("lsm/unix_may_send") int net_unix_send(u64 *ctx)
{
	struct asker asker;
	u64 places, other;
	int result;

	places = net_asker(&asker, &result);
	if (!places)
		return result;
	if (bpf_get_func_arg(ctx, 1, &other))
		return -EPERM;
	other = (u64)BPF_CORE_READ((struct socket *)other, sk);
	return other ? (int)answer(judge_peer(other, &asker, places)) : 0;
}

#endif
