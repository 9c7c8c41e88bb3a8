/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * verdict: what an image (abi.h) says. This one source is compiled into the LSM programs, into a
 * program that tests drive natively, and into userspace (explain, tests, fuzzers); it knows no hook.
 *
 * Before including it, define
 *   bl_image             what a block is looked up in (a type that is passed by value)
 *   bl_block(image, n)   const void * to the 64 bytes of block n, or NULL where there is none
 *   bl_loop(n, fn, ctx)  calls long fn(u32 i, void *ctx) for i < n, until it returns 1
 *
 * Every failure is one of: a NULL or a 0 state. Callers fall closed on it; a table that lies can
 * make an answer wrong, but nothing here reads outside a block or loops without end.
 */
#ifndef BPF_VERDICT_H
#define BPF_VERDICT_H

#include "bailiff/abi.h"

/* BL_GLOBAL: in the kernel, functions that the verifier checks once, by themselves. They take numbers
 * and structures of numbers, which may be NULL as far as the verifier knows. */
#ifdef __bpf__
#define BL_INLINE static __attribute__((always_inline)) inline
#define BL_LOCAL  static __attribute__((noinline))
#define BL_GLOBAL __attribute__((noinline))
#else
#define BL_INLINE static inline
#define BL_LOCAL  static __attribute__((unused))
#define BL_GLOBAL static __attribute__((unused))
#endif
#define BL_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* The header. (Callers in userspace have seen that the image holds one.) */
#ifndef bl_first
#define bl_first(image) ((const struct bl_header *)bl_block(image, 0))
#endif

/* --- SipHash-1-3, 128 bits out ---------------------------------------------------------------- */

struct bl_sip {
	bl_u64 v0, v1, v2, v3;
};
struct bl_key {
	bl_u64 hash;
	bl_u32 check;
};

#define BL_ROTATE(x, n) (((x) << (n)) | ((x) >> (64 - (n))))
#define BL_SIP_ROUND(s)                                                                            \
	do {                                                                                       \
		(s)->v0 += (s)->v1;                                                                \
		(s)->v1 = BL_ROTATE((s)->v1, 13) ^ (s)->v0;                                        \
		(s)->v0 = BL_ROTATE((s)->v0, 32);                                                  \
		(s)->v2 += (s)->v3;                                                                \
		(s)->v3 = BL_ROTATE((s)->v3, 16) ^ (s)->v2;                                        \
		(s)->v0 += (s)->v3;                                                                \
		(s)->v3 = BL_ROTATE((s)->v3, 21) ^ (s)->v0;                                        \
		(s)->v2 += (s)->v1;                                                                \
		(s)->v1 = BL_ROTATE((s)->v1, 17) ^ (s)->v2;                                        \
		(s)->v2 = BL_ROTATE((s)->v2, 32);                                                  \
	} while (0)

BL_INLINE void bl_sip_start(struct bl_sip *s, bl_u64 key0, bl_u64 key1)
{
	s->v0 = key0 ^ 0x736f6d6570736575ull;
	s->v1 = key1 ^ 0x646f72616e646f6dull ^ 0xee;
	s->v2 = key0 ^ 0x6c7967656e657261ull;
	s->v3 = key1 ^ 0x7465646279746573ull;
}

BL_INLINE void bl_sip_word(struct bl_sip *s, bl_u64 word)
{
	s->v3 ^= word;
	BL_SIP_ROUND(s);
	s->v0 ^= word;
}

BL_INLINE void bl_sip_end(struct bl_sip *s, struct bl_key *ret_key)
{
	s->v2 ^= 0xee;
	BL_SIP_ROUND(s);
	BL_SIP_ROUND(s);
	BL_SIP_ROUND(s);
	ret_key->hash = s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
	s->v1 ^= 0xdd;
	BL_SIP_ROUND(s);
	BL_SIP_ROUND(s);
	BL_SIP_ROUND(s);
	ret_key->check = (bl_u32)(s->v0 ^ s->v1 ^ s->v2 ^ s->v3);
}

/* The last word tells the length and where the look-up comes from, so that no two keys have the same
 * words. */
#define bl_sip_last(length, from) ((bl_u64)(length) << 32 | (from))

/* A component's bytes, and anything beyond them. */
struct bl_name {
	bl_u64 words[33];
};

/* The same number, of which the verifier does not know that it is the same: what it learns of one of
 * them in a loop must not keep the ways out of the loop apart. */
#ifdef __bpf__
#define bl_forgotten(number)                                                                       \
	({                                                                                         \
		bl_u32 copy_ = (number);                                                           \
		asm volatile("%0 ^= 0" : "+r"(copy_));                                             \
		copy_;                                                                             \
	})
#else
#define bl_forgotten(number) (number)
#endif

/* Of a component. (0: nothing came out.) */
BL_GLOBAL int bl_hash_name(bl_image image, bl_u32 from, const struct bl_name *name, bl_u32 length,
			   struct bl_key *ret_key)
{
	const struct bl_header *h = bl_first(image);
	struct bl_sip s;
	bl_u32 i, rest;

	if (!h || !name || !ret_key)
		return 0;
	bl_sip_start(&s, h->key[0], h->key[1]);
	rest = bl_forgotten(length);
	for (i = 0; i < 31 && i < length / 8; i++)
		bl_sip_word(&s, name->words[i]);
	if (rest & 7)
		bl_sip_word(&s, name->words[rest / 8 & 31] & ((1ull << (rest & 7) * 8) - 1));
	bl_sip_word(&s, bl_sip_last(rest, from));
	bl_sip_end(&s, ret_key);
	return 1;
}

/* Of one or three words. */
BL_INLINE void bl_hash_1(const struct bl_header *h, bl_u32 from, bl_u64 a, struct bl_key *ret_key)
{
	struct bl_sip s;

	bl_sip_start(&s, h->key[0], h->key[1]);
	bl_sip_word(&s, a);
	bl_sip_word(&s, bl_sip_last(8, from));
	bl_sip_end(&s, ret_key);
}

BL_INLINE void bl_hash_3(const struct bl_header *h, bl_u32 from, bl_u64 a, bl_u64 b, bl_u64 c,
			 struct bl_key *ret_key)
{
	struct bl_sip s;

	bl_sip_start(&s, h->key[0], h->key[1]);
	bl_sip_word(&s, a);
	bl_sip_word(&s, b);
	bl_sip_word(&s, c);
	bl_sip_word(&s, bl_sip_last(24, from));
	bl_sip_end(&s, ret_key);
}

/* --- The table of edges ----------------------------------------------------------------------- */

#define BL_SLOT_IS(e, k) ((e).hash == (k)->hash && (e).check == (k)->check)

/* The value of a key; 0: not there. */
BL_GLOBAL bl_u32 bl_find(bl_image image, const struct bl_key *key)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_edge *e;
	bl_u32 i;

	if (!h || !key)
		return 0;
	for (i = 0; i < BL_PROBES; i++) {
		e = bl_block(image, h->edges + (((bl_u32)key->hash + i) & h->edge_mask));
		if (!e)
			return 0;
		if (BL_SLOT_IS(e[0], key))
			return e[0].value;
		if (BL_SLOT_IS(e[1], key))
			return e[1].value;
		if (BL_SLOT_IS(e[2], key))
			return e[2].value;
		if (BL_SLOT_IS(e[3], key))
			return e[3].value;
		if (!e[3].value)
			return 0;
	}
	return 0;
}

BL_INLINE bl_u32 bl_find_1(bl_image image, const struct bl_header *h, bl_u32 from, bl_u64 a)
{
	struct bl_key key;

	bl_hash_1(h, from, a, &key);
	return bl_find(image, &key);
}

/* --- Components with wildcards ---------------------------------------------------------------- */

struct bl_glob_run {
	bl_image image;
	const bl_u64 *words;
	bl_u32 length, table; /* table: its first block */
	bl_u32 row, dead;
};

static long bl_glob_step(bl_u32 i, void *context)
{
	struct bl_glob_run *run = context;
	const bl_u16 *next;
	bl_u32 byte;

	if (i >= run->length || i >= BL_NAME_MAX)
		return 1;
	byte = ((const bl_u8 *)run->words)[i & 0xff];
	next = bl_block(run->image, run->table + run->row * BL_GLOB_BLOCKS + byte / 32);
	run->row = next ? next[byte % 32] : 0;
	if (run->row)
		return 0;
	run->dead = 1;
	return 1;
}

BL_LOCAL bl_u32 bl_glob(bl_image image, bl_u32 table, const bl_u64 *words, bl_u32 length)
{
	struct bl_glob_run run = {.image = image, .words = words, .length = length, .table = table};
	const bl_u32 *accepts;

	bl_loop(BL_NAME_MAX, bl_glob_step, &run);
	if (run.dead)
		return 0;
	accepts = bl_block(image, table + run.row * BL_GLOB_BLOCKS + BL_GLOB_BLOCKS - 1);
	return accepts ? accepts[0] : 0;
}

/* The state that a target list gives for a component; 0: none. */
BL_INLINE bl_u32 bl_target_of(bl_image image, bl_u32 list, const bl_u64 *words, bl_u32 length)
{
	const struct bl_header *h = bl_first(image);
	const bl_target *target;
	bl_u32 n, accepted;

	if (!h)
		return 0;
	list += h->targets;
	target = bl_block(image, list);
	if (!target)
		return 0;
	n = target[1];
	accepted = bl_glob(image, h->globs + target[0], words, length);
	if (!accepted || accepted > n)
		return 0;
	target = bl_block(image, list + (accepted + 1) / 16);
	return target ? target[(accepted + 1) % 16] : 0;
}

/* --- The automaton ---------------------------------------------------------------------------- */

BL_INLINE const struct bl_state *bl_state(bl_image image, const struct bl_header *h, bl_u32 state)
{
	const struct bl_state *s = bl_block(image, h->states + state / 4);

	return s ? s + state % 4 : 0;
}

/* The state after a component of at most 255 bytes. BL_STATE_NONE: the image is broken. */
BL_GLOBAL bl_u32 bl_step(bl_image image, bl_u32 state, const struct bl_name *name, bl_u32 length)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_state *s = h ? bl_state(image, h, state) : 0;
	struct bl_key key = {};
	bl_u32 next, other, globs;

	if (!name || !s || state == BL_STATE_NONE)
		return BL_STATE_NONE;
	if (s->globs & BL_SINK)
		return state;
	other = s->other;
	globs = s->globs;
	bl_hash_name(image, state, name, length, &key);
	next = bl_find(image, &key);
	if (!next && globs)
		next = bl_target_of(image, globs, name->words, length);
	return next ? next : other;
}

/* What a state says of an operation (< BL_OPS). NULL: the image is broken. */
BL_INLINE const struct bl_pair *bl_pair(bl_image image, const struct bl_header *h, bl_u32 state,
					bl_u32 op)
{
	const struct bl_state *s = bl_state(image, h, state);
	const struct bl_pair *pair;

	if (!s || state == BL_STATE_NONE)
		return 0;
	pair = bl_block(image, h->effects + s->effect * 4 + (op & 15) / 4);
	return pair ? pair + op % 4 : 0;
}

/* --- Who decided ------------------------------------------------------------------------------ */

struct bl_search {
	bl_image image;
	bl_u32 deciders, at; /* section; the node to look at */
	bl_u32 op, place, rule;
};

static long bl_search_step(bl_u32 i, void *context)
{
	struct bl_search *search = context;
	const struct bl_decider *d = bl_block(search->image, search->deciders + search->at / 4);

	(void)i;
	if (!d || !search->at)
		return 1;
	d += search->at % 4;
	if (d->place == search->place && d->ops >> (search->op & 31) & 1) {
		search->rule = d->rule;
		return 1;
	}
	search->at = d->next;
	return 0;
}

/* The rule that decided on an operation for a place; BL_NO_RULE: none is known. */
BL_GLOBAL bl_u32 bl_rule_of(bl_image image, bl_u32 decider, bl_u32 op, bl_u32 place)
{
	const struct bl_header *h = bl_first(image);
	struct bl_search search = {
		.image = image, .at = decider, .op = op, .place = place, .rule = BL_NO_RULE};

	if (!h)
		return BL_NO_RULE;
	search.deciders = h->deciders;
	bl_loop(1u << 16, bl_search_step, &search);
	return search.rule;
}

/* --- Addresses, families ---------------------------------------------------------------------- */

BL_INLINE const struct bl_decision *bl_decision(bl_image image, const struct bl_header *h,
						bl_u32 number)
{
	const struct bl_decision *d = bl_block(image, h->decisions + number / 2);

	return d && number ? d + number % 2 : 0;
}

struct bl_prefix {
	bl_image image;
	const struct bl_header *h;
	bl_u64 high, low;  /* the address as numbers; IPv4: in the low half of `high` */
	bl_u64 lengths[2]; /* of prefixes that are there and not tried yet; 128 beside them */
	bl_u32 bits;	   /* 32 or 128 */
	bl_u32 node;
};

/* The highest bit of a word that is not 0; without a branch, each of which the verifier would walk
 * twice. */
BL_INLINE bl_u32 bl_highest(bl_u64 word)
{
	bl_u32 n = 0, half, step;

	for (half = 32; half; half /= 2) {
		/* carries into bit 32 where the upper half is not 0 */
		step = (bl_u32)(((word >> half) + 0xffffffffu) >> 32) * half;
		word >>= step;
		n += step;
	}
	return n;
}

/* Tries the longest prefix that could be there. */
static long bl_prefix_step(bl_u32 i, void *context)
{
	struct bl_prefix *p = context;
	struct bl_key key;
	bl_u64 high, low;
	bl_u32 n;

	if (p->bits == 128 && i == 0) {
		n = 128;
	} else if (p->lengths[1]) {
		n = bl_highest(p->lengths[1]);
		p->lengths[1] ^= 1ull << (n & 63);
		n += 64;
	} else if (p->lengths[0]) {
		n = bl_highest(p->lengths[0]);
		p->lengths[0] ^= 1ull << (n & 63);
	} else {
		return 1;
	}
	if (n > p->bits)
		return 0;
	if (!n) {
		p->node = p->bits == 32 ? BL_NODE_ANY4 : BL_NODE_ANY6;
		return 1;
	}
	if (p->bits == 32) {
		high = p->high >> (32 - n) << (32 - n);
		bl_hash_1(p->h, BL_FROM_NET4, (bl_u64)n << 32 | high, &key);
	} else {
		high = n >= 64 ? p->high : p->high >> (64 - n) << (64 - n);
		low = n <= 64 ? 0 : n >= 128 ? p->low : p->low >> (128 - n) << (128 - n);
		bl_hash_3(p->h, BL_FROM_NET6, high, low, n, &key);
	}
	p->node = bl_find(p->image, &key);
	return p->node ? 1 : 0;
}

struct bl_ports {
	bl_image image;
	bl_u32 list; /* block */
	bl_u32 low, high;
	bl_u32 port;
};

BL_INLINE bl_u64 bl_port_entry(bl_image image, bl_u32 list, bl_u32 i)
{
	const bl_u64 *e = bl_block(image, list + i / 8);

	return e ? e[i % 8] : 0;
}

static long bl_ports_step(bl_u32 i, void *context)
{
	struct bl_ports *p = context;
	bl_u32 middle;

	(void)i;
	if (p->low >= p->high)
		return 1;
	middle = p->low + (p->high - p->low + 1) / 2;
	if ((bl_u32)(bl_port_entry(p->image, p->list, middle) >> 32) <= p->port)
		p->low = middle;
	else
		p->high = middle - 1;
	return 0;
}

/* The decision of a list on a port; 0: none. */
BL_LOCAL bl_u32 bl_port(bl_image image, bl_u32 list, bl_u32 port)
{
	struct bl_ports p = {.image = image, .list = list, .low = 1, .port = port};
	const bl_u64 *e = bl_block(image, list);

	p.high = e ? (bl_u32)e[0] : 0;
	if (!p.high || p.high > 65536)
		return 0;
	if (p.high == 1) /* all ports */
		return (bl_u32)e[1];
	bl_loop(17, bl_ports_step, &p);
	return (bl_u32)bl_port_entry(image, list, p.low);
}

/* A question about an address, and its answer. */
struct bl_net {
	bl_u64 places; /* asked for */
	bl_u64 deny, audit;
	bl_u32 node, op; /* op: enum bl_op, BL_OP_BIND to BL_OP_LISTEN */
	bl_u32 protocol, port;
	bl_u32 decider; /* of the last decision that spoke */
	bl_u32 broken;
};

struct bl_net_walk {
	bl_image image;
	const struct bl_header *h;
	struct bl_net *net;
};

/* The list of a node for a protocol; 0: none. Those of "any address" are in the header for the two that
 * nearly all connections speak. */
BL_INLINE bl_u32 bl_list_of(const struct bl_net_walk *walk, const struct bl_net *net)
{
	bl_u64 key = (bl_u64)net->node << 32 | (bl_u64)net->op << 16;
	bl_u32 udp = net->protocol == BL_PROTOCOL_UDP, list;

	if (net->node <= BL_NODE_ANY6 && (udp || net->protocol == BL_PROTOCOL_TCP))
		return walk->h->any[(net->node - BL_NODE_ANY4) & 1][BL_ANY(net->op, udp) & 15];
	list = bl_find_1(walk->image, walk->h, BL_FROM_PORTS, key | net->protocol);
	return list ? list
		    : bl_find_1(walk->image, walk->h, BL_FROM_PORTS, key | BL_PROTOCOL_OTHER);
}

/* One prefix, then the next shorter one, while places are undecided. */
static long bl_net_step(bl_u32 i, void *context)
{
	struct bl_net_walk *walk = context;
	struct bl_net *net = walk->net;
	const struct bl_decision *d = 0;
	bl_u32 list = bl_list_of(walk, net), number;

	(void)i;
	number = list ? bl_port(walk->image, list, net->port) : 0;
	if (number)
		d = bl_decision(walk->image, walk->h, number);
	if (d) {
		net->deny |= d->deny & net->places;
		net->audit |= d->audit & net->places;
		if (d->decided & net->places)
			net->decider = d->decider;
		net->places &= ~d->decided;
	}
	if (!net->places)
		return 1;
	if (net->node <= BL_NODE_ANY6) { /* the last one must have decided */
		net->broken = 1;
		return 1;
	}
	net->node = bl_find_1(walk->image, walk->h, BL_FROM_PARENT, net->node);
	if (net->node)
		return 0;
	net->broken = 1;
	return 1;
}

/*
 * Fills deny, audit, decider of a question whose places, op, protocol and port are set. IPv4: bits
 * 32, the address as a number in `high`; IPv6: 128. `broken`: fall closed. To learn the decider of
 * one place, ask for that place alone.
 */
BL_GLOBAL int bl_net_decide(bl_image image, struct bl_net *net, bl_u32 bits, bl_u64 high,
			    bl_u64 low)
{
	struct bl_prefix p = {.image = image, .high = high, .low = low, .bits = bits};
	struct bl_net_walk walk = {.image = image, .net = net};

	if (!net)
		return 0;
	p.h = walk.h = bl_first(image);
	net->deny = net->audit = 0;
	net->decider = 0;
	net->broken = 1;
	if (!p.h)
		return 0;
	p.lengths[0] = bits == 32 ? p.h->lengths4 : p.h->lengths6[0];
	p.lengths[1] = bits == 32 ? 0 : p.h->lengths6[1];
	bl_loop(129, bl_prefix_step, &p);
	net->node = p.node;
	if (!p.node)
		return 0;
	net->broken = 0;
	bl_loop(130, bl_net_step, &walk);
	return 0;
}

/* The decision on a socket of this family and type; 0: none. `otherwise` is the header's. */
BL_INLINE bl_u32 bl_family(bl_image image, const struct bl_header *h, bl_u32 family, bl_u32 type,
			   bl_u32 otherwise)
{
	bl_u32 number = bl_find_1(image, h, BL_FROM_FAMILY, (bl_u64)family << 32 | type);

	if (!number)
		number = bl_find_1(image, h, BL_FROM_FAMILY, (bl_u64)family << 32);
	return number ? number : otherwise;
}

/* --- Places of a task ------------------------------------------------------------------------- */

struct bl_placing {
	bl_image image;
	bl_u32 places; /* section */
	bl_u64 member, by, result;
};

static long bl_placing_step(bl_u32 i, void *context)
{
	struct bl_placing *p = context;
	const struct bl_place *place = bl_block(p->image, p->places + i / 2);

	if (!place)
		return 1;
	place += i % 2;
	if (place->policy < BL_PLACES && p->member >> (place->policy & 63) & 1 &&
	    (p->by & place->mask) == place->want)
		p->result |= 1ull << (i & 63);
	return 0;
}

/* The places of a task in these policies whose executable is in these `by` sets. */
BL_LOCAL bl_u64 bl_places(bl_image image, const struct bl_header *h, bl_u64 member, bl_u64 by)
{
	struct bl_placing p = {.image = image, .places = h->places, .member = member, .by = by};

	if (member)
		bl_loop(BL_PLACES, bl_placing_step, &p);
	return p.result;
}

#endif
