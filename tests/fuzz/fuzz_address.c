/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, ports and protocols against a plain reading of the rules: the most specific one that
 * speaks of an address decides, in the compiled image and, where it can hold it, in what Landlock is
 * given. An input is records of RECORD bytes, a rule each; what is asked for lies at the rules' edges.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/landlock.h"
#include "bailiff/ruleset.h"

#define POLICIES 4
#define RULES	 12 /* of a policy; the first is the default */
#define RECORD	 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct written {
	struct policy policy;
	struct policy_rule rules[RULES];
	struct policy_net_rule nets[RULES];
	struct policy_net_address addresses[RULES];
	char name[8];
};

struct question {
	int family, protocol;
	uint8_t address[16];
	uint16_t port;
};

static struct written written[POLICIES];
static const int16_t protocols[] = {-1,		  IPPROTO_TCP,	IPPROTO_UDP,
				    IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE};

/* --- The plain reading ---------------------------------------------------------------------------- */

static bool within(const uint8_t *address, const uint8_t *network, unsigned bits)
{
	for (unsigned i = 0; i < bits; i++)
		if ((address[i / 8] ^ network[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool speaks_of(const struct policy_net_address *a, const struct question *q)
{
	if (a->kind == NET_INET ? q->family != AF_INET
				: a->kind == NET_INET6 && q->family != AF_INET6)
		return false;
	if (a->kind != NET_ANY && !within(q->address, a->address, a->prefix))
		return false;
	return q->port >= a->port_low && q->port <= a->port_high &&
	       (a->protocol < 0 || a->protocol == q->protocol);
}

/* The longest prefix, then one port over a range over any, then a protocol, then a rule of listen over one of
 * bind, then the strictest. */
static unsigned rank_of(const struct policy_net_address *a, bool own, enum policy_action action)
{
	bool any = a->port_low == 0 && a->port_high == UINT16_MAX;
	unsigned rank = a->kind == NET_ANY ? 0 : a->prefix;

	rank = rank * 3 + (a->port_low == a->port_high ? 2 : !any);
	rank = rank * 2 + (a->protocol >= 0);
	rank = rank * 2 + own;
	return rank * 8 + action;
}

static enum policy_action decide(const struct written *w, enum policy_net_op op, struct question q)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	enum policy_action action = (enum policy_action)w->rules[0].action;
	unsigned best = 0;

	if (q.family == AF_INET6 && memcmp(q.address, mapped, sizeof(mapped)) == 0) {
		q.family = AF_INET;
		memmove(q.address, q.address + 12, 4);
	}
	for (uint32_t i = 1; i < w->policy.n_rules; i++) {
		const struct policy_net_rule *net = &w->nets[i - 1];
		bool own = net->op == op;
		unsigned rank =
			rank_of(&w->addresses[i], own, (enum policy_action)w->rules[i].action);

		if (!(own || (op == NET_LISTEN && net->op == NET_BIND)) ||
		    !speaks_of(&w->addresses[i], &q) || rank < best)
			continue;
		best = rank;
		action = (enum policy_action)w->rules[i].action;
	}
	return action;
}

/* --- What is held against it ---------------------------------------------------------------------- */

static void start_policy(size_t i)
{
	struct written *w = &written[i];

	memset(w, 0, sizeof(*w));
	snprintf(w->name, sizeof(w->name), "p%zu", i);
	w->policy = (struct policy){.name = w->name,
				    .path = w->name,
				    .rules = w->rules,
				    .n_rules = 1,
				    .net_rules = w->nets,
				    .abi_rule = POLICY_NO_RULE,
				    .unknown_rule = POLICY_NO_RULE};
	for (size_t j = 0; j < CLASS_END; j++)
		w->policy.default_rule[j] = POLICY_NO_RULE;
	memset(w->policy.cap_rule, 0xff, sizeof(w->policy.cap_rule));
	memset(w->policy.surface_rule, 0xff, sizeof(w->policy.surface_rule));
	w->policy.default_rule[CLASS_NETWORK] = 0;
	w->rules[0] = (struct policy_rule){.pos = {w->name, 1, 1},
					   .class = CLASS_NETWORK,
					   .list = LIST_DEFAULT,
					   .action = i & 1 ? ACTION_ERRNO : ACTION_ALLOW,
					   .error = i & 1 ? EACCES : 0,
					   .text = "default"};
}

static bool is_mapped(const struct policy_net_address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return a->kind == NET_INET6 && a->prefix >= 96 && memcmp(a->address, mapped, 12) == 0;
}

/* As the reader makes them: no bits beyond the prefix, no IPv4 as IPv6, no range that ends before it
 * begins. */
static bool read_address(const uint8_t *bytes, struct policy_net_address *a)
{
	unsigned bits;
	uint16_t ports[2];

	*a = (struct policy_net_address){.kind = (uint8_t)(NET_ANY + bytes[1] % 3),
					 .protocol = protocols[bytes[3] % ARRAY_LEN(protocols)],
					 .port_high = UINT16_MAX,
					 .text = "drawn"};
	if (a->kind != NET_ANY) {
		bits = a->kind == NET_INET ? 32 : 128;
		a->prefix = (uint8_t)(bytes[2] % (bits + 1));
		memcpy(a->address, bytes + 8, bits / 8);
		for (unsigned i = a->prefix; i < bits; i++)
			a->address[i / 8] &= (uint8_t) ~(0x80u >> i % 8);
	}
	memcpy(ports, bytes + 4, sizeof(ports));
	if (bytes[3] / 8 % 3) {
		a->port_low = ports[0];
		a->port_high = bytes[3] / 8 % 3 == 1 ? ports[0] : ports[1];
	}
	return a->port_low <= a->port_high && !is_mapped(a);
}

static void read_record(const uint8_t *bytes)
{
	struct written *w = &written[bytes[0] % POLICIES];
	uint32_t i = w->policy.n_rules;
	enum policy_action action = ACTION_ALLOW + (enum policy_action)(bytes[0] / 4 % 3);

	if (i == RULES || !read_address(bytes, &w->addresses[i]))
		return;
	w->rules[i] = (struct policy_rule){.pos = {w->name, i + 1, 1},
					   .class = CLASS_NETWORK,
					   .list = LIST_DENY,
					   .action = (uint8_t)action,
					   .error = action == ACTION_ERRNO ? EACCES : 0,
					   .text = "drawn"};
	w->nets[w->policy.n_net_rules++] = (struct policy_net_rule){
		.rule = i,
		.op = (uint8_t)(NET_BIND + bytes[0] / 16 % 3),
		.addresses = &w->addresses[i],
		.n_addresses = 1,
	};
	w->policy.n_rules++;
}

static void give_up(const struct written *w, enum policy_net_op op, const struct question *q,
		    const char *what)
{
	fprintf(stderr, "%s: op %d, family %d, protocol %d, port %u: %s\n\t", w->name, op,
		q->family, q->protocol, q->port, what);
	for (unsigned i = 0; i < 16; i++)
		fprintf(stderr, "%02x%s", q->address[i], i < 15 ? ":" : "\n");
	abort();
}

/* What a filter refuses whatever the address, no address is allowed. */
static void check_closed(const struct written *w, enum policy_net_op op, const struct question *q)
{
	bool known = q->protocol == IPPROTO_TCP || q->protocol == IPPROTO_UDP ||
		     q->protocol == IPPROTO_SCTP || q->protocol == IPPROTO_DCCP ||
		     q->protocol == IPPROTO_UDPLITE;

	if (policy_closed_protocol(&w->policy, known ? q->protocol : -1) ||
	    policy_shut_call(&w->policy, op, NET_ANY))
		give_up(w, op, q, "a filter refuses it");
}

static void ask_image(const struct ruleset *set, const struct question *q)
{
	static const enum bl_op ops[] = {BL_OP_BIND, BL_OP_CONNECT, BL_OP_LISTEN};
	struct ruleset_verdict verdict = {0};
	struct ruleset_policy policy;

	for (unsigned i = 0; i < ARRAY_LEN(ops); i++) {
		if (ruleset_ask_address(set, ops[i], q->family, q->address, q->port, q->protocol,
					UINT64_MAX, &verdict) < 0)
			abort();
		for (size_t j = 0; j < POLICIES; j++) {
			enum policy_action action =
				decide(&written[j], NET_BIND + (enum policy_net_op)i, *q);

			if (ruleset_policy(set, j, &policy) < 0)
				abort();
			if ((action == ACTION_ERRNO) != ((verdict.deny & policy.places) != 0) ||
			    (action == ACTION_AUDIT) != ((verdict.audit & policy.places) != 0))
				give_up(&written[j], NET_BIND + (enum policy_net_op)i, q,
					"the image says otherwise");
			if (action <= ACTION_AUDIT)
				check_closed(&written[j], NET_BIND + (enum policy_net_op)i, q);
		}
	}
}

/* Beside an address: one bit of it another, or as IPv6 has it. */
static void ask_beside(const struct ruleset *set, const struct policy_net_address *a, uint16_t port,
		       int protocol)
{
	struct question q = {.family = a->kind == NET_INET6 ? AF_INET6 : AF_INET,
			     .protocol = protocol,
			     .port = port};
	unsigned last = a->prefix ? a->prefix - 1u : 0;

	memcpy(q.address, a->address, sizeof(q.address));
	ask_image(set, &q);
	q.address[last / 8] ^= (uint8_t)(0x80u >> last % 8);
	ask_image(set, &q);
	q.address[last / 8] ^= (uint8_t)(0x80u >> last % 8);
	last = a->kind == NET_INET ? 31 : 127;
	q.address[last / 8] ^= 1;
	ask_image(set, &q);
	if (a->kind == NET_INET6)
		return;
	q.family = AF_INET6;
	memcpy(q.address + 12, q.address, 4);
	memset(q.address, 0, 10);
	memset(q.address + 10, 0xff, 2);
	ask_image(set, &q);
	q.address[9] = 1; /* not mapped at all */
	ask_image(set, &q);
}

static void check_image(void)
{
	const struct ruleset_options options = {.key = {1, 2}, .scopeless = true};
	const struct policy *policies[POLICIES];
	struct ruleset set = {NULL, 0};

	for (size_t i = 0; i < POLICIES; i++)
		policies[i] = &written[i].policy;
	if (ruleset_compile(policies, POLICIES, &options, NULL, &set) < 0)
		return; /* past a limit */
	if (ruleset_check(set.blocks, set.n_blocks, NULL) < 0)
		abort();
	for (size_t i = 0; i < POLICIES; i++)
		for (uint32_t j = 1; j < written[i].policy.n_rules; j++) {
			const struct policy_net_address *a = &written[i].addresses[j];
			int protocol = a->protocol < 0 ? IPPROTO_TCP : a->protocol;

			ask_beside(&set, a, a->port_low, protocol);
			ask_beside(&set, a, a->port_high, IPPROTO_UDP);
			ask_beside(&set, a, (uint16_t)(a->port_low - 1), protocol);
			ask_beside(&set, a, (uint16_t)(a->port_high + 1), protocol);
			ask_beside(&set, a, a->port_low, IPPROTO_RAW);
		}
	ruleset_clear(&set);
}

/* Landlock knows of ports alone: where no rule lacks, none has an address. */
static void ask_landlock(const struct landlock *landlock, const struct written *w, uint16_t port)
{
	static const struct {
		uint64_t right;
		enum policy_net_op op;
		int protocol;
	} rights[] = {
		{LANDLOCK_BIND_TCP, NET_BIND, IPPROTO_TCP},
		{LANDLOCK_CONNECT_TCP, NET_CONNECT, IPPROTO_TCP},
		{LANDLOCK_BIND_UDP, NET_BIND, IPPROTO_UDP},
		{LANDLOCK_CONNECT_SEND_UDP, NET_CONNECT, IPPROTO_UDP},
	};
	size_t count;
	const struct landlock_ports *ports = landlock_ports(landlock, &count);
	uint64_t granted = ~landlock_handled(landlock).net;

	for (size_t i = 0; i < count; i++)
		if (ports[i].port == port)
			granted |= ports[i].rights;
	for (size_t i = 0; i < ARRAY_LEN(rights); i++) {
		struct question q = {
			.family = AF_INET, .protocol = rights[i].protocol, .port = port};
		bool allowed = decide(w, rights[i].op, q) <= ACTION_AUDIT;

		if (granted & rights[i].right && !allowed &&
		    landlock_handled(landlock).net & rights[i].right)
			give_up(w, rights[i].op, &q, "Landlock is given it");
		if (!(granted & rights[i].right) && allowed)
			give_up(w, rights[i].op, &q, "Landlock is not given it");
	}
}

static void check_landlock(const struct written *w)
{
	const struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST};
	struct landlock *landlock = NULL;
	size_t lacks;

	if (landlock_compile(&w->policy, &options, NULL, &landlock) < 0)
		return;
	landlock_lacks(landlock, &lacks);
	for (uint32_t i = 1; i < w->policy.n_rules && !lacks; i++) {
		ask_landlock(landlock, w, w->addresses[i].port_low);
		ask_landlock(landlock, w, w->addresses[i].port_high);
		ask_landlock(landlock, w, (uint16_t)(w->addresses[i].port_low - 1));
		ask_landlock(landlock, w, (uint16_t)(w->addresses[i].port_high + 1));
	}
	landlock_free(landlock);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t first = size ? data[0] : 0;

	for (size_t i = 0; i < POLICIES; i++)
		start_policy(i);
	for (; size >= RECORD; data += RECORD, size -= RECORD)
		read_record(data);
	check_image();
	check_landlock(&written[first % POLICIES]); /* one: it counts through all ports */
	return 0;
}
