/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ports and protocols. Landlock knows ports of TCP and, newer, of UDP, and no addresses. A protocol that
 * may neither bind nor connect has no sockets: a filter holds that (see policy's sockets.c).
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

#define PORTS	  65536u
#define RAW_PORT  0 /* of protocols without ports */
#define ANY_OTHER (-1)

static const struct protocol {
	int16_t number; /* ANY_OTHER: raw sockets, ping and the rest */
	const char *name;
	int bits[2]; /* to bind, to connect; -1: Landlock knows none */
} protocols[] = {
	{IPPROTO_TCP, "tcp", {0, 1}},		{IPPROTO_UDP, "udp", {2, 3}},
	{IPPROTO_UDPLITE, "udplite", {-1, -1}}, {IPPROTO_SCTP, "sctp", {-1, -1}},
	{IPPROTO_DCCP, "dccp", {-1, -1}},	{ANY_OTHER, "every other protocol", {-1, -1}},
};

/* What rules without addresses say of the ports of one protocol and operation. */
struct table {
	uint32_t n; /* PORTS; 1: all ports are as the first */
	uint32_t rule[PORTS];
	uint8_t rank[PORTS];
	bool allowed_all, denied_all;
};

static uint32_t rule_at(const struct table *table, uint32_t port)
{
	return table->rule[port < table->n ? port : 0];
}

static bool speaks(const struct policy_net_address *address, const struct protocol *protocol)
{
	return address->kind <= NET_INET6 &&
	       (address->protocol == protocol->number || address->protocol == -1);
}

static void paint(const struct policy *policy, struct table *table, uint32_t rule,
		  const struct policy_net_address *address)
{
	uint32_t low = address->port_low, high = address->port_high;
	uint8_t rank = (uint8_t)((low == high		   ? 6
				  : high - low < PORTS - 1 ? 4
							   : 2) +
				 (address->protocol >= 0));

	for (uint32_t port = low; port <= high && port < table->n; port++) {
		if (rank < table->rank[port] ||
		    (rank == table->rank[port] &&
		     policy->rules[rule].action <= policy->rules[table->rule[port]].action))
			continue;
		table->rule[port] = rule;
		table->rank[port] = rank;
	}
}

/* Rules that are left out have been told of. */
static bool takes_part(const struct landlock *landlock, const struct policy_net_rule *rule,
		       uint8_t op)
{
	/* A rule of bind speaks of listen, too. */
	return (rule->op == op || (op == NET_LISTEN && rule->op == NET_BIND)) &&
	       !(landlock->lacked[rule->rule] & LACK_RULE);
}

static bool paints(const struct landlock *landlock, const struct protocol *protocol, uint8_t op,
		   const struct policy_net_rule *rule, const struct policy_net_address *address)
{
	return takes_part(landlock, rule, op) && address->kind == NET_ANY &&
	       speaks(address, protocol);
}

/* Most rules are about all ports, and a start is too short to look at each. */
static uint32_t count_ports(const struct landlock *landlock, const struct protocol *protocol,
			    uint8_t op)
{
	const struct policy *policy = landlock->policy;

	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *rule = &policy->net_rules[i];

		for (uint32_t j = 0; j < rule->n_addresses; j++) {
			const struct policy_net_address *a = &rule->addresses[j];

			if (paints(landlock, protocol, op, rule, a) &&
			    (uint32_t)(a->port_high - a->port_low) < PORTS - 1)
				return PORTS;
		}
	}
	return 1;
}

static void fill(const struct landlock *landlock, const struct protocol *protocol, uint8_t op,
		 struct table *table)
{
	const struct policy *policy = landlock->policy;
	uint32_t ports;

	table->n = count_ports(landlock, protocol, op);
	ports = protocol->number == ANY_OTHER ? 1 : table->n;
	memset(table->rank, 0, table->n);
	for (uint32_t port = 0; port < table->n; port++)
		table->rule[port] = policy->default_rule[CLASS_NETWORK];
	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *rule = &policy->net_rules[i];

		for (uint32_t j = 0; j < rule->n_addresses; j++)
			if (paints(landlock, protocol, op, rule, &rule->addresses[j]))
				paint(policy, table, rule->rule, &rule->addresses[j]);
	}
	table->allowed_all = table->denied_all = true;
	for (uint32_t port = RAW_PORT; port < ports; port++)
		*(rule_denies(landlock, table->rule[port]) ? &table->allowed_all
							   : &table->denied_all) = false;
}

/* Rules with an address that say other than the rules without for the same ports. */
static void check_addresses(struct landlock *landlock, const struct protocol *protocol, uint8_t op,
			    const struct table *table)
{
	const struct policy *policy = landlock->policy;

	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *rule = &policy->net_rules[i];

		for (uint32_t j = 0; j < rule->n_addresses; j++) {
			const struct policy_net_address *a = &rule->addresses[j];
			uint32_t port = a->port_low;

			if (!takes_part(landlock, rule, op) || a->kind == NET_ANY ||
			    !speaks(a, protocol))
				continue;
			while (port <= a->port_high &&
			       rule_denies(landlock, rule_at(table, port)) ==
				       rule_denies(landlock, rule->rule))
				port++;
			if (port <= a->port_high)
				add_lack(landlock, LACK_ADDRESS, rule->rule,
					 "%s: Landlock knows ports and no addresses; write "
					 "*:PORT/%s, or load the policy on the host",
					 a->text, protocol->bits[0] < 0 ? "tcp" : protocol->name);
		}
	}
}

/* Whose rules make the difference: those that say other than the default. */
static void lack_protocol(struct landlock *landlock, const struct protocol *protocol)
{
	const struct policy *policy = landlock->policy;
	bool denies = rule_denies(landlock, policy->default_rule[CLASS_NETWORK]);

	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *rule = &policy->net_rules[i];

		for (uint32_t j = 0; j < rule->n_addresses; j++)
			if ((rule->op == NET_BIND || rule->op == NET_CONNECT) &&
			    speaks(&rule->addresses[j], protocol) &&
			    rule_denies(landlock, rule->rule) != denies)
				add_lack(landlock, LACK_PROTOCOL, rule->rule,
					 "%s speaks of %s, which is held for all ports, bind and "
					 "connect, or not at all; name the protocol that is meant, "
					 "or load the policy on the host",
					 rule->addresses[j].text, protocol->name);
	}
}

static void lack_ports(struct landlock *landlock, const struct protocol *protocol, unsigned bit,
		       const struct table *table)
{
	unsigned since = landlock_net_since(bit);

	for (uint32_t port = 0; port < table->n; port++)
		if (rule_denies(landlock, table->rule[port]) && landlock->audit)
			lack_audit(landlock, table->rule[port]);
		else if (rule_denies(landlock, table->rule[port]))
			add_lack(landlock, LACK_ABI, table->rule[port],
				 "ports of %s take Landlock ABI %u (Linux %s), and this kernel has "
				 "%s%.0u",
				 protocol->name, since, landlock_kernel(since),
				 landlock->abi ? "ABI " : "none", landlock->abi);
}

static uint32_t only_denier(const struct landlock *landlock, const struct table *table)
{
	uint32_t only = POLICY_NO_RULE;

	for (uint32_t port = 0; port < table->n; port++) {
		if (!rule_denies(landlock, table->rule[port]) || table->rule[port] == only)
			continue;
		if (only != POLICY_NO_RULE)
			return POLICY_NO_RULE;
		only = table->rule[port];
	}
	return only;
}

static void grant(struct landlock *landlock, unsigned bit, const struct table *table)
{
	landlock->handled.net |= 1ull << bit;
	landlock->by_port[bit] = arena_alloc(landlock->arena, PORTS, sizeof(uint32_t));
	if (!landlock->by_port[bit]) {
		landlock->oom = true;
		return;
	}
	for (uint32_t port = 0; port < PORTS; port++)
		landlock->by_port[bit][port] = rule_at(table, port);
	landlock->denier[bit] = only_denier(landlock, table);
	for (uint32_t port = 0; port < PORTS; port++) {
		if (rule_denies(landlock, rule_at(table, port)))
			continue;

		if (grow_array(&landlock->ports, &landlock->ports_size, landlock->n_ports + 1,
			       sizeof(*landlock->ports)) < 0) {
			landlock->oom = true;
			return;
		}
		landlock->ports[landlock->n_ports++] =
			(struct landlock_ports){(uint16_t)port, 1ull << bit};
	}
}

/* There is no right to listen: who has bound may, and who has not, too, on a port that the kernel chooses. As
 * for bind, that is port 0. */
static void check_listening(struct landlock *landlock, const struct protocol *protocol,
			    const struct table *bind, struct table *table)
{
	uint32_t ports;

	if (policy_shut_call(landlock->policy, NET_LISTEN, NET_INET))
		return;
	fill(landlock, protocol, NET_LISTEN, table);
	ports = bind->n == 1 && table->n == 1 ? 2 : PORTS;
	if (rule_denies(landlock, table->rule[0]))
		add_lack(landlock, LACK_LISTEN, table->rule[0],
			 "a TCP socket that was never bound may listen, on a port that the kernel "
			 "chooses, and Landlock does not see it; allow listen: [\"*:0/tcp\"] too, "
			 "or "
			 "load the policy on the host");
	/* All ports are alike where neither table tells them apart. */
	for (uint32_t port = 1; port < ports; port++)
		if (rule_denies(landlock, rule_at(table, port)) &&
		    !rule_denies(landlock, rule_at(bind, port)))
			add_lack(landlock, LACK_PROTOCOL, rule_at(table, port),
				 "Landlock does not see who listens; deny bind, or load the policy "
				 "on the host");
}

/* To send, a UDP socket is bound to a port that the kernel chooses: to Landlock that is port 0. */
static void check_sending(struct landlock *landlock, const struct table *bind,
			  const struct table *connect)
{
	if (connect->denied_all || !rule_denies(landlock, bind->rule[0]))
		return;
	for (uint32_t port = 0; port < connect->n; port++)
		if (!rule_denies(landlock, connect->rule[port]))
			add_lack(landlock, LACK_PORTS, connect->rule[port],
				 "a UDP socket that sends is bound to a port that the kernel "
				 "chooses, and Landlock refuses that; allow bind: [\"*:0/udp\"] "
				 "too");
}

/* Nothing is denied, or all is, and the call itself is refused, by which alone it can be done: datagrams
 * are sent without connect, and SCTP has socket options. */
static bool held_by_filter(const struct landlock *landlock, const struct protocol *protocol,
			   enum policy_net_op op, const struct table *table)
{
	bool one_call =
		op == NET_BIND ? protocol->number != IPPROTO_SCTP : protocol->number == IPPROTO_TCP;

	return table->allowed_all ||
	       (table->denied_all && one_call && policy_shut_call(landlock->policy, op, NET_INET));
}

static void weigh_protocol(struct landlock *landlock, const struct protocol *protocol,
			   struct table tables[3])
{
	fill(landlock, protocol, NET_BIND, &tables[0]);
	fill(landlock, protocol, NET_CONNECT, &tables[1]);
	check_addresses(landlock, protocol, NET_BIND, &tables[0]);
	check_addresses(landlock, protocol, NET_CONNECT, &tables[1]);
	if (policy_closed_protocol(landlock->policy, protocol->number))
		return;
	if (protocol->number == IPPROTO_TCP)
		check_listening(landlock, protocol, &tables[0], &tables[2]);
	if ((held_by_filter(landlock, protocol, NET_BIND, &tables[0]) &&
	     held_by_filter(landlock, protocol, NET_CONNECT, &tables[1])))
		return;
	if (protocol->bits[0] < 0) {
		lack_protocol(landlock, protocol);
		return;
	}
	for (unsigned i = 0; i < 2; i++) {
		unsigned bit = (unsigned)protocol->bits[i];

		if (held_by_filter(landlock, protocol, i ? NET_CONNECT : NET_BIND, &tables[i]))
			continue;
		if (landlock->audit || landlock->abi < landlock_net_since(bit))
			lack_ports(landlock, protocol, bit, &tables[i]);
		else
			grant(landlock, bit, &tables[i]);
	}
	if (protocol->number == IPPROTO_UDP && landlock->handled.net & LANDLOCK_BIND_UDP)
		check_sending(landlock, &tables[0], &tables[1]);
}

void weigh_ports(struct landlock *landlock)
{
	const struct policy *policy = landlock->policy;
	uint32_t by_default = policy->default_rule[CLASS_NETWORK];
	struct table *tables;

	if (by_default == POLICY_NO_RULE)
		return;
	tables = calloc(3, sizeof(*tables));
	if (!tables) {
		landlock->oom = true;
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(protocols) && !landlock->oom; i++)
		weigh_protocol(landlock, &protocols[i], tables);
	free(tables);
}

const struct landlock_ports *landlock_ports(const struct landlock *landlock, size_t *ret_count)
{
	*ret_count = landlock->n_ports;
	return landlock->ports;
}
