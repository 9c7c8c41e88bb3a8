/* SPDX-License-Identifier: Apache-2.0 */
/* try_network: what `network` judges, in a guest. Arguments: the policies of tests/lab/hooks.sh. */
#include <linux/io_uring.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "addresses.h"
#include "attempts.h"
#include "unix.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define OP_BIND	  56
#define OP_LISTEN 57

#define TCP(port)  (long)((port) << 16 | 6)
#define UDP(port)  (long)((port) << 16 | 17)
#define SCTP(port) (long)((port) << 16 | 132)

/* --- connect ---------------------------------------------------------------------------------- */

static int connect_at(int family, int type, int protocol, union address a)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		return errno == EPROTONOSUPPORT || errno == ENOPROTOOPT || errno == EINVAL ? ENOTSUP
											   : errno;
	return outcome_of(connect(fd, &a.any, length_of(&a)));
}

#define CONNECT(name, family, type, protocol, to)                                                  \
	static int name(void)                                                                      \
	{                                                                                          \
		return connect_at(family, type, protocol, to);                                     \
	}
CONNECT(tcp_denied, AF_INET, SOCK_STREAM, 0, four(HOME, 7001))
CONNECT(tcp_errno, AF_INET, SOCK_STREAM, 0, four(HOME, 7007))
CONNECT(tcp_allowed, AF_INET, SOCK_STREAM, 0, four(HOME, 7010))
CONNECT(tcp_audited, AF_INET, SOCK_STREAM, 0, four(HOME, 7005))
CONNECT(tcp_mapped, AF_INET6, SOCK_STREAM, 0, six(MAPPED, 7001))
CONNECT(tcp_six, AF_INET6, SOCK_STREAM, 0, six(HOME6, 7001))
CONNECT(tcp_six_allowed, AF_INET6, SOCK_STREAM, 0, six(HOME6, 7010))
CONNECT(tcp_any, AF_INET, SOCK_STREAM, 0, four(0, 7001))
CONNECT(tcp_any_six, AF_INET6, SOCK_STREAM, 0, six(ANY6, 7001))
CONNECT(mptcp, AF_INET, SOCK_STREAM, IPPROTO_MPTCP, four(HOME, 7001))
CONNECT(udp_connect, AF_INET, SOCK_DGRAM, 0, four(HOME, 7002))
CONNECT(range_denied, AF_INET, SOCK_STREAM, 0, four(HOME + 7, 6500))
CONNECT(range_hole, AF_INET, SOCK_DGRAM, 0, four(HOME + 7, 6550))

/* The address is taken away, and another one given. */
static int udp_again(void)
{
	union address a = four(HOME, 7010), none = {.any.sa_family = AF_UNSPEC};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (connect(fd, &a.any, sizeof(a.four)) < 0 || connect(fd, &none.any, sizeof(a.four)) < 0)
		return 200;
	a = four(HOME, 7002);
	return outcome_of(connect(fd, &a.any, sizeof(a.four)));
}

static int inherited; /* made before anything was loaded, by an ungoverned task */
static int tcp_inherited(void)
{
	union address a = four(HOME, 7001);

	return outcome_of(connect(inherited, &a.any, sizeof(a.four)));
}

static int tcp_short(void)
{
	union address a = four(HOME, 7001);

	return outcome_of(connect(socket(AF_INET, SOCK_STREAM, 0), &a.any, 8)) == EINVAL ? 0 : 200;
}

/* SCTP: several addresses at once, by setsockopt(); the last one is denied. */
static int sctp_option(int option, uint16_t port)
{
	struct sockaddr_in a[2] = {four(HOME, port).four, four(HOME, port).four};
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

	a[0].sin_addr.s_addr = htonl(0x0a000001);
	if (fd < 0)
		return errno == EPROTONOSUPPORT ? ENOTSUP : errno;
	return outcome_of(setsockopt(fd, IPPROTO_SCTP, option, a, sizeof(a)));
}
static int sctp_connectx(void)
{
	return sctp_option(110, 6500);
}
static int sctp_bindx(void)
{
	return sctp_option(100, 7021);
}

/* --- Sent with a destination ------------------------------------------------------------------ */

static int send_at(int family, int type, int protocol, int flags, union address a)
{
	int fd = socket(family, type, protocol);

	if (fd < 0)
		return errno == EPROTONOSUPPORT || errno == EINVAL ? ENOTSUP : errno;
	return outcome_of(sendto(fd, "x", 1, flags, &a.any, length_of(&a)));
}

#define SEND(name, family, type, protocol, flags, to)                                              \
	static int name(void)                                                                      \
	{                                                                                          \
		return send_at(family, type, protocol, flags, to);                                 \
	}
SEND(udp_denied, AF_INET, SOCK_DGRAM, 0, 0, four(HOME, 7002))
SEND(udp_allowed, AF_INET, SOCK_DGRAM, 0, 0, four(HOME, 7010))
SEND(udp_mapped, AF_INET6, SOCK_DGRAM, 0, 0, six(MAPPED, 7002))
SEND(udp_four_by_six, AF_INET6, SOCK_DGRAM, 0, 0, four(HOME, 7002))
SEND(udp_any, AF_INET, SOCK_DGRAM, 0, 0, four(0, 7002))
SEND(fastopen, AF_INET, SOCK_STREAM, 0, MSG_FASTOPEN, four(HOME, 7001))
SEND(fastopen_six, AF_INET6, SOCK_STREAM, 0, MSG_FASTOPEN, six(MAPPED, 7001))
SEND(fastopen_allowed, AF_INET, SOCK_STREAM, 0, MSG_FASTOPEN, four(HOME, 7010))

/* IPv4 takes a destination of no family as one of its own. */
static int udp_unspec(void)
{
	union address a = four(HOME, 7002);

	a.any.sa_family = AF_UNSPEC;
	return send_at(AF_INET, SOCK_DGRAM, 0, 0, a);
}

static int udp_sendmsg(void)
{
	union address a = four(HOME, 7002);
	struct iovec iov = {.iov_base = (void *)"x", .iov_len = 1};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof(a.four), .msg_iov = &iov, .msg_iovlen = 1};

	return outcome_of(sendmsg(socket(AF_INET, SOCK_DGRAM, 0), &m, 0));
}

static int udp_sendmmsg(void)
{
	union address a = four(HOME, 7002);
	struct iovec iov = {.iov_base = (void *)"x", .iov_len = 1};
	struct mmsghdr m = {.msg_hdr = {.msg_name = &a,
					.msg_namelen = sizeof(a.four),
					.msg_iov = &iov,
					.msg_iovlen = 1}};

	return outcome_of(sendmmsg(socket(AF_INET, SOCK_DGRAM, 0), &m, 1, 0));
}

/* A destination that TCP does not look at. */
static int tcp_name(void)
{
	union address a = four(HOME, 7010), b = four(HOME, 7001);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, &a.any, sizeof(a.four)) < 0)
		return 200;
	return outcome_of(sendto(fd, "x", 1, 0, &b.any, sizeof(b.four)));
}

static int fastopen_option(void)
{
	union address a = four(HOME, 7001);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)) < 0)
		return ENOTSUP;
	return outcome_of(connect(fd, &a.any, sizeof(a.four)));
}

/* --- bind, listen ----------------------------------------------------------------------------- */

static int bind_at(int family, int type, union address a, int only6, int listens)
{
	int fd = socket(family, type, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (only6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (a.any.sa_family != AF_UNIX && bind(fd, &a.any, length_of(&a)) < 0)
		return listens == 2 ? 200 : errno;
	return listens ? outcome_of(listen(fd, 1)) : 0;
}

#define BIND(name, family, type, to, only6, listens)                                               \
	static int name(void)                                                                      \
	{                                                                                          \
		return bind_at(family, type, to, only6, listens);                                  \
	}
#define NO_BIND ((union address){.any.sa_family = AF_UNIX})
BIND(bind_denied, AF_INET, SOCK_STREAM, four(HOME, 7003), 0, 0)
BIND(bind_any, AF_INET, SOCK_STREAM, four(0, 7003), 0, 0)
BIND(bind_six, AF_INET6, SOCK_STREAM, six(ANY6, 7003), 0, 0)
BIND(bind_dual, AF_INET6, SOCK_STREAM, six(ANY6, 7006), 0, 0)
BIND(bind_only6, AF_INET6, SOCK_STREAM, six(ANY6, 7006), 1, 0)
BIND(bind_udp, AF_INET, SOCK_DGRAM, four(0, 7003), 0, 0)
BIND(bind_zero, AF_INET, SOCK_DGRAM, four(0, 0), 0, 0)
BIND(bind_allowed, AF_INET, SOCK_STREAM, four(HOME, 7020), 0, 1)
BIND(listen_denied, AF_INET, SOCK_STREAM, four(HOME, 7004), 0, 2)
BIND(listen_unbound, AF_INET, SOCK_STREAM, NO_BIND, 0, 1)
BIND(listen_unbound_six, AF_INET6, SOCK_STREAM, NO_BIND, 0, 1)

static int bind_unspec(void)
{
	union address a = four(0, 7003);

	a.any.sa_family = AF_UNSPEC;
	return outcome_of(bind(socket(AF_INET, SOCK_STREAM, 0), &a.any, sizeof(a.four)));
}

/* --- Families --------------------------------------------------------------------------------- */

static int make_socket(int family, int type, int protocol)
{
	return outcome_of(socket(family, type, protocol));
}

#define SOCKET(name, family, type, protocol)                                                       \
	static int name(void)                                                                      \
	{                                                                                          \
		return make_socket(family, type, protocol);                                        \
	}
SOCKET(raw, AF_INET, SOCK_RAW, 6)
SOCKET(packet, AF_PACKET, SOCK_RAW, 0)
SOCKET(old_packet, AF_INET, SOCK_PACKET, 0)
SOCKET(vsock, AF_VSOCK, SOCK_STREAM, 0)
SOCKET(alg, AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)
SOCKET(xdp, AF_XDP, SOCK_RAW, 0)
SOCKET(netlink, AF_NETLINK, SOCK_RAW, 0)
SOCKET(inet_socket, AF_INET, SOCK_STREAM, 0)

static int pair(void)
{
	int fds[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) < 0)
		return errno;
	return write(fds[0], "x", 1) == 1 && read(fds[1], &byte, 1) == 1 ? 0 : errno;
}

#ifdef __x86_64__
/* By the old call's one number for all of them, from 64-bit code. */
static int pair_32(void)
{
	static int *low;
	long r;

	low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1,
		   0);
	if (low == MAP_FAILED)
		return 200;
	low[0] = AF_UNIX;
	low[1] = SOCK_STREAM;
	low[2] = 0;
	low[3] = (int)(long)(low + 8);
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(102), "b"(8), "c"(low) : "memory");
	return r == -ENOSYS ? ENOTSUP : (int)-r;
}
#endif

/* --- Unix names ------------------------------------------------------------------------------- */

UNIX(unix_denied, unix_connect, "/tmp/denied/stream", SOCK_STREAM)
UNIX(unix_allowed, unix_connect, "/tmp/allowed", SOCK_STREAM)
UNIX(unix_dgram, unix_connect, "/tmp/denied/dgram", SOCK_DGRAM)
UNIX(unix_sendto, unix_send, "/tmp/denied/dgram")
UNIX(unix_link, unix_connect, "/tmp/link/stream", SOCK_STREAM)
UNIX(abstract_denied, unix_connect, "@denied/x/y", SOCK_STREAM)
UNIX(abstract_exact, unix_connect, "@exact", SOCK_STREAM)
UNIX(abstract_wild, unix_connect, "@wild-7", SOCK_STREAM)
UNIX(abstract_allowed, unix_connect, "@exactly", SOCK_STREAM)
UNIX(abstract_bind, unix_bind, "@held")
UNIX(abstract_free, unix_bind, "@free")

static int unix_autobind(void)
{
	struct sockaddr a = {.sa_family = AF_UNIX};

	return outcome_of(bind(socket(AF_UNIX, SOCK_STREAM, 0), &a, sizeof(a.sa_family)));
}

/* --- io_uring --------------------------------------------------------------------------------- */

/* One request, and its result. */
static int uring(const struct io_uring_sqe *sqe)
{
	struct io_uring_params p = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 1, &p);
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqe;
	char *sq, *cq;

	if (fd < 0)
		return ENOTSUP;
	sq = mmap(NULL, p.sq_off.array + 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(*cqe), PROT_READ | PROT_WRITE,
		  MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqes = mmap(NULL, sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqes == MAP_FAILED)
		return 201;
	sqes[0] = *sqe;
	*(unsigned *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return 202;
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return cqe->res < 0 ? -cqe->res : 0;
}

static int uring_at(int op, int fd, union address *a, int worker)
{
	struct io_uring_sqe sqe = {.opcode = (uint8_t)op, .fd = fd, .addr = (uintptr_t)a};
	int r;

	sqe.flags = worker ? IOSQE_ASYNC : 0;
	sqe.off = a ? sizeof(a->four) : 0; /* addr2 */
	r = uring(&sqe);
	return r == EINVAL && op >= OP_BIND ? ENOTSUP : r;
}

static int uring_connect(void)
{
	union address a = four(HOME, 7001);

	return uring_at(IORING_OP_CONNECT, socket(AF_INET, SOCK_STREAM, 0), &a, 0);
}

static int uring_connect_worker(void)
{
	union address a = four(HOME, 7001);

	return uring_at(IORING_OP_CONNECT, socket(AF_INET, SOCK_STREAM, 0), &a, 1);
}

static int uring_sendmsg(void)
{
	union address a = four(HOME, 7002);
	struct iovec iov = {.iov_base = (void *)"x", .iov_len = 1};
	struct msghdr m = {
		.msg_name = &a, .msg_namelen = sizeof(a.four), .msg_iov = &iov, .msg_iovlen = 1};
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SENDMSG, .addr = (uintptr_t)&m, .len = 1};

	sqe.fd = socket(AF_INET, SOCK_DGRAM, 0);
	return uring(&sqe);
}

/* Send with an address beside it (6.0). */
static int uring_send(void)
{
	union address a = four(HOME, 7002);
	struct io_uring_sqe sqe = {.opcode = IORING_OP_SEND, .addr = (uintptr_t) "x", .len = 1};

	sqe.fd = socket(AF_INET, SOCK_DGRAM, 0);
	sqe.off = (uintptr_t)&a;
	((uint16_t *)&sqe)[22] = sizeof(a.four); /* addr_len, beside splice_fd_in */
	return uring(&sqe);
}

static int uring_bind(void)
{
	union address a = four(HOME, 7003);

	return uring_at(OP_BIND, socket(AF_INET, SOCK_STREAM, 0), &a, 0);
}

static int uring_listen(void)
{
	union address a = four(HOME, 7004);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &a.any, sizeof(a.four)) < 0)
		return 200;
	return uring_at(OP_LISTEN, fd, NULL, 0);
}

/* --- The tables ------------------------------------------------------------------------------- */

#define NET(name, outcome, what, object)                                                           \
	{                                                                                          \
#name, name, outcome, BL_OP_##what, object, 0                                      \
	}

/* Under `default: allow`, with denials. */
static const struct attempt open_house[] = {
	NET(tcp_denied, DENIED, CONNECT, TCP(7001)),
	{"tcp_errno", tcp_errno, DENIED, BL_OP_CONNECT, TCP(7007), ENETDOWN},
	NET(tcp_allowed, ALLOWED, CONNECT, 0),
	NET(tcp_audited, AUDITED, CONNECT, TCP(7005)),
	NET(tcp_mapped, DENIED, CONNECT, TCP(7001)),
	NET(tcp_six, DENIED, CONNECT, TCP(7001)),
	NET(tcp_six_allowed, ALLOWED, CONNECT, 0),
	NET(tcp_any, DENIED, CONNECT, TCP(7001)),
	NET(tcp_any_six, DENIED, CONNECT, TCP(7001)),
	NET(mptcp, DENIED, CONNECT, TCP(7001)),
	NET(sctp_connectx, DENIED, CONNECT, SCTP(6500)),
	NET(tcp_inherited, DENIED, CONNECT, TCP(7001)),
	NET(tcp_short, ALLOWED, CONNECT, 0),
	NET(range_denied, DENIED, CONNECT, TCP(6500)),
	NET(range_hole, ALLOWED, CONNECT, 0),
	NET(udp_connect, DENIED, CONNECT, UDP(7002)),
	NET(udp_again, DENIED, CONNECT, UDP(7002)),
	NET(udp_denied, DENIED, CONNECT, UDP(7002)),
	NET(udp_allowed, ALLOWED, CONNECT, 0),
	NET(udp_mapped, DENIED, CONNECT, UDP(7002)),
	NET(udp_four_by_six, DENIED, CONNECT, UDP(7002)),
	NET(udp_any, DENIED, CONNECT, UDP(7002)),
	NET(udp_unspec, DENIED, CONNECT, UDP(7002)),
	NET(udp_sendmsg, DENIED, CONNECT, UDP(7002)),
	NET(udp_sendmmsg, DENIED, CONNECT, UDP(7002)),
	NET(tcp_name, ALLOWED, CONNECT, 0),
	NET(fastopen, DENIED, CONNECT, TCP(7001)),
	NET(fastopen_six, DENIED, CONNECT, TCP(7001)),
	NET(fastopen_allowed, ALLOWED, CONNECT, 0),
	NET(fastopen_option, DENIED, CONNECT, TCP(7001)),
	NET(bind_denied, DENIED, BIND, TCP(7003)),
	NET(bind_any, DENIED, BIND, TCP(7003)),
	NET(bind_six, DENIED, BIND, TCP(7003)),
	NET(bind_unspec, DENIED, BIND, TCP(7003)),
	NET(bind_dual, DENIED, BIND, TCP(7006)),
	NET(bind_only6, ALLOWED, BIND, 0),
	NET(bind_udp, DENIED, BIND, UDP(7003)),
	NET(bind_zero, DENIED, BIND, UDP(0)),
	NET(bind_allowed, ALLOWED, BIND, 0),
	NET(listen_denied, DENIED, LISTEN, TCP(7004)),
	NET(listen_unbound, DENIED, LISTEN, TCP(0)),
	NET(listen_unbound_six, DENIED, LISTEN, TCP(0)),
	NET(raw, DENIED, SOCKET, 0),
	NET(packet, DENIED, SOCKET, 0),
	NET(old_packet, DENIED, SOCKET, 0),
	NET(vsock, DENIED, SOCKET, 0),
	NET(alg, DENIED, SOCKET, 0),
	NET(xdp, DENIED, SOCKET, 0),
	NET(netlink, AUDITED, SOCKET, 0),
	NET(inet_socket, ALLOWED, SOCKET, 0),
	NET(unix_denied, DENIED, UNIX_CONNECT, ANY),
	NET(unix_allowed, ALLOWED, UNIX_CONNECT, 0),
	NET(unix_dgram, DENIED, UNIX_CONNECT, ANY),
	NET(unix_sendto, DENIED, UNIX_CONNECT, ANY),
	NET(unix_link, DENIED, UNIX_CONNECT, ANY),
	NET(abstract_denied, DENIED, UNIX_CONNECT, ANY),
	NET(abstract_exact, DENIED, UNIX_CONNECT, ANY),
	NET(abstract_wild, DENIED, UNIX_CONNECT, ANY),
	NET(abstract_allowed, ALLOWED, UNIX_CONNECT, 0),
	NET(abstract_bind, DENIED, UNIX_BIND, ANY),
	NET(abstract_free, ALLOWED, UNIX_BIND, 0),
	NET(unix_autobind, ALLOWED, UNIX_BIND, 0),
	NET(uring_connect, DENIED, CONNECT, TCP(7001)),
	NET(uring_connect_worker, DENIED, CONNECT, TCP(7001)),
	NET(uring_sendmsg, DENIED, CONNECT, UDP(7002)),
	NET(uring_send, DENIED, CONNECT, UDP(7002)),
	NET(uring_bind, DENIED, BIND, TCP(7003)),
	NET(uring_listen, DENIED, LISTEN, TCP(7004)),
};

CONNECT(udp_heard, AF_INET, SOCK_DGRAM, 0, four(HOME, 7032))
CONNECT(six_heard, AF_INET6, SOCK_STREAM, 0, six(HOME6, 7005))
SEND(send_heard, AF_INET, SOCK_DGRAM, 0, 0, four(HOME, 7032))
BIND(bind_heard, AF_INET, SOCK_STREAM, four(0, 7030), 0, 0)
BIND(listen_heard, AF_INET, SOCK_STREAM, four(0, 7031), 0, 2)
SOCKET(dgram_heard, AF_INET6, SOCK_RAW, 255)
UNIX(unix_heard, unix_connect, "/tmp/heard", SOCK_STREAM)
UNIX(unix_send_heard, unix_send, "/tmp/heard-dgram")
UNIX(abstract_heard, unix_connect, "@heard", SOCK_STREAM)
UNIX(abstract_bind_heard, unix_bind, "@heard-too")
UNIX(unix_bind_heard, unix_bind, "/tmp/heard-new")

/* What the same policy audits. */
static const struct attempt heard[] = {
	NET(tcp_audited, AUDITED, CONNECT, TCP(7005)),
	NET(six_heard, AUDITED, CONNECT, TCP(7005)),
	NET(udp_heard, AUDITED, CONNECT, UDP(7032)),
	NET(send_heard, AUDITED, CONNECT, UDP(7032)),
	NET(bind_heard, AUDITED, BIND, TCP(7030)),
	NET(listen_heard, AUDITED, LISTEN, TCP(7031)),
	NET(dgram_heard, AUDITED, SOCKET, ANY),
	NET(unix_heard, AUDITED, UNIX_CONNECT, ANY),
	NET(unix_send_heard, AUDITED, UNIX_CONNECT, ANY),
	NET(abstract_heard, AUDITED, UNIX_CONNECT, ANY),
	NET(abstract_bind_heard, AUDITED, UNIX_BIND, ANY),
	NET(unix_bind_heard, AUDITED, UNIX_BIND, ANY),
};

#define CLOSED(name, outcome, what, object)                                                        \
	{                                                                                          \
		"closed_" #name, name, outcome, BL_OP_##what, object, 0                            \
	}
/* Under `default: deny`, with allowances. */
static const struct attempt closed_house[] = {
	CLOSED(tcp_denied, DENIED, CONNECT, TCP(7001)),
	CLOSED(tcp_allowed, ALLOWED, CONNECT, 0),
	CLOSED(tcp_six_allowed, DENIED, CONNECT, TCP(7010)),
	CLOSED(bind_allowed, ALLOWED, BIND, 0),
	CLOSED(bind_denied, DENIED, BIND, TCP(7003)),
	CLOSED(sctp_bindx, DENIED, BIND, SCTP(7021)),
	CLOSED(unix_denied, DENIED, UNIX_CONNECT, ANY),
	CLOSED(unix_allowed, ALLOWED, UNIX_CONNECT, 0),
	CLOSED(abstract_exact, DENIED, UNIX_CONNECT, ANY),
	CLOSED(abstract_free, DENIED, UNIX_BIND, ANY),
	CLOSED(unix_autobind, DENIED, UNIX_BIND, ANY),
	CLOSED(pair, ALLOWED, SOCKET, 0),
#ifdef __x86_64__
	CLOSED(pair_32, ALLOWED, SOCKET, 0),
#endif
	CLOSED(netlink, DENIED, SOCKET, 0),
	CLOSED(packet, DENIED, SOCKET, 0),
};

/* Under `mode: audit`. */
static const struct attempt watched_house[] = {
	{"watched_tcp", tcp_denied, WOULD, BL_OP_CONNECT, TCP(7001), 0},
	{"watched_bind", bind_allowed, ALLOWED, 0, 0, 0},
};

/* --- Who answers ------------------------------------------------------------------------------ */

static void serve(union address a, socklen_t n, int type)
{
	int fd = socket(a.any.sa_family, type, 0);

	if (bind(fd, &a.any, n) < 0 || (type != SOCK_DGRAM && listen(fd, 128) < 0))
		say(0, "server", "family %d: %s", a.any.sa_family, strerror(errno));
}

static void serve_name(const char *name, int type)
{
	union address a;
	socklen_t n = name_unix(&a, name);

	serve(a, n, type);
}

static void serve_all(void)
{
	static const int ports[] = {7001, 7005, 7007, 7010, 6500};
	struct ifreq up = {.ifr_name = "lo"};
	union address a;

	up.ifr_flags = IFF_UP;
	if (ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &up) < 0)
		say(0, "lo", "%s", strerror(errno));
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		a = six(ANY6, ports[i]);
		serve(a, sizeof(a.six), SOCK_STREAM);
	}
	mkdir("/tmp/denied", 0755);
	symlink("/tmp/denied", "/tmp/link");
	serve_name("/tmp/denied/stream", SOCK_STREAM);
	serve_name("/tmp/denied/dgram", SOCK_DGRAM);
	serve_name("/tmp/allowed", SOCK_STREAM);
	serve_name("/tmp/heard", SOCK_STREAM);
	serve_name("/tmp/heard-dgram", SOCK_DGRAM);
	serve_name("@heard", SOCK_STREAM);
	serve_name("@denied/x/y", SOCK_STREAM);
	serve_name("@exact", SOCK_STREAM);
	serve_name("@exactly", SOCK_STREAM);
	serve_name("@wild-7", SOCK_STREAM);
	inherited = socket(AF_INET, SOCK_STREAM, 0);
}

int main(int argc, char **argv)
{
	struct attempt elsewhere = {"not_governed", tcp_denied, ALLOWED, 0, 0, 0};

	if (argc != 4)
		return 2;
	prepare();
	serve_all();
	publish(argv[1]);
	RUN(open_house);
	RUN(heard);
	judge_attempt(&elsewhere, run_attempt(&elsewhere, NULL));
	publish(argv[2]);
	RUN(closed_house);
	publish(argv[3]);
	RUN(watched_house);
	RUN_AS("watched", open_house, WOULD);
	return finish();
}
