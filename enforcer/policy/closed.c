/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy denies wherever it is tried: a protocol that may go nowhere, an access that no file
 * allows. That is what a filter can hold of rules about addresses and paths, which it can't see. In doubt
 * something is open: then somebody else has to hold the rule.
 *
 * A rule with `by` that allows, allows here; one that denies says nothing: a filter can't know who calls.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "policy_internal.h"

const int named_protocols[NAMED_PROTOCOLS] = {IPPROTO_TCP,  IPPROTO_UDP,  IPPROTO_UDPLITE,
					      IPPROTO_SCTP, IPPROTO_DCCP, -1};

static bool denies(const struct policy *policy, uint32_t rule)
{
	return policy->rules[rule].action >= ACTION_ERRNO;
}

/* The greater rank decides; of equal ones the stricter, then one that reports, then the first. */
struct best {
	uint32_t rule, rank;
};

static void propose(const struct policy *policy, struct best *best, uint32_t rule, uint32_t rank)
{
	const struct policy_rule *a = &policy->rules[rule], *b = &policy->rules[best->rule];

	if (rank > best->rank ||
	    (rank == best->rank &&
	     (a->action > b->action || (a->action == b->action && b->quiet && !a->quiet))))
		*best = (struct best){rule, rank};
}

static bool is_whole(const struct policy_net_address *address)
{
	return address->port_low == 0 && address->port_high == UINT16_MAX &&
	       (address->kind == NET_ANY || address->prefix == 0);
}

/* One address of a rule. What speaks of all addresses goes to best[], of IPv4 and of IPv6; anything else
 * is more specific than that, whatever its protocol. */
static void reach_address(const struct policy *policy, const struct policy_net_rule *net_rule,
			  const struct policy_net_address *address, bool own, struct best best[2],
			  struct reach *reach)
{
	uint32_t rank = (address->protocol < 0 ? 1u : 2u) << 2 | (own ? 2u : 0u) |
			(policy->rules[net_rule->rule].n_by > 0);

	if (!is_whole(address)) {
		if (!denies(policy, net_rule->rule))
			reach->allowed = true;
		else if (reach->denier == POLICY_NO_RULE)
			reach->denier = net_rule->rule;
		return;
	}
	if (address->kind != NET_INET6)
		propose(policy, &best[0], net_rule->rule, rank);
	if (address->kind != NET_INET)
		propose(policy, &best[1], net_rule->rule, rank);
}

struct reach reach_protocol(const struct policy *policy, enum policy_net_op op, int protocol)
{
	uint32_t by_default = policy->default_rule[CLASS_NETWORK];
	struct best best[2] = {{by_default, 0}, {by_default, 0}};
	struct reach reach = {.denier = POLICY_NO_RULE};

	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *net_rule = &policy->net_rules[i];
		bool own = net_rule->op == op;

		/* A rule of bind speaks of listen, too. */
		if (!own && !(op == NET_LISTEN && net_rule->op == NET_BIND))
			continue;
		if (policy->rules[net_rule->rule].n_by && denies(policy, net_rule->rule))
			continue;
		for (uint32_t j = 0; j < net_rule->n_addresses; j++) {
			const struct policy_net_address *address = &net_rule->addresses[j];

			if (address->kind > NET_INET6 ||
			    (address->protocol >= 0 && address->protocol != protocol))
				continue;
			reach_address(policy, net_rule, address, own, best, &reach);
		}
	}
	reach.rule = best[0].rule;
	for (size_t i = 0; i < ARRAY_LEN(best); i++)
		if (denies(policy, best[i].rule))
			reach.denier = best[i].rule;
		else
			reach.allowed = true;
	return reach;
}

/* Names of one kind of unix sockets: `whole` matches each. */
static void reach_names(const struct policy *policy, enum policy_net_op op,
			enum policy_net_kind kind, const char *whole, struct reach *reach)
{
	struct best best = {policy->default_rule[CLASS_NETWORK], 0};

	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *net_rule = &policy->net_rules[i];
		bool denied = denies(policy, net_rule->rule);
		bool by = policy->rules[net_rule->rule].n_by > 0;

		if (net_rule->op != op || (by && denied))
			continue;
		for (uint32_t j = 0; j < net_rule->n_addresses; j++) {
			const struct policy_net_address *address = &net_rule->addresses[j];

			if (address->kind != kind)
				continue;
			if (strcmp(address->pattern, whole) == 0)
				propose(policy, &best, net_rule->rule, by ? 2 : 1);
			else if (!denied)
				reach->allowed = true;
		}
	}
	if (!denies(policy, best.rule))
		reach->allowed = true;
	else if (reach->rule == POLICY_NO_RULE)
		reach->rule = best.rule;
}

struct reach reach_unix(const struct policy *policy, enum policy_net_op op)
{
	struct reach reach = {.rule = POLICY_NO_RULE, .denier = POLICY_NO_RULE};

	reach_names(policy, op, NET_UNIX_PATH, "/**", &reach);
	reach_names(policy, op, NET_UNIX_ABSTRACT, "@**", &reach);
	return reach;
}

uint32_t closed_protocol(const struct policy *policy, int protocol)
{
	static const enum policy_net_op ops[] = {NET_BIND, NET_LISTEN, NET_CONNECT};
	struct reach reach = {.rule = POLICY_NO_RULE};

	if (policy->default_rule[CLASS_NETWORK] == POLICY_NO_RULE)
		return POLICY_NO_RULE;
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		reach = reach_protocol(policy, ops[i], protocol);
		if (reach.allowed)
			return POLICY_NO_RULE;
	}
	return reach.rule;
}

uint32_t closed_unix(const struct policy *policy)
{
	struct reach reach;

	if (policy->default_rule[CLASS_NETWORK] == POLICY_NO_RULE ||
	    reach_unix(policy, NET_BIND).allowed)
		return POLICY_NO_RULE;
	reach = reach_unix(policy, NET_CONNECT);
	return reach.allowed ? POLICY_NO_RULE : reach.rule;
}

bool policy_closed_protocol(const struct policy *policy, int protocol)
{
	return closed_protocol(policy, protocol) != POLICY_NO_RULE;
}

bool policy_closed_unix(const struct policy *policy)
{
	return closed_unix(policy) != POLICY_NO_RULE;
}

bool implies_family(const struct policy_net_address *address, uint32_t family)
{
	if (address->kind == NET_UNIX_PATH || address->kind == NET_UNIX_ABSTRACT)
		return family == AF_UNIX;
	return address->kind <= NET_INET6 && (family == AF_INET || family == AF_INET6);
}

/* One rule's word on sockets of a family and a type. */
static void propose_socket(const struct policy *policy, const struct policy_net_rule *net_rule,
			   uint32_t family, uint32_t type, struct best *best)
{
	const struct policy_rule *rule = &policy->rules[net_rule->rule];
	bool denied = denies(policy, net_rule->rule);

	for (uint32_t i = 0; i < net_rule->n_addresses; i++) {
		const struct policy_net_address *address = &net_rule->addresses[i];

		if (net_rule->op != NET_SOCKET) {
			/* Implied, where the default denies. */
			if (!denied && best->rank == 0 && implies_family(address, family) &&
			    denies(policy, best->rule))
				*best = (struct best){net_rule->rule, 1};
		} else if (address->family == family && (!address->type || address->type == type) &&
			   !(rule->n_by && denied)) {
			propose(policy, best, net_rule->rule,
				(address->type ? 4u : 2u) + (rule->n_by > 0));
		}
	}
}

uint32_t socket_rule(const struct policy *policy, uint32_t family, uint32_t type)
{
	struct best best = {policy->default_rule[CLASS_NETWORK], 0};

	for (uint32_t i = 0; i < policy->n_net_rules; i++)
		propose_socket(policy, &policy->net_rules[i], family, type, &best);
	return best.rule;
}

/* May sockets be made of families that the rules of addresses do not speak of? Those of netlink apart. */
static bool makes_others(const struct policy *policy, bool *ret_netlink)
{
	bool others = !denies(policy, policy->default_rule[CLASS_NETWORK]);

	*ret_netlink = others;
	for (uint32_t i = 0; i < policy->n_net_rules && !others; i++) {
		const struct policy_net_rule *net_rule = &policy->net_rules[i];

		if (net_rule->op != NET_SOCKET || denies(policy, net_rule->rule))
			continue;
		for (uint32_t j = 0; j < net_rule->n_addresses; j++) {
			uint32_t family = net_rule->addresses[j].family;

			if (family == AF_NETLINK)
				*ret_netlink = true;
			else if (family != AF_INET && family != AF_INET6 && family != AF_UNIX &&
				 family != AF_SMC)
				others = true;
		}
	}
	return others;
}

enum shut shut_call(const struct policy *policy, enum policy_net_op op)
{
	bool netlink;

	if (policy->default_rule[CLASS_NETWORK] == POLICY_NO_RULE ||
	    makes_others(policy, &netlink) ||
	    reach_unix(policy, op == NET_LISTEN ? NET_BIND : op).allowed)
		return SHUT_NOT;
	for (size_t i = 0; i < NAMED_PROTOCOLS; i++)
		if (reach_protocol(policy, op, named_protocols[i]).allowed)
			return SHUT_NOT;
	return netlink && op != NET_LISTEN ? SHUT_BUT_NETLINK : SHUT_WHOLE;
}

bool policy_shut_call(const struct policy *policy, enum policy_net_op op, enum policy_net_kind kind)
{
	enum shut shut = shut_call(policy, op);

	return shut == SHUT_WHOLE || (shut == SHUT_BUT_NETLINK && kind <= NET_INET6);
}

void closed_access(const struct policy *policy, uint32_t rules[ACCESS_KINDS])
{
	uint32_t by_default = policy->default_rule[CLASS_FILES];
	struct best best[ACCESS_KINDS];
	uint32_t open = 0;

	for (unsigned bit = 0; bit < ACCESS_KINDS; bit++) {
		best[bit] = (struct best){by_default, 0};
		rules[bit] = POLICY_NO_RULE;
	}
	if (by_default == POLICY_NO_RULE)
		return;
	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *path = &policy->path_rules[i];
		const struct policy_rule *rule = &policy->rules[path->rule];
		bool denied = denies(policy, path->rule);

		if (rule->class != CLASS_FILES || (rule->n_by && denied))
			continue;
		for (uint32_t j = 0; j < path->n_patterns; j++) {
			if (strcmp(path->patterns[j], "/**") != 0) {
				open |= denied ? 0u : path->access;
				continue;
			}
			for (unsigned bit = 0; bit < ACCESS_KINDS; bit++)
				if (path->access >> bit & 1)
					propose(policy, &best[bit], path->rule, rule->n_by ? 2 : 1);
		}
	}
	for (unsigned bit = 0; bit < ACCESS_KINDS; bit++)
		if (!(open >> bit & 1) && denies(policy, best[bit].rule))
			rules[bit] = best[bit].rule;
}

uint32_t policy_closed_access(const struct policy *policy)
{
	uint32_t rules[ACCESS_KINDS], closed = 0;

	closed_access(policy, rules);
	for (unsigned bit = 0; bit < ACCESS_KINDS; bit++)
		closed |= rules[bit] != POLICY_NO_RULE ? 1u << bit : 0;
	return closed;
}
