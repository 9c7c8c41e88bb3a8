/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses: a node for each prefix that a rule names. What a node says of an operation and a
 * protocol is a list of ports (ports.c); where it leaves a place undecided, the next shorter prefix
 * that has a node is asked.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

struct prefix {
	uint8_t address[16];
	uint32_t items; /* first of its items */
	uint8_t bits;	/* of 32 or 128 */
	bool v6;
};

struct network {
	struct compiler *c;
	struct prefix *nodes;
	struct item *items;
	size_t n_nodes, n_items, nodes_size, items_size;
	struct index node_index;
	struct ports ports;
};

static uint32_t add_node(struct network *n, bool v6, const uint8_t *address, uint8_t bits)
{
	uint64_t hash = mix(hash_bytes(bits, address, 16), v6);
	struct compiler *c = n->c;
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&n->node_index, hash, &at)))
		if (n->nodes[i].v6 == v6 && n->nodes[i].bits == bits &&
		    memcmp(n->nodes[i].address, address, 16) == 0)
			return i;
	if (!ROOM(c, n->nodes, n->n_nodes, n->nodes_size))
		return 0;
	i = (uint32_t)n->n_nodes++;
	n->nodes[i] = (struct prefix){.bits = bits, .v6 = v6};
	memcpy(n->nodes[i].address, address, 16);
	if (index_add(&n->node_index, hash, i) < 0)
		c->oom = true;
	return i;
}

static void add_item(struct network *n, uint32_t node, struct item item)
{
	if (!node || !ROOM(n->c, n->items, n->n_items, n->items_size))
		return;
	item.next = n->nodes[node].items;
	n->items[n->n_items] = item;
	n->nodes[node].items = (uint32_t)n->n_items++;
}

/* IPv4 in IPv6's clothes is IPv4. */
static bool is_mapped(const uint8_t *address, unsigned bits)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return bits >= 96 && memcmp(address, mapped, sizeof(mapped)) == 0;
}

static void add_address(struct network *n, const struct policy_net_address *address,
			struct item item)
{
	uint8_t bytes[16] = {0}, bits = address->prefix;
	bool v6 = address->kind == NET_INET6;

	memcpy(bytes, address->address, v6 ? 16 : 4);
	if (v6 && is_mapped(bytes, bits)) {
		memcpy(bytes, address->address + 12, 4);
		memset(bytes + 4, 0, 12);
		bits -= 96;
		v6 = false;
	}
	if (address->kind == NET_ANY) {
		add_item(n, BL_NODE_ANY4, item);
		add_item(n, BL_NODE_ANY6, item);
	} else if (address->kind == NET_INET || address->kind == NET_INET6) {
		add_item(n, add_node(n, v6, bytes, bits), item);
	}
}

static void add_net_rule(struct network *n, const struct loaded *loaded,
			 const struct policy_net_rule *net_rule)
{
	struct claim claim;
	uint32_t index = 0;

	fill_claim(n->c, loaded, net_rule->rule, &claim);
	for (uint32_t i = 0; i < net_rule->n_addresses && claim.places && !n->c->oom; i++) {
		const struct policy_net_address *address = &net_rule->addresses[i];

		if (!index)
			index = add_claim(n->c, &claim);
		add_address(n, address,
			    (struct item){.claim = index,
					  .low = address->port_low,
					  .high = address->port_high,
					  .protocol = address->protocol,
					  .op = net_rule->op});
	}
}

static void add_policy(struct network *n, const struct loaded *loaded)
{
	const struct policy *policy = loaded->policy;
	uint32_t by_default = policy->default_rule[CLASS_NETWORK];
	struct item item = {.high = UINT16_MAX, .protocol = -1};
	struct claim claim;

	if (by_default == POLICY_NO_RULE)
		return;
	fill_claim(n->c, loaded, by_default, &claim);
	item.claim = add_claim(n->c, &claim);
	add_item(n, BL_NODE_ANY4, item);
	add_item(n, BL_NODE_ANY6, item);
	for (uint32_t i = 0; i < policy->n_net_rules && !n->c->oom; i++)
		if (policy->net_rules[i].op != NET_SOCKET)
			add_net_rule(n, loaded, &policy->net_rules[i]);
}

/* --- What a node says --------------------------------------------------------------------------- */

/* Does an item speak of an operation? A rule of bind speaks of listen, too. */
static bool speaks(const struct item *item, unsigned op)
{
	return !item->op || item->op == op || (op == NET_LISTEN && item->op == NET_BIND);
}

/* One list: of a protocol, or (-1) of all that have none of their own. Its block; 0: none. */
static uint32_t add_list(struct network *n, uint32_t node, unsigned op, int32_t protocol)
{
	static const uint8_t ops[] = {[NET_BIND] = BL_OP_BIND,
				      [NET_CONNECT] = BL_OP_CONNECT,
				      [NET_LISTEN] = BL_OP_LISTEN};
	struct compiler *c = n->c;
	struct ports *ports = &n->ports;
	uint64_t key = (uint64_t)node << 32 | (uint64_t)ops[op] << 16;
	uint32_t list;

	*ports = (struct ports){.c = c,
				.items = n->items,
				.op = (uint8_t)op,
				.all = node <= BL_NODE_ANY6,
				.chosen = ports->chosen,
				.chosen_size = ports->chosen_size,
				.first = ports->first,
				.first_size = ports->first_size,
				.cells = ports->cells,
				.cells_size = ports->cells_size,
				.list_index = ports->list_index};
	for (uint32_t i = n->nodes[node].items; i && !c->oom; i = n->items[i].next) {
		if (!speaks(&n->items[i], op) ||
		    (n->items[i].protocol >= 0 && n->items[i].protocol != protocol))
			continue;
		if (ROOM(c, ports->chosen, ports->n_chosen, ports->chosen_size))
			ports->chosen[ports->n_chosen++] = (struct ranked){.item = i};
	}
	list = ports_list(ports);
	if (list)
		add_number_edge(c, BL_FROM_PORTS,
				key | (protocol < 0 ? BL_PROTOCOL_OTHER : (uint64_t)protocol),
				list);
	return list;
}

/* Of "any address", what the header tells: the list of a protocol (-1: of all that have none). */
static void add_any(struct network *n, uint32_t node, unsigned op, int32_t protocol, uint32_t list)
{
	uint32_t *any =
		n->c->header.any[node - BL_NODE_ANY4] + BL_ANY(op == NET_BIND	   ? BL_OP_BIND
							       : op == NET_CONNECT ? BL_OP_CONNECT
										   : BL_OP_LISTEN,
							       0);

	for (unsigned udp = 0; udp < 2; udp++)
		if (protocol == (udp ? IPPROTO_UDP : IPPROTO_TCP) || (protocol < 0 && !any[udp]))
			any[udp] = list;
}

#define MAX_PROTOCOLS 16 /* more than there are with names */

static void add_lists(struct network *n, uint32_t node)
{
	int32_t protocols[MAX_PROTOCOLS + 1];
	size_t n_protocols, j;
	uint32_t list;

	for (unsigned op = NET_BIND; op <= NET_LISTEN; op++) {
		n_protocols = 0;
		for (uint32_t i = n->nodes[node].items; i; i = n->items[i].next) {
			if (n->items[i].protocol < 0 || !speaks(&n->items[i], op))
				continue;
			for (j = 0; j < n_protocols; j++)
				if (protocols[j] == n->items[i].protocol)
					break;
			if (j == n_protocols && n_protocols < MAX_PROTOCOLS)
				protocols[n_protocols++] = n->items[i].protocol;
		}
		/* The one of all others comes last. */
		for (protocols[n_protocols] = -1, j = 0; j <= n_protocols && !n->c->oom; j++) {
			list = add_list(n, node, op, protocols[j]);
			if (node <= BL_NODE_ANY6)
				add_any(n, node, op, protocols[j], list);
		}
	}
}

/* --- Prefixes ----------------------------------------------------------------------------------- */

static uint64_t number_at(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

static void add_prefix(struct network *n, uint32_t node)
{
	const struct prefix *p = &n->nodes[node];
	struct bl_header *h = &n->c->header;
	struct bl_key key;

	if (p->v6) {
		bl_hash_3(h, BL_FROM_NET6, number_at(p->address, 8), number_at(p->address + 8, 8),
			  p->bits, &key);
		if (p->bits < 128)
			h->lengths6[p->bits / 64] |= (uint64_t)1 << p->bits % 64;
	} else {
		bl_hash_1(h, BL_FROM_NET4, (uint64_t)p->bits << 32 | number_at(p->address, 4),
			  &key);
		h->lengths4 |= (uint64_t)1 << p->bits;
	}
	add_edge(n->c, &key, node);
}

static int compare_nodes(const void *left, const void *right, void *context)
{
	const struct network *n = context;
	const struct prefix *a = &n->nodes[*(const uint32_t *)left];
	const struct prefix *b = &n->nodes[*(const uint32_t *)right];
	int order = memcmp(a->address, b->address, 16);

	if (a->v6 != b->v6)
		return a->v6 ? 1 : -1;
	return order ? order : (int)a->bits - (int)b->bits;
}

static bool contains(const struct prefix *outer, const struct prefix *inner)
{
	unsigned whole = outer->bits / 8, rest = outer->bits % 8;

	if (outer->v6 != inner->v6 || outer->bits > inner->bits ||
	    memcmp(outer->address, inner->address, whole) != 0)
		return false;
	return !rest || !((outer->address[whole] ^ inner->address[whole]) >> (8 - rest));
}

/* In order of addresses, a prefix comes behind those that contain it. */
static void add_parents(struct network *n)
{
	CLEANUP(free_ptr) uint32_t *order = calloc(n->n_nodes, sizeof(*order));
	uint32_t stack[130];
	size_t depth = 0;

	if (!order) {
		n->c->oom = true;
		return;
	}
	for (uint32_t i = 1; i < n->n_nodes; i++)
		order[i - 1] = i;
	qsort_r(order, n->n_nodes - 1, sizeof(*order), compare_nodes, n);
	for (size_t i = 0; i + 1 < n->n_nodes && !n->c->oom; i++) {
		while (depth && !contains(&n->nodes[stack[depth - 1]], &n->nodes[order[i]]))
			depth--;
		if (depth)
			add_number_edge(n->c, BL_FROM_PARENT, order[i], stack[depth - 1]);
		stack[depth++] = order[i];
	}
}

void add_addresses(struct compiler *c)
{
	static const uint8_t any[16];
	struct network n = {.c = c};

	if (ROOM(c, n.nodes, 0, n.nodes_size) && ROOM(c, n.items, 0, n.items_size)) {
		n.n_nodes = n.n_items = 1;
		add_node(&n, false, any, 0);
		add_node(&n, true, any, 0);
	}
	for (unsigned i = 0; i < c->n_loaded && !c->oom; i++)
		add_policy(&n, &c->loaded[i]);
	for (uint32_t i = 1; i < n.n_nodes && !c->oom; i++) {
		add_prefix(&n, i);
		add_lists(&n, i);
	}
	if (!c->oom)
		add_parents(&n);
	free(n.nodes);
	free(n.items);
	index_clear(&n.node_index);
	ports_clear(&n.ports);
}
