/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to an image in memory, answered as the kernel's side answers them. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "look.h"

#define NAMES_EMPTY(from) ((from) == BL_STATE_NAMES)

/* The state of a path; BL_STATE_NONE: the image is broken. -ENAMETOOLONG: a component is. */
static int walk(const struct ruleset *set, uint32_t from, const char *path, uint32_t *ret_state)
{
	const char *at = path, *end;
	uint32_t state = from;
	struct bl_name name;

	if (!NAMES_EMPTY(from) && *at == '/')
		at++;
	for (; at; at = *end ? end + 1 : NULL) {
		end = strchrnul(at, '/');
		if (end == at && !NAMES_EMPTY(from))
			continue;
		if (end - at > (ptrdiff_t)BL_NAME_MAX)
			return -ENAMETOOLONG;
		name.words[(end - at) / 8] = 0; /* what lies behind the name does not matter */
		memcpy(&name, at, (size_t)(end - at));
		state = bl_step(set, state, &name, (bl_u32)(end - at));
	}
	*ret_state = state;
	return 0;
}

/* Which of the asked places the answer's rule is of: the lowest that denies, else audits, else all. */
static uint32_t telling(uint64_t deny, uint64_t audit, uint64_t places)
{
	uint64_t of = deny ? deny : audit ? audit : places;

	return of ? (uint32_t)__builtin_ctzll(of) : BL_PLACES;
}

int ruleset_ask_path(const struct ruleset *set, uint32_t from, const char *path, enum bl_op op,
		     uint64_t places, struct ruleset_verdict *ret_verdict)
{
	const struct bl_header *h = bl_first(set);
	struct ruleset_verdict out = {.rule = BL_NO_RULE};
	const struct bl_pair *pair;
	uint32_t state, place;
	int error;

	if (!h || op >= BL_OPS || from < BL_STATE_ROOT || from > BL_STATE_CGROUPS)
		return -EINVAL;
	error = walk(set, from, path, &state);
	if (error < 0)
		return error;
	pair = bl_pair(set, h, state, op);
	if (!pair)
		return -EINVAL;
	out.deny = pair->deny & places;
	out.audit = pair->audit & places;
	place = telling(out.deny, out.audit, places);
	if (place < BL_PLACES && op != BL_OP_SCOPE)
		out.rule = bl_rule_of(set, bl_state(set, h, state)->decider, op, place);
	*ret_verdict = out;
	return 0;
}

static uint64_t number_at(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

int ruleset_ask_address(const struct ruleset *set, enum bl_op op, int family, const void *address,
			uint16_t port, int protocol, uint64_t places,
			struct ruleset_verdict *ret_verdict)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	struct bl_net net = {.op = op, .port = port};
	struct ruleset_verdict out = {.rule = BL_NO_RULE};
	const uint8_t *bytes = address;
	uint64_t high, low = 0;
	uint32_t bits = 32, place;

	if (!set->n_blocks || op < BL_OP_BIND || op > BL_OP_LISTEN ||
	    (family != AF_INET && family != AF_INET6))
		return -EINVAL;
	if (family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		bytes += 12;
		family = AF_INET;
	}
	high = number_at(bytes, family == AF_INET ? 4 : 8);
	if (family == AF_INET6) {
		low = number_at(bytes + 8, 8);
		bits = 128;
	}
	net.protocol = protocol >= 0 && protocol < (int)BL_PROTOCOL_OTHER ? (uint32_t)protocol
									  : BL_PROTOCOL_OTHER;
	net.places = places;
	bl_net_decide(set, &net, bits, high, low);
	if (net.broken)
		return -EINVAL;
	out.deny = net.deny;
	out.audit = net.audit;
	place = telling(out.deny, out.audit, places);
	if (place < BL_PLACES) {
		net.places = (uint64_t)1 << place;
		bl_net_decide(set, &net, bits, high, low);
		out.rule = bl_rule_of(set, net.decider, op, place);
	}
	*ret_verdict = out;
	return 0;
}

static int decision_of(const struct ruleset *set, const struct bl_header *h, enum bl_op op,
		       uint32_t a, uint32_t b, uint32_t *ret_number)
{
	switch (op) {
	case BL_OP_SOCKET:
		*ret_number = bl_family(set, h, a, b, h->socket);
		return 0;
	case BL_OP_CAPABILITY:
		if (a >= ARRAY_LEN(h->capability))
			return -EINVAL;
		*ret_number = h->capability[a];
		return 0;
	case BL_OP_SURFACE:
		if (a >= BL_SURFACES)
			return -EINVAL;
		*ret_number = h->surface[a];
		return 0;
	case BL_OP_WORD:
		if (a >= BL_WORDS)
			return -EINVAL;
		*ret_number = h->word[a];
		return 0;
	default:
		return -EINVAL;
	}
}

int ruleset_ask_number(const struct ruleset *set, enum bl_op op, uint32_t a, uint32_t b,
		       uint64_t places, struct ruleset_verdict *ret_verdict)
{
	const struct bl_header *h = bl_first(set);
	struct ruleset_verdict out = {.rule = BL_NO_RULE};
	const struct bl_decision *decision;
	uint32_t number, place;

	if (!h || set->n_blocks < sizeof(*h) / BL_BLOCK ||
	    decision_of(set, h, op, a, b, &number) < 0)
		return -EINVAL;
	decision = bl_decision(set, h, number);
	if (number && !decision)
		return -EINVAL;
	if (decision) {
		out.deny = decision->deny & places;
		out.audit = decision->audit & places;
		place = telling(out.deny, out.audit, places);
		if (place < BL_PLACES)
			out.rule = bl_rule_of(set, decision->decider, op, place);
	}
	*ret_verdict = out;
	return 0;
}

int ruleset_ask_scope(const struct ruleset *set, const char *executable, const char *cgroup,
		      uint32_t uid, uint64_t *ret_policies, uint64_t *ret_by)
{
	const struct bl_header *h = bl_first(set);
	struct ruleset_verdict verdict = {0};
	const struct bl_decision *decision;
	uint64_t policies, by = 0;
	int error;

	if (!h || set->n_blocks < sizeof(*h) / BL_BLOCK)
		return -EINVAL;
	policies = h->host;
	if (executable) {
		error = ruleset_ask_path(set, BL_STATE_ROOT, executable, BL_OP_SCOPE, UINT64_MAX,
					 &verdict);
		if (error < 0)
			return error;
		policies |= verdict.deny;
		by = verdict.audit;
	}
	if (cgroup) {
		error = ruleset_ask_path(set, BL_STATE_CGROUPS, cgroup, BL_OP_SCOPE, UINT64_MAX,
					 &verdict);
		if (error < 0)
			return error;
		policies |= verdict.deny;
	}
	decision = bl_decision(set, h, bl_find_1(set, h, BL_FROM_USER, uid));
	policies |= decision ? decision->decided : 0;
	*ret_policies = policies;
	*ret_by = by;
	return 0;
}

uint64_t ruleset_places(const struct ruleset *set, uint64_t policies, uint64_t by)
{
	const struct bl_header *h = bl_first(set);

	return h ? bl_places(set, h, policies, by) : 0;
}
