/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sockets may be made. Where a policy denies by default, a family that one of its rules lets
 * bind, connect or listen may be made, unless a rule of `socket` says otherwise.
 */
#include <stdlib.h>
#include <sys/socket.h>

#include "compiler.h"

/* Ranks: the default, what another rule implies, a family, a family with its type; each but the
 * first two without `by` and with it. */
#define RANK_DEFAULT 0u
#define RANK_IMPLIED 1u
#define RANK_FAMILY  2u
#define RANK_TYPE    4u

struct socket_rule {
	uint32_t family, type; /* type 0: any */
	uint32_t claim, rank;
};
struct socket_rules {
	struct socket_rule *items;
	size_t n, size;
	struct choice defaults;
};

static void add_socket_rule(struct compiler *c, struct socket_rules *rules, uint32_t family,
			    uint32_t type, uint32_t claim, uint32_t rank)
{
	if (ROOM(c, rules->items, rules->n, rules->size))
		rules->items[rules->n++] = (struct socket_rule){family, type, claim, rank};
}

/* The families that an address is of: an IPv4 address is reached through IPv6's sockets, too. */
static unsigned families_of(const struct policy_net_address *address, uint32_t families[2])
{
	switch (address->kind) {
	case NET_ANY:
	case NET_INET:
	case NET_INET6:
		families[0] = AF_INET;
		families[1] = AF_INET6;
		return 2;
	case NET_UNIX_PATH:
	case NET_UNIX_ABSTRACT:
		families[0] = AF_UNIX;
		return 1;
	default:
		return 0;
	}
}

static void add_implied(struct compiler *c, struct socket_rules *rules, const struct loaded *loaded,
			const struct policy_net_rule *net_rule, uint64_t covered[AF_MAX])
{
	const struct policy_rule *rule = &loaded->policy->rules[net_rule->rule];
	struct claim claim;
	uint32_t families[2], index = 0;

	fill_claim(c, loaded, net_rule->rule, &claim);
	if (rule->action >= ACTION_ERRNO)
		return;
	claim.action = ACTION_ALLOW;
	for (uint32_t i = 0; i < net_rule->n_addresses && !c->oom; i++) {
		unsigned n = families_of(&net_rule->addresses[i], families);

		for (unsigned j = 0; j < n; j++) {
			if (!(claim.places & ~covered[families[j]]))
				continue;
			covered[families[j]] |= claim.places;
			if (!index)
				index = add_claim(c, &claim);
			add_socket_rule(c, rules, families[j], 0, index, RANK_IMPLIED);
		}
	}
}

static void add_named(struct compiler *c, struct socket_rules *rules, const struct loaded *loaded,
		      const struct policy_net_rule *net_rule)
{
	struct claim claim;
	uint32_t index;

	fill_claim(c, loaded, net_rule->rule, &claim);
	if (!claim.places)
		return;
	index = add_claim(c, &claim);
	for (uint32_t i = 0; i < net_rule->n_addresses && !c->oom; i++) {
		const struct policy_net_address *address = &net_rule->addresses[i];

		add_socket_rule(c, rules, address->family, address->type, index,
				(address->type ? RANK_TYPE : RANK_FAMILY) + claim.by);
	}
}

static void add_policy(struct compiler *c, struct socket_rules *rules, const struct loaded *loaded)
{
	const struct policy *policy = loaded->policy;
	uint32_t by_default = policy->default_rule[CLASS_NETWORK];
	uint64_t covered[AF_MAX] = {0};
	struct claim claim;

	if (by_default == POLICY_NO_RULE || c->oom)
		return;
	fill_claim(c, loaded, by_default, &claim);
	choose(c, &rules->defaults, add_claim(c, &claim), RANK_DEFAULT);
	for (uint32_t i = 0; i < policy->n_net_rules && !c->oom; i++) {
		if (policy->net_rules[i].op == NET_SOCKET)
			add_named(c, rules, loaded, &policy->net_rules[i]);
		else if (claim.action >= ACTION_ERRNO)
			add_implied(c, rules, loaded, &policy->net_rules[i], covered);
	}
}

static int compare_rules(const void *left, const void *right)
{
	const struct socket_rule *a = left, *b = right;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return a->claim < b->claim ? -1 : a->claim > b->claim;
}

/* The rules of one family, from `at` on. Returns where the next one's begin. */
static size_t add_family(struct compiler *c, const struct socket_rules *rules, size_t at)
{
	uint32_t family = rules->items[at].family;
	struct choice any = rules->defaults, choice;

	for (; at < rules->n && rules->items[at].family == family && !rules->items[at].type; at++)
		choose(c, &any, rules->items[at].claim, rules->items[at].rank);
	add_number_edge(c, BL_FROM_FAMILY, (uint64_t)family << 32, share_choice(c, &any));
	while (at < rules->n && rules->items[at].family == family && !c->oom) {
		uint32_t type = rules->items[at].type;

		for (choice = any; at < rules->n && rules->items[at].family == family &&
				   rules->items[at].type == type;
		     at++)
			choose(c, &choice, rules->items[at].claim, rules->items[at].rank);
		add_number_edge(c, BL_FROM_FAMILY, (uint64_t)family << 32 | type,
				share_choice(c, &choice));
	}
	return at;
}

void add_sockets(struct compiler *c)
{
	struct socket_rules rules = {.n = 0};

	for (unsigned i = 0; i < c->n_loaded; i++)
		add_policy(c, &rules, &c->loaded[i]);
	if (!c->oom)
		c->header.socket = share_choice(c, &rules.defaults);
	if (rules.n)
		qsort(rules.items, rules.n, sizeof(*rules.items), compare_rules);
	for (size_t at = 0; at < rules.n && !c->oom;)
		at = add_family(c, &rules, at);
	free(rules.items);
}
