/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of `network` a filter can hold: which sockets are made, by family and type as `load` has it; of
 * protocols that may go nowhere, none; and calls that nobody may make.
 *
 * The kernel's view of socket(family, type, protocol) is what counts here: MPTCP and SMC speak TCP, a raw
 * socket speaks what its protocol says, and SOCK_PACKET of AF_INET is a socket of AF_PACKET.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "policy_internal.h"

#define TYPE_MASK	 0xfu /* of socket()'s type; the rest are flags */
#define TYPES		 16u
#define SMC_PROTOCOL	 256 /* IPPROTO_SMC, since 6.11 */
#define MPTCP_PROTOCOL	 262
#define NETLINK_BYTES	 12u /* of its addresses; those of IPv4 and IPv6 have 16 and more */
#define FAST_OPEN	 0x20000000u
#define ARRAY(type, ...) ((const type[]){__VA_ARGS__})

#define TCP    0u
#define OTHERS 5u

/* Those numbers that mean one of them with some type, and one for all the rest. */
static const uint16_t numbers[] = {0,
				   IPPROTO_TCP,
				   IPPROTO_UDP,
				   IPPROTO_DCCP,
				   IPPROTO_SCTP,
				   IPPROTO_UDPLITE,
				   SMC_PROTOCOL,
				   MPTCP_PROTOCOL};
#define NUMBERS (ARRAY_LEN(numbers) + 1)
#define REST	(NUMBERS - 1)

enum held {
	HELD_SOCKET = 1 << 0,
	HELD_BIND = 1 << 1,
	HELD_CONNECT = 1 << 2,
	HELD_LISTEN = 1 << 3,
	HELD_SEND = 1 << 4,
	HELD_PAIR = 1 << 5,
};

struct sockets {
	struct reader *r;
	unsigned held;			  /* enum held: calls that are refused in part or whole */
	uint32_t closed[NAMED_PROTOCOLS]; /* the rule; POLICY_NO_RULE: open somewhere */
	uint32_t denier
		[NAMED_PROTOCOLS]; /* a rule that denies some of it; POLICY_NO_RULE: wholly open */
	uint32_t disguised, raw;   /* implied rules; POLICY_NO_RULE: not needed */
	/* By type: in which families (bit 0: IPv4, 1: IPv6) it can be made, and who refuses which
	 * number. */
	unsigned families[TYPES];
	uint32_t cells[TYPES][NUMBERS];
};

static const uint32_t inet[] = {AF_INET, AF_INET6};

static bool is_denied(const struct sockets *s, uint32_t rule)
{
	return s->r->rules[rule].action >= ACTION_ERRNO;
}

static void lower_socket(struct sockets *s, const struct lower_cond *conds, size_t n, uint32_t rule,
			 enum policy_level level)
{
	if (s->r->oom || rule == POLICY_NO_RULE)
		return;
	lower_call(s->r, "socket", conds, n, rule, level);
	if (is_denied(s, rule))
		s->held |= HELD_SOCKET;
}

static uint32_t imply(struct sockets *s, const struct diag_pos *pos, uint8_t action, int error,
		      bool quiet, const char *text, const char *why)
{
	struct rule_options options = {
		.action = action, .error = (uint16_t)error, .quiet = quiet, .why = why};

	return add_rule(s->r, CLASS_NETWORK, LIST_IMPLIED, pos, text, &options);
}

/* A rule that only lets sockets be made, whatever it does elsewhere. */
static uint32_t allowing(struct sockets *s, uint32_t rule)
{
	const struct policy_rule *by = &s->r->rules[rule];

	return by->action == ACTION_ALLOW
		       ? rule
		       : imply(s, &by->pos, ACTION_ALLOW, 0, false, by->text, by->why);
}

/* --- Families and types, as rules have them ------------------------------------------------------- */

struct list {
	uint64_t *items;
	size_t n, size;
};

static void list_add(struct sockets *s, struct list *list, uint64_t value)
{
	if (grow_array(&list->items, &list->size, list->n + 1, sizeof(*list->items)) < 0)
		s->r->oom = true;
	else
		list->items[list->n++] = value;
}

static bool list_has(const struct list *list, uint64_t value)
{
	size_t low = 0, high = list->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->items[middle] < value)
			low = middle + 1;
		else
			high = middle;
	}
	return low < list->n && list->items[low] == value;
}

static void lower_families(struct sockets *s, struct list *families, uint32_t type, uint32_t rule,
			   enum policy_level level)
{
	const uint64_t value = type;
	struct lower_cond conds[] = {
		{"family", COND_IN, 0, families->items, 0},
		{"type", COND_IN, TYPE_MASK, &value, 1},
	};

	if (families->n == 0 || s->r->oom)
		return;
	conds[0].n_values = sort_unique(families->items, families->n);
	lower_socket(s, conds, type ? 2 : 1, rule, level);
}

/* The families that rules let bind, connect or listen, each once. */
static void add_implied_families(struct sockets *s)
{
	static const uint32_t families[] = {AF_UNIX, AF_INET, AF_INET6};
	const struct policy *policy = s->r->policy;
	struct list found = {0};
	bool done[ARRAY_LEN(families)] = {false};

	for (uint32_t i = 0; i < policy->n_net_rules && !s->r->oom; i++) {
		const struct policy_net_rule *net_rule = &s->r->net_rules[i];

		if (net_rule->op == NET_SOCKET || is_denied(s, net_rule->rule))
			continue;
		found.n = 0;
		for (uint32_t j = 0; j < net_rule->n_addresses; j++)
			for (size_t f = 0; f < ARRAY_LEN(families); f++)
				if (!done[f] &&
				    implies_family(&net_rule->addresses[j], families[f])) {
					done[f] = true;
					list_add(s, &found, families[f]);
				}
		if (found.n > 0)
			lower_families(s, &found, 0, allowing(s, net_rule->rule), LEVEL_GROUP);
	}
	free(found.items);
}

/* What some executable may make, whoever else may not: family << 8 | type. */
static void find_by(struct sockets *s, struct list *by)
{
	for (uint32_t i = 0; i < s->r->policy->n_net_rules; i++) {
		const struct policy_net_rule *net_rule = &s->r->net_rules[i];

		if (net_rule->op != NET_SOCKET || !s->r->rules[net_rule->rule].n_by ||
		    is_denied(s, net_rule->rule))
			continue;
		for (uint32_t j = 0; j < net_rule->n_addresses; j++)
			list_add(s, by,
				 (uint64_t)net_rule->addresses[j].family << 8 |
					 net_rule->addresses[j].type);
	}
	if (by->n > 0)
		by->n = sort_unique(by->items, by->n);
}

static void add_named(struct sockets *s, const struct policy_net_rule *net_rule,
		      const struct list *by)
{
	bool denied = is_denied(s, net_rule->rule);
	struct list families = {0};
	uint32_t rule = net_rule->rule;

	if (s->r->rules[rule].n_by && denied)
		return;
	if (s->r->rules[rule].n_by)
		rule = allowing(s, rule);
	for (uint32_t type = 0; type < TYPES && !s->r->oom; type++) {
		families.n = 0;
		for (uint32_t i = 0; i < net_rule->n_addresses; i++) {
			const struct policy_net_address *address = &net_rule->addresses[i];

			if (address->type == type &&
			    !(denied && list_has(by, (uint64_t)address->family << 8 | type)))
				list_add(s, &families, address->family);
		}
		lower_families(s, &families, type, rule, type ? LEVEL_ARGUMENTS : LEVEL_NAMED);
	}
	free(families.items);
}

/* socket(AF_INET, SOCK_PACKET) is one of AF_PACKET before anybody judges it. */
static void add_packet(struct sockets *s)
{
	const struct policy *policy = lend_tables(s->r);
	uint32_t rule = socket_rule(policy, AF_PACKET, SOCK_PACKET);
	struct lower_cond conds[] = {
		{"family", COND_IN, 0, ARRAY(uint64_t, AF_INET), 1},
		{"type", COND_IN, TYPE_MASK, ARRAY(uint64_t, SOCK_PACKET), 1},
	};

	if (rule != socket_rule(policy, AF_INET, SOCK_PACKET))
		lower_socket(s, conds, ARRAY_LEN(conds), rule, LEVEL_ARGUMENTS);
}

/* --- Protocols that may go nowhere ---------------------------------------------------------------- */

/* What a socket of IPv4 or IPv6 speaks; `number` is that of its protocol, REST any other. */
static size_t protocol_of(unsigned type, size_t number)
{
	int value = number == REST ? -1 : numbers[number];
	size_t protocol = 0;

	if (type == SOCK_SEQPACKET)
		value = IPPROTO_SCTP;
	else if (type == SOCK_DCCP)
		value = IPPROTO_DCCP;
	else if (type == SOCK_STREAM &&
		 (value == 0 || value == SMC_PROTOCOL || value == MPTCP_PROTOCOL))
		value = IPPROTO_TCP;
	else if (type == SOCK_DGRAM && value == 0)
		value = IPPROTO_UDP;
	else if (type != SOCK_RAW && value != IPPROTO_SCTP &&
		 !(type == SOCK_STREAM && value == IPPROTO_TCP) &&
		 !(type == SOCK_DGRAM && (value == IPPROTO_UDP || value == IPPROTO_UDPLITE)))
		value = -1;
	while (protocol < OTHERS && named_protocols[protocol] != value)
		protocol++;
	return protocol;
}

static void find_closed(struct sockets *s)
{
	static const enum policy_net_op ops[] = {NET_BIND, NET_CONNECT, NET_LISTEN};
	const struct policy *policy = lend_tables(s->r);

	for (size_t i = 0; i < NAMED_PROTOCOLS; i++) {
		s->denier[i] = POLICY_NO_RULE;
		s->closed[i] = closed_protocol(policy, named_protocols[i]);
		for (size_t j = 0; j < ARRAY_LEN(ops) && s->denier[i] == POLICY_NO_RULE; j++)
			s->denier[i] = reach_protocol(policy, ops[j], named_protocols[i]).denier;
	}
}

/* Who refuses a socket for the sake of addresses. Where a protocol is open here and there, Landlock looks
 * at the ports, but not at those of sockets which only come to speak it. */
static uint32_t cell_of(struct sockets *s, unsigned type, size_t number)
{
	size_t protocol = protocol_of(type, number);
	int value = number == REST ? -1 : numbers[number];
	uint32_t denier = s->denier[protocol];

	if (s->closed[protocol] != POLICY_NO_RULE || denier == POLICY_NO_RULE)
		return s->closed[protocol];
	if (type == SOCK_STREAM && (value == SMC_PROTOCOL || value == MPTCP_PROTOCOL)) {
		if (s->disguised == POLICY_NO_RULE)
			s->disguised =
				imply(s, &s->r->rules[denier].pos, ACTION_ERRNO, EPROTONOSUPPORT,
				      true, "network: TCP neither by MPTCP nor by SMC",
				      "MPTCP and SMC speak TCP, whose ports are restricted");
		return s->disguised;
	}
	if (type == SOCK_RAW && protocol != OTHERS) {
		if (s->raw == POLICY_NO_RULE)
			s->raw = imply(s, &s->r->rules[denier].pos, ACTION_ERRNO, EPERM, false,
				       "network: no raw sockets of protocols whose ports are "
				       "restricted",
				       "a raw socket speaks its protocol with any port");
		return s->raw;
	}
	return POLICY_NO_RULE;
}

static void fill_cells(struct sockets *s)
{
	for (unsigned type = 0; type < TYPES; type++) {
		s->families[type] = 0;
		for (size_t f = 0; f < ARRAY_LEN(inet); f++)
			if (!is_denied(s, socket_rule(lend_tables(s->r), inet[f], type)) &&
			    !(type == SOCK_PACKET && inet[f] == AF_INET))
				s->families[type] |= 1u << f;
		for (size_t number = 0; number < NUMBERS && !s->r->oom; number++)
			s->cells[type][number] =
				s->families[type] ? cell_of(s, type, number) : POLICY_NO_RULE;
	}
}

/* What one rule refuses of these types, as one match. */
static void lower_cells(struct sockets *s, unsigned types, const uint32_t cells[NUMBERS],
			unsigned families, uint32_t rule)
{
	uint64_t type_values[TYPES], number_values[NUMBERS], family_values[ARRAY_LEN(inet)];
	bool rest = cells[REST] == rule;
	struct lower_cond conds[] = {
		{"family", COND_IN, 0, family_values, 0},
		{"type", COND_IN, TYPE_MASK, type_values, 0},
		{"protocol", rest ? COND_NOT_IN : COND_IN, 0, number_values, 0},
	};

	for (size_t f = 0; f < ARRAY_LEN(inet); f++)
		if (families >> f & 1)
			family_values[conds[0].n_values++] = inet[f];
	for (unsigned type = 0; type < TYPES; type++)
		if (types >> type & 1)
			type_values[conds[1].n_values++] = type;
	for (size_t number = 0; number < REST; number++)
		if ((cells[number] == rule) != rest)
			number_values[conds[2].n_values++] = numbers[number];
	lower_socket(s, conds, conds[2].n_values ? 3 : 2, rule, LEVEL_ARGUMENTS);
}

/* Types of which the same is refused are one; so are numbers that the same rule refuses. */
static void add_closed(struct sockets *s)
{
	unsigned done = 0, types;

	for (unsigned type = 0; type < TYPES && !s->r->oom; type++) {
		const uint32_t *cells = s->cells[type];

		if (done >> type & 1)
			continue;
		types = 0;
		for (unsigned other = type; other < TYPES; other++)
			if (s->families[other] == s->families[type] &&
			    memcmp(s->cells[other], cells, sizeof(s->cells[other])) == 0)
				types |= 1u << other;
		done |= types;
		for (size_t number = 0; number < NUMBERS; number++) {
			bool first = cells[number] != POLICY_NO_RULE;

			for (size_t before = 0; before < number; before++)
				first &= cells[before] != cells[number];
			if (first)
				lower_cells(s, types, cells, s->families[type], cells[number]);
		}
	}
}

/* AF_SMC is TCP, whatever its protocol. */
static void add_smc(struct sockets *s)
{
	const struct lower_cond family = {"family", COND_IN, 0, ARRAY(uint64_t, AF_SMC), 1};
	uint32_t rule = cell_of(s, SOCK_STREAM, NUMBERS - 2);

	if (rule != POLICY_NO_RULE && !s->r->oom &&
	    !is_denied(s, socket_rule(lend_tables(s->r), AF_SMC, SOCK_STREAM)))
		lower_socket(s, &family, 1, rule, LEVEL_ARGUMENTS);
}

static void add_unix(struct sockets *s)
{
	const struct policy *policy = lend_tables(s->r);
	uint32_t rule = closed_unix(policy);
	uint64_t types[TYPES];
	struct lower_cond conds[] = {
		{"family", COND_IN, 0, ARRAY(uint64_t, AF_UNIX), 1},
		{"type", COND_IN, TYPE_MASK, types, 0},
	};

	for (unsigned type = 0; type < TYPES && rule != POLICY_NO_RULE; type++)
		if (!is_denied(s, socket_rule(policy, AF_UNIX, type)))
			types[conds[1].n_values++] = type;
	if (conds[1].n_values > 0)
		lower_socket(s, conds, conds[1].n_values < TYPES ? 2 : 1, rule, LEVEL_ARGUMENTS);
	if (rule == POLICY_NO_RULE || s->r->oom)
		return;
	/* A pair of datagram sockets (raw ones are that, too) is connected, and sends and connects to
	 * everybody all the same: the address lies in memory. Of the other types it can do neither. */
	types[0] = SOCK_DGRAM;
	types[1] = SOCK_RAW;
	conds[1].n_values = 2;
	lower_call(s->r, "socketpair", conds, 2, rule, LEVEL_ARGUMENTS);
	s->held |= HELD_PAIR;
}

/* --- Other calls ----------------------------------------------------------------------------------- */

static void shut_calls(struct sockets *s)
{
	static const struct {
		enum policy_net_op op;
		const char *call;
		unsigned held;
	} calls[] = {
		{NET_BIND, "bind", HELD_BIND},
		{NET_CONNECT, "connect", HELD_CONNECT},
		{NET_LISTEN, "listen", HELD_LISTEN},
	};
	const struct lower_cond length = {"addrlen", COND_NOT_IN, 0, ARRAY(uint64_t, NETLINK_BYTES),
					  1};

	for (size_t i = 0; i < ARRAY_LEN(calls) && !s->r->oom; i++) {
		const struct policy *policy = lend_tables(s->r);
		enum shut shut = shut_call(policy, calls[i].op);

		if (shut == SHUT_NOT)
			continue;
		lower_call(s->r, calls[i].call, &length, shut == SHUT_BUT_NETLINK,
			   reach_protocol(policy, calls[i].op, IPPROTO_TCP).rule,
			   shut == SHUT_BUT_NETLINK ? LEVEL_ARGUMENTS : LEVEL_NAMED);
		s->held |= calls[i].held;
	}
}

/* With this flag a call that sends also connects. */
static void shut_fast_open(struct sockets *s)
{
	static const char *const calls[] = {"sendto", "sendmsg", "sendmmsg"};
	const struct lower_cond flag = {"flags", COND_NOT_IN, FAST_OPEN, ARRAY(uint64_t, 0), 1};
	uint32_t denier = reach_protocol(lend_tables(s->r), NET_CONNECT, IPPROTO_TCP).denier, rule;

	if (denier == POLICY_NO_RULE || s->closed[TCP] != POLICY_NO_RULE)
		return;
	rule = imply(s, &s->r->rules[denier].pos, ACTION_ERRNO, EOPNOTSUPP, false,
		     "network: no MSG_FASTOPEN",
		     "MSG_FASTOPEN connects by a call that sends, and connecting is restricted");
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		lower_call(s->r, calls[i], &flag, 1, rule, LEVEL_ARGUMENTS);
	s->held |= HELD_SEND;
}

/* i386's first call for sockets has its arguments in memory: with ENOSYS, programs that know better use
 * the others. */
static void shut_socketcall(struct sockets *s)
{
	static const struct {
		unsigned held;
		uint8_t number;
	} calls[] = {
		{HELD_SOCKET, 1}, {HELD_BIND, 2},  {HELD_CONNECT, 3}, {HELD_LISTEN, 4},
		{HELD_PAIR, 8},	  {HELD_SEND, 11}, {HELD_SEND, 16},   {HELD_SEND, 20},
	};
	uint64_t values[ARRAY_LEN(calls)];
	struct lower_cond number = {"call", COND_IN, 0, values, 0};

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (s->held & calls[i].held)
			values[number.n_values++] = calls[i].number;
	lower_call(s->r, "socketcall", &number, 1,
		   imply(s, &s->r->class_pos[CLASS_NETWORK], ACTION_ERRNO, ENOSYS, true,
			 "network: not by socketcall, whose arguments lie in memory", NULL),
		   LEVEL_ARGUMENTS);
}

void finish_network(struct reader *r)
{
	struct sockets s = {.r = r, .disguised = POLICY_NO_RULE, .raw = POLICY_NO_RULE};
	uint32_t by_default = r->policy->default_rule[CLASS_NETWORK];
	struct list by = {0};

	if (r->oom || by_default == POLICY_NO_RULE)
		return;
	find_closed(&s);
	lower_socket(&s, NULL, 0, by_default, LEVEL_DEFAULT);
	if (is_denied(&s, by_default))
		add_implied_families(&s);
	find_by(&s, &by);
	for (uint32_t i = 0; i < r->policy->n_net_rules && !r->oom; i++)
		if (r->net_rules[i].op == NET_SOCKET)
			add_named(&s, &r->net_rules[i], &by);
	free(by.items);
	if (r->oom)
		return;
	add_packet(&s);
	fill_cells(&s);
	add_closed(&s);
	add_smc(&s);
	add_unix(&s);
	shut_calls(&s);
	shut_fast_open(&s);
	if (!s.held || r->oom)
		return;
	shut_socketcall(&s);
	shut_rings(r, CLASS_NETWORK, "network: no io_uring",
		   "io_uring makes and uses sockets without a call that a filter sees");
}
