/* SPDX-License-Identifier: Apache-2.0 */
/* Protocols that may go nowhere, of which a filter lets no sockets be made. */
#include "help_policy.h"

#include <netinet/in.h>
#include <sys/socket.h>

#define MPTCP 262
#define SMC   256

#define NETWORK(default, rest) HEAD "network:\n  default: " default "\n" rest

/* Two protocols to some ports, from line 7 on. */
static const char client[] = NETWORK("deny", "  allow:\n"
					     "    - {connect: [\"*:443/tcp\"]}\n"
					     "    - {connect: [\"*:53/udp\"]}\n");

Test(closed, protocols_that_may_go_nowhere)
{
	static const char sctp[] =
		NETWORK("deny", "  allow:\n    - {bind: [\"10.0.0.0/8:1/sctp\"]}\n");
	static const char udp[] =
		NETWORK("allow", "  deny:\n"
				 "    - {connect: [\"*:*/udp\"], action: errno ENETDOWN}\n" /* 7 */
				 "    - {bind: [\"0.0.0.0/0:*/udp\", \"[::/0]:*/udp\"]}\n");
	static const char overridden[] =
		NETWORK("deny", "  allow:\n"
				"    - {connect: [\"*:*/*\"], bind: [\"*:*/*\"]}\n"
				"  deny:\n"
				"    - {connect: [\"*:*/udp\"], bind: [\"*:*/udp\"]}\n" /* 9 */
				"    - {connect: [\"*:*/tcp\"], bind: [\"*:1-65535/tcp\"]}\n");
	static const char killed[] =
		NETWORK("deny", "  allow:\n"
				"    - {socket: [AF_INET], type: [SOCK_DGRAM]}\n"
				"  deny:\n"
				"    - {socket: [AF_INET], action: kill}\n"); /* 9 */
	static const char by[] =
		NETWORK("deny", "  allow:\n    - {connect: [\"*:*/udp\"], by: [/bin/x]}\n");
	static const struct row rows[] = {
		{"TCP",
		 client,
		 "socket",
		 {AF_INET, SOCK_STREAM, IPPROTO_TCP},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"TCP of IPv6",
		 client,
		 "socket",
		 {AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"UDP", client, "socket", {AF_INET, SOCK_DGRAM, 0}, ACTION_ALLOW, 0, 7, 0},
		{"UDP-Lite",
		 client,
		 "socket",
		 {AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"ping",
		 client,
		 "socket",
		 {AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"raw",
		 client,
		 "socket",
		 {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"SCTP as a stream",
		 client,
		 "socket",
		 {AF_INET, SOCK_STREAM, IPPROTO_SCTP},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"SCTP by its type",
		 client,
		 "socket",
		 {AF_INET, SOCK_SEQPACKET, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"DCCP", client, "socket", {AF_INET, SOCK_DCCP, 0}, ACTION_ERRNO, EPERM, 5, 0},
		{"a type that nobody knows",
		 client,
		 "socket",
		 {AF_INET, 9, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"MPTCP speaks TCP past its ports",
		 client,
		 "socket",
		 {AF_INET, SOCK_STREAM, MPTCP},
		 ACTION_ERRNO,
		 EPROTONOSUPPORT,
		 5,
		 0},
		{"so does SMC",
		 client,
		 "socket",
		 {AF_INET6, SOCK_STREAM, JUNK | SMC},
		 ACTION_ERRNO,
		 EPROTONOSUPPORT,
		 5,
		 0},
		{"a raw socket of TCP",
		 client,
		 "socket",
		 {AF_INET, SOCK_RAW, IPPROTO_TCP},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"SCTP where it may bind somewhere",
		 sctp,
		 "socket",
		 {AF_INET, SOCK_SEQPACKET, 0},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"but TCP may not",
		 sctp,
		 "socket",
		 {AF_INET6, SOCK_STREAM, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"nor MPTCP",
		 sctp,
		 "socket",
		 {AF_INET6, SOCK_STREAM, MPTCP},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"denied by rules",
		 udp,
		 "socket",
		 {AF_INET, SOCK_DGRAM, IPPROTO_UDP},
		 ACTION_ERRNO,
		 ENETDOWN,
		 7,
		 0},
		{"as a raw socket too",
		 udp,
		 "socket",
		 {AF_INET, SOCK_RAW, IPPROTO_UDP},
		 ACTION_ERRNO,
		 ENETDOWN,
		 7,
		 0},
		{"nothing else",
		 udp,
		 "socket",
		 {AF_INET, SOCK_STREAM, MPTCP},
		 ACTION_ALLOW,
		 0,
		 5,
		 0},
		{"a protocol over any",
		 overridden,
		 "socket",
		 {AF_INET, SOCK_DGRAM, 0},
		 ACTION_ERRNO,
		 EPERM,
		 9,
		 0},
		{"which does not close port 0",
		 overridden,
		 "socket",
		 {AF_INET, SOCK_STREAM, 0},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"the others are wholly open",
		 overridden,
		 "socket",
		 {AF_INET, SOCK_RAW, 1},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"what is stricter by its family stays so",
		 killed,
		 "socket",
		 {AF_INET, SOCK_STREAM, 0},
		 ACTION_KILL,
		 0,
		 9,
		 0},
		{"a type that is allowed but may go nowhere",
		 killed,
		 "socket",
		 {AF_INET, SOCK_DGRAM, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"open to an executable",
		 by,
		 "socket",
		 {AF_INET, SOCK_DGRAM, 0},
		 ACTION_ALLOW,
		 0,
		 7,
		 0},
		{"AF_SMC where TCP is closed",
		 NETWORK("deny", "  allow: [{socket: [AF_SMC]}]\n"),
		 "socket",
		 {AF_SMC, 1, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"AF_SMC where ports are restricted",
		 NETWORK("allow", "  deny: [{connect: [\"*:25/tcp\"]}]\n"),
		 "socket",
		 {AF_SMC, 1, 0},
		 ACTION_ERRNO,
		 EPROTONOSUPPORT,
		 6,
		 0},
		{"AF_SMC where they are not",
		 NETWORK("allow", "  deny: [{connect: [\"*:25/udp\"]}]\n"),
		 "socket",
		 {AF_SMC, 1, 0},
		 ACTION_ALLOW,
		 0,
		 5,
		 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

Test(closed, unix_sockets)
{
	static const struct row rows[] = {
		{"no address of theirs",
		 NETWORK("deny", "  allow: [{socket: [AF_UNIX]}]\n"),
		 "socket",
		 {AF_UNIX, 1, 0},
		 ACTION_ERRNO,
		 EPERM,
		 5,
		 0},
		{"one path",
		 NETWORK("deny", "  allow: [{connect: [\"unix:/run/x\"]}]\n"),
		 "socket",
		 {AF_UNIX, 1, 0},
		 ACTION_ALLOW,
		 0,
		 6,
		 0},
		{"one abstract name",
		 NETWORK("deny", "  allow: [{bind: [\"unix:@x\"]}]\n"),
		 "socket",
		 {AF_UNIX, 1, 0},
		 ACTION_ALLOW,
		 0,
		 6,
		 0},
		{"both kinds denied",
		 NETWORK("allow", "  deny: [{connect: [\"unix:/**\", \"unix:@**\"], bind: "
				  "[\"unix:/**\", \"unix:@**\"], action: kill}]\n"),
		 "socket",
		 {AF_UNIX, 5, 0},
		 ACTION_KILL,
		 0,
		 6,
		 0},
		{"one kind denied",
		 NETWORK("allow", "  deny: [{connect: [\"unix:/**\"], bind: [\"unix:/**\"]}]\n"),
		 "socket",
		 {AF_UNIX, 5, 0},
		 ACTION_ALLOW,
		 0,
		 5,
		 0},
		{"other families are not theirs",
		 NETWORK("deny", "  allow: [{socket: [AF_NETLINK]}]\n"),
		 "socket",
		 {AF_NETLINK, 3, 0},
		 ACTION_ALLOW,
		 0,
		 6,
		 0},
	};

	check_all(rows, ARRAY_LEN(rows));
}

/* The same meaning as the functions that Landlock's compiler asks. */
Test(closed, what_is_closed)
{
	enum {
		TCP = 1,
		UDP = 2,
		OTHER = 4,
		UNIX = 8,
		BIND = 16,
		CONNECT = 32,
		LISTEN = 64,
		NAMES = 128
	};
	static const struct {
		const char *name, *text;
		unsigned closed;
	} rows[] = {
		{"no class", HEAD "files: {default: deny}\n", 0},
		{"all is denied", NETWORK("kill", ""),
		 TCP | UDP | OTHER | UNIX | BIND | CONNECT | LISTEN | NAMES},
		{"all is audited", NETWORK("audit", ""), 0},
		{"a client", client, OTHER | UNIX | BIND | LISTEN | NAMES},
		{"a client with netlink",
		 NETWORK("deny", "  allow: [{socket: [16]}, {connect: [\"*:1/tcp\"]}]\n"),
		 UDP | OTHER | UNIX | BIND | LISTEN},
		{"listening without binding",
		 NETWORK("deny", "  allow: [{listen: [\"*:1/tcp\"]}]\n"),
		 UDP | OTHER | UNIX | BIND | CONNECT | NAMES},
		{"a rule of bind that denies does not outrank one of listen",
		 NETWORK("deny", "  allow: [{listen: [\"*:*/tcp\"]}]\n"
				 "  deny: [{bind: [\"*:*/tcp\"]}]\n"),
		 UDP | OTHER | UNIX | BIND | CONNECT | NAMES},
		{"IPv4 alone is not all",
		 NETWORK("allow", "  deny: [{bind: [\"0.0.0.0/0:*/*\"], connect: "
				  "[\"0.0.0.0/0:*/*\"]}]\n"),
		 0},
		{"any protocol",
		 NETWORK("allow", "  deny: [{bind: [\"*:*/*\"], connect: "
				  "[\"*:*/*\"]}]\n"),
		 TCP | UDP | OTHER},
		{"one prefix less",
		 NETWORK("allow", "  deny: [{bind: [\"*:*/*\"], connect: "
				  "[\"*:*/*\"]}]\n"
				  "  allow: [{bind: [\"10.0.0.0/8:1/*\"]}]\n"),
		 0},
		{"a prefix that is not all of them",
		 NETWORK("allow",
			 "  deny: [{bind: [\"10.0.0.0/8:*/udp\", \"[2000::/3]:*/udp\"], connect: "
			 "[\"10.0.0.0/8:*/udp\", \"[2000::/3]:*/udp\"]}]\n"),
		 0},
		{"denied to an executable",
		 NETWORK("allow", "  deny: [{bind: [\"*:*/tcp\"], connect: [\"*:*/tcp\"], by: "
				  "[/bin/x]}]\n"),
		 0},
		{"as specific, so the stricter",
		 NETWORK("deny", "  allow: [{connect: [\"*:*/tcp\", \"*:*/udp\"]}]\n"
				 "  deny: [{connect: [\"*:*/udp\"]}]\n"),
		 UDP | OTHER | UNIX | BIND | LISTEN | NAMES},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		CLEANUP(policy_freep) struct policy *policy = good_policy(rows[i].text, &diag);
		unsigned closed =
			(policy_closed_protocol(policy, IPPROTO_TCP) ? TCP : 0) |
			(policy_closed_protocol(policy, IPPROTO_UDP) ? UDP : 0) |
			(policy_closed_protocol(policy, -1) ? OTHER : 0) |
			(policy_closed_unix(policy) ? UNIX : 0) |
			(policy_shut_call(policy, NET_BIND, NET_ANY) ? BIND : 0) |
			(policy_shut_call(policy, NET_CONNECT, NET_INET) ? CONNECT : 0) |
			(policy_shut_call(policy, NET_LISTEN, NET_UNIX_PATH) ? LISTEN : 0) |
			(policy_shut_call(policy, NET_BIND, NET_UNIX_ABSTRACT) ? NAMES : 0);

		cr_expect_eq(closed, rows[i].closed, "%s: %#x", rows[i].name, closed);
	}
}
