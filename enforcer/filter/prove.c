/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof that a filter says what its policy says.
 *
 * Numbers: while A holds the number (or the architecture) a filter may only compare it with
 * constants; the proof refuses code that does otherwise. So between two neighbouring constants, of
 * the code or of the policy's tables, nothing can change, and trying each of them and its
 * neighbours tries every number there is.
 *
 * Arguments: a call without conditions must come to its end without reading one: then it holds for
 * all. A call with conditions is tried at the boundaries of each: every value, its neighbours, each
 * of its 64 bits flipped, junk outside the mask (which is what zero-, sign- and dirty extension
 * are), alone and combined; and at the constants that the code compares an argument with on this
 * call's way, of which the policy may know nothing.
 */
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "filter_internal.h"

#define MAX_COMBINATIONS 4096u
#define MAX_REPORTED	 8
#define MAX_PAIRED	 16
#define MAX_HALVES	 64

struct values {
	uint64_t *items;
	size_t count, capacity;
};

struct prover {
	const struct sock_filter *code;
	size_t length;
	const struct policy *policy;
	const struct filter_mode *mode;
	struct diag *diag;
	struct filter_proof proof;
	uint64_t random;
	size_t wrong;
	int error;
	/* The call at hand */
	enum arch arch;
	bool foreign;
	uint32_t audit, nr;
};

static uint64_t next_random(struct prover *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random;
}

static void add_value(struct prover *p, struct values *list, uint64_t value)
{
	int r = grow_array(&list->items, &list->capacity, list->count + 1, sizeof(*list->items));

	if (r < 0)
		p->error = r;
	else
		list->items[list->count++] = value;
}

static struct policy_decision decide(const struct prover *p, const uint64_t args[CALL_ARGS])
{
	return p->foreign ? policy_decide_foreign(p->policy)
			  : policy_decide(p->policy, p->arch, p->nr, args);
}

static void differ(struct prover *p, const uint64_t args[CALL_ARGS], uint32_t is, const char *what,
		   const struct policy_decision *decision)
{
	const struct name_call *call = p->foreign ? NULL : names_call_by_nr(p->arch, p->nr);
	const struct diag_pos *pos =
		decision->rule == POLICY_NO_RULE ? NULL : &p->policy->rules[decision->rule].pos;

	if (++p->wrong > MAX_REPORTED)
		return;
	diag_error(
		p->diag, pos,
		"the filter is not what the policy says: %s (number %#x, architecture %#x) with "
		"arguments %#llx, %#llx, %#llx, %#llx, %#llx, %#llx: %s; the filter returns %#x, "
		"the policy wants %#x; this is a fault in bailiff, please report it",
		call ? call->name : "unknown call", p->nr, p->audit, (unsigned long long)args[0],
		(unsigned long long)args[1], (unsigned long long)args[2],
		(unsigned long long)args[3], (unsigned long long)args[4],
		(unsigned long long)args[5], what, is, filter_return(p->mode, decision));
}

static void try(struct prover *p, const uint64_t args[CALL_ARGS])
{
	struct seccomp_data data = {.nr = (int)p->nr, .arch = p->audit};
	struct policy_decision decision = decide(p, args);
	unsigned steps = 0;
	uint32_t is;

	memcpy(data.args, args, sizeof(data.args));
	is = filter_run(p->code, p->length, &data, &steps);
	p->proof.cases++;
	if (steps > p->proof.longest)
		p->proof.longest = steps;
	if (is != filter_return(p->mode, &decision))
		differ(p, args, is, "a different verdict", &decision);
}

/* A call whose verdict no argument changes. */
static void try_plain(struct prover *p)
{
	static const uint64_t zero[CALL_ARGS];
	struct policy_decision decision = decide(p, zero);
	uint32_t is = 0;
	bool cacheable = false;

	p->proof.cases++;
	if (!run_without_arguments(p->code, p->length, p->audit, p->nr, &is, &cacheable)) {
		differ(p, zero, is, "an argument is read where no rule asks for one", &decision);
		return;
	}
	if (is != filter_return(p->mode, &decision))
		differ(p, zero, is, "a different verdict", &decision);
	if (is != SECCOMP_RET_ALLOW || p->foreign || !names_call_by_nr(p->arch, p->nr))
		return;
	if (cacheable)
		p->proof.cached++;
	else
		p->proof.uncached++;
}

/* The next value, up or down, among those that lie within a mask. */
static uint64_t above(uint64_t value, uint64_t mask)
{
	return ((value | ~mask) + 1) & mask;
}

static uint64_t below(uint64_t value, uint64_t mask)
{
	return (value - 1) & mask;
}

/* Neighbours of a value as a whole and in its upper half alone: a filter tests the halves apart. */
static void add_neighbours(struct prover *p, uint64_t value, uint64_t mask, struct values *list)
{
	const uint64_t high_mask = mask & ~(uint64_t)UINT32_MAX, low_mask = mask & UINT32_MAX;
	uint64_t high = value & ~(uint64_t)UINT32_MAX, low = value & UINT32_MAX;

	add_value(p, list, value);
	add_value(p, list, value + 1);
	add_value(p, list, value - 1);
	add_value(p, list, value | ~mask);
	add_value(p, list, above(value, mask));
	add_value(p, list, below(value, mask));
	if (!high_mask)
		return;
	add_value(p, list, high | above(low, low_mask));
	add_value(p, list, high | below(low, low_mask));
	add_value(p, list, above(high, high_mask));
	add_value(p, list, above(high, high_mask) | low);
	add_value(p, list, below(high, high_mask) | low);
	add_value(p, list, below(high, high_mask) | low_mask);
}

/* The edges of one condition: where a wrong comparison, width or mask would show. */
static void add_edges(struct prover *p, const struct policy_cond *cond, bool all,
		      struct values *list)
{
	const uint64_t *values = p->policy->values + cond->first_value;
	uint32_t i;
	unsigned bit;

	add_value(p, list, 0);
	add_value(p, list, UINT64_MAX);
	add_value(p, list, cond->mask);
	add_value(p, list, ~cond->mask);
	/* The halves apart: a filter tests them apart. */
	add_value(p, list, cond->mask & UINT32_MAX);
	add_value(p, list, cond->mask & ~(uint64_t)UINT32_MAX);
	for (i = 0; i < cond->n_values && !p->error; i++) {
		add_neighbours(p, values[i], cond->mask, list);
		for (bit = 0; all && bit < 64; bit++)
			add_value(p, list, values[i] ^ (uint64_t)1 << bit);
	}
}

/* Sets the arguments that a match looks at so that it holds, as far as its conditions' own edges
 * can do that. */
static void base_of(struct prover *p, const struct policy_match *match, uint64_t args[CALL_ARGS])
{
	const struct policy_cond *conds = p->policy->conds + match->first_cond, *other;
	struct values edges = {0};
	size_t i, j, k;
	bool holds;

	for (i = 0; i < match->n_conds && !p->error; i++) {
		edges.count = 0;
		add_edges(p, &conds[i], true, &edges);
		for (j = 0; j < edges.count; j++) {
			holds = true;
			for (k = 0; k < match->n_conds && holds; k++) {
				other = &conds[k];
				holds = other->arg != conds[i].arg ||
					policy_cond_holds(p->policy, other, edges.items[j]);
			}
			if (holds)
				break;
		}
		if (j < edges.count)
			args[conds[i].arg] = edges.items[j];
	}
	free(edges.items);
}

/* Each condition of a match at all its edges, while the match's others hold, and `under` (or
 * nothing) as well. */
static void try_match(struct prover *p, const struct policy_match *match,
		      const struct policy_match *under)
{
	const struct policy_cond *cond;
	uint64_t base[CALL_ARGS], args[CALL_ARGS];
	struct values edges = {0};
	size_t i, j;

	for (i = 0; i < CALL_ARGS; i++)
		base[i] = next_random(p);
	if (under)
		base_of(p, under, base);
	base_of(p, match, base);
	try(p, base);
	for (i = 0; i < match->n_conds && !p->error; i++) {
		cond = &p->policy->conds[match->first_cond + i];
		edges.count = 0;
		add_edges(p, cond, true, &edges);
		memcpy(args, base, sizeof(args));
		for (j = 0; j < edges.count; j++) {
			args[cond->arg] = edges.items[j];
			try(p, args);
		}
	}
	free(edges.items);
}

/* The edges of all matches combined: every combination where they are few, else many drawn by a
 * fixed seed. */
static void try_combinations(struct prover *p, const struct values edges[CALL_ARGS])
{
	uint64_t args[CALL_ARGS], total = 1, n, rest;
	bool every;
	size_t i;

	for (i = 0; i < CALL_ARGS && total <= MAX_COMBINATIONS; i++)
		if (edges[i].count)
			total *= edges[i].count;
	every = total <= MAX_COMBINATIONS;
	for (n = 0; n < (every ? total : MAX_COMBINATIONS); n++) {
		rest = n;
		for (i = 0; i < CALL_ARGS; i++) {
			if (!edges[i].count) {
				args[i] = next_random(p);
			} else if (every) {
				args[i] = edges[i].items[rest % edges[i].count];
				rest /= edges[i].count;
			} else {
				args[i] = edges[i].items[next_random(p) % edges[i].count];
			}
		}
		try(p, args);
	}
}

/* Does `a` look at an argument that `b` does not? */
static bool looks_elsewhere(const struct prover *p, const struct policy_match *a,
			    const struct policy_match *b)
{
	unsigned left = 0, right = 0, i;

	for (i = 0; i < a->n_conds; i++)
		left |= 1u << p->policy->conds[a->first_cond + i].arg;
	for (i = 0; i < b->n_conds; i++)
		right |= 1u << p->policy->conds[b->first_cond + i].arg;
	return left & ~right;
}

/* One match alone, and while each of the others that look at other arguments holds: those nearest
 * in order, where there are many. */
static void try_matches(struct prover *p, const struct policy_call *call, uint32_t i)
{
	const struct policy_match *matches = p->policy->matches + call->first_match;
	uint32_t from = i > MAX_PAIRED / 2 ? i - MAX_PAIRED / 2 : 0, j;

	try_match(p, &matches[i], NULL);
	for (j = from; j < call->n_matches && j < from + MAX_PAIRED && !p->error; j++)
		if (j != i && looks_elsewhere(p, &matches[j], &matches[i]))
			try_match(p, &matches[i], &matches[j]);
}

/* The words of seccomp_data that A can hold, a bit each. */
#define WORD_BIT(word) ((uint16_t)(1u << (word) / 4))

/* Around one constant of the code, in one half of an argument. */
static void add_asked(struct prover *p, uint16_t words, uint32_t k, struct values lows[CALL_ARGS],
		      struct values highs[CALL_ARGS])
{
	unsigned arg;
	uint32_t i;

	for (arg = 0; arg < CALL_ARGS; arg++)
		for (i = 0; i < 3; i++) {
			if (words & WORD_BIT(WORD_LOW(arg)))
				add_value(p, &lows[arg], (uint32_t)(k + i - 1));
			if (words & WORD_BIT(WORD_HIGH(arg)))
				add_value(p, &highs[arg], (uint64_t)(uint32_t)(k + i - 1) << 32);
		}
}

/* What the code asks of the arguments of this call: its jumps go forward only, so one pass sees all of
 * its ways. */
static void trace(struct prover *p, struct values lows[CALL_ARGS], struct values highs[CALL_ARGS])
{
	CLEANUP(free_ptr) uint16_t *held = calloc(p->length + 1, sizeof(*held));
	size_t i;

	if (!held) {
		p->error = -ENOMEM;
		return;
	}
	held[0] = WORD_BIT(WORD_NR);
	for (i = 0; i < p->length && !p->error; i++) {
		const struct sock_filter *in = &p->code[i];
		uint32_t known = held[i] & WORD_BIT(WORD_NR) ? p->nr : p->audit;
		bool taken = BPF_OP(in->code) == BPF_JEQ   ? known == in->k
			     : BPF_OP(in->code) == BPF_JGE ? known >= in->k
							   : known > in->k;

		if (!held[i] || BPF_CLASS(in->code) == BPF_RET)
			continue;
		if (in->code == (BPF_LD | BPF_W | BPF_ABS)) {
			held[i + 1] |= WORD_BIT(in->k);
		} else if (BPF_CLASS(in->code) != BPF_JMP) {
			held[i + 1] |= held[i];
		} else if (in->code == (BPF_JMP | BPF_JA)) {
			held[i + 1 + in->k] |= held[i];
		} else if (held[i] & (WORD_BIT(WORD_NR) | WORD_BIT(WORD_ARCH))) {
			held[i + 1 + (taken ? in->jt : in->jf)] |= held[i];
		} else {
			add_asked(p, held[i], in->k, lows, highs);
			held[i + 1 + in->jt] |= held[i];
			held[i + 1 + in->jf] |= held[i];
		}
	}
}

static void add_code_edges(struct prover *p, struct values edges[CALL_ARGS])
{
	struct values lows[CALL_ARGS] = {{0}}, highs[CALL_ARGS] = {{0}};
	size_t arg, i, j;

	trace(p, lows, highs);
	for (arg = 0; arg < CALL_ARGS; arg++) {
		struct values *low = &lows[arg], *high = &highs[arg];

		low->count = sort_unique(low->items, low->count);
		high->count = sort_unique(high->items, high->count);
		for (i = 0; i < low->count; i++)
			add_value(p, &edges[arg], low->items[i]);
		for (i = 0; i < high->count; i++) {
			add_value(p, &edges[arg], high->items[i]);
			add_value(p, &edges[arg], high->items[i] | UINT32_MAX);
			for (j = 0; j < low->count && low->count * high->count <= MAX_HALVES; j++)
				add_value(p, &edges[arg], high->items[i] | low->items[j]);
		}
		free(low->items);
		free(high->items);
	}
}

static void try_call(struct prover *p)
{
	const struct policy_call *call = NULL;
	struct values edges[CALL_ARGS] = {{0}};
	const struct policy_match *match;
	bool conditional = false;
	uint32_t i, j;

	if (!p->foreign)
		call = policy_call(p->policy, p->arch, p->nr);
	for (i = 0; call && i < call->n_matches && !p->error; i++) {
		match = &p->policy->matches[call->first_match + i];
		if (match->n_conds)
			try_matches(p, call, i);
		for (j = 0; j < match->n_conds; j++) {
			const struct policy_cond *cond = &p->policy->conds[match->first_cond + j];

			add_edges(p, cond, false, &edges[cond->arg]);
			conditional = true;
		}
	}
	if (conditional)
		add_code_edges(p, edges);
	for (i = 0; i < CALL_ARGS; i++)
		edges[i].count = sort_unique(edges[i].items, edges[i].count);
	if (conditional)
		try_combinations(p, edges);
	else
		try_plain(p);
	for (i = 0; i < CALL_ARGS; i++)
		free(edges[i].items);
}

/* The numbers around which a verdict can change, in the policy or in the code. */
static void collect_numbers(struct prover *p, struct values *numbers)
{
	const struct name_call *calls;
	size_t i, count;
	enum arch arch;
	uint32_t k;

	for (k = 0; k < 4; k++) {
		add_value(p, numbers, k << 30);
		add_value(p, numbers, (k << 30) - 1);
	}
	for (arch = 0; arch < ARCH_COUNT; arch++) {
		calls = names_calls(arch, &count);
		for (i = 0; i < count; i++)
			for (k = 0; k < 3; k++)
				/* They come in order, and mostly are neighbours of each other. */
				if (i == 0 || calls[i].nr + k - 1 > calls[i - 1].nr + 1)
					add_value(p, numbers, calls[i].nr + k - 1);
	}
	for (i = 0; i < p->length; i++)
		for (k = 0; k < 3 && BPF_CLASS(p->code[i].code) == BPF_JMP; k++)
			add_value(p, numbers, p->code[i].k + k - 1);
	numbers->count = sort_unique(numbers->items, numbers->count);
}

/*
 * Does the code only ever compare a number or an architecture? Within a filter of ours what A holds
 * at an instruction is one thing whichever way led there; two things, or a test of bits, and the
 * argument by boundaries would not hold.
 */
static bool only_compares(const struct prover *p)
{
	enum { UNKNOWN, PLAIN, ARGUMENT, MIXED };
	CLEANUP(free_ptr) uint8_t *held = calloc(p->length + 1, 1);
	size_t i, j, targets[2];
	uint8_t now;
	bool good = held != NULL;

	for (i = 0; good && i < p->length; i++) {
		const struct sock_filter *in = &p->code[i];

		now = held[i];
		if (in->code == (BPF_LD | BPF_W | BPF_ABS))
			now = in->k == WORD_NR || in->k == WORD_ARCH ? PLAIN : ARGUMENT;
		else if (in->code == (BPF_ALU | BPF_AND | BPF_K) ||
			 in->code == (BPF_JMP | BPF_JSET | BPF_K))
			good = now == ARGUMENT;
		else if (BPF_CLASS(in->code) == BPF_JMP && in->code != (BPF_JMP | BPF_JA))
			good = now == PLAIN || now == ARGUMENT;
		if (BPF_CLASS(in->code) == BPF_RET)
			continue;
		targets[0] = targets[1] = i + 1;
		if (in->code == (BPF_JMP | BPF_JA))
			targets[0] = targets[1] = i + 1 + in->k;
		else if (BPF_CLASS(in->code) == BPF_JMP) {
			targets[0] = i + 1 + in->jt;
			targets[1] = i + 1 + in->jf;
		}
		for (j = 0; j < 2; j++)
			held[targets[j]] = held[targets[j]] == UNKNOWN || held[targets[j]] == now
						   ? now
						   : MIXED;
	}
	return good;
}

static const uint32_t strangers[] = {
	/* ABIs that are none of ours, and no architecture at all */
	AUDIT_ARCH_ARM, AUDIT_ARCH_RISCV64, AUDIT_ARCH_S390X, AUDIT_ARCH_MIPS64, 0, UINT32_MAX,
};

static void try_audit_arch(struct prover *p, uint32_t audit, const struct values *numbers)
{
	size_t i;

	p->audit = audit;
	for (i = 0; i < numbers->count && !p->error; i++) {
		p->nr = (uint32_t)numbers->items[i];
		p->foreign = arch_of_call(audit, p->nr, &p->arch) < 0;
		try_call(p);
	}
}

int filter_prove(const struct sock_filter *code, size_t length, const struct policy *policy,
		 const struct filter_mode *mode, struct diag *diag, struct filter_proof *ret_proof)
{
	struct prover p = {.code = code,
			   .length = length,
			   .policy = policy,
			   .mode = mode,
			   .diag = diag,
			   .random = 0x62616c6966663121u};
	struct values numbers = {0};
	enum arch arch;
	size_t i;

	if (filter_check(code, length) < 0 || !only_compares(&p)) {
		diag_error(diag, NULL,
			   "the filter is not one that can be proved: its code is malformed or "
			   "takes a call number apart; compile the policy again");
		return -EBADMSG;
	}
	collect_numbers(&p, &numbers);
	for (arch = 0; arch < ARCH_COUNT && !p.error; arch++)
		if (arch != ARCH_X32) /* under x86_64's */
			try_audit_arch(&p, arch_audit(arch), &numbers);
	for (i = 0; i < ARRAY_LEN(strangers) && !p.error; i++)
		try_audit_arch(&p, strangers[i], &numbers);
	free(numbers.items);
	if (p.error)
		return p.error;
	if (p.wrong > MAX_REPORTED)
		diag_error(diag, NULL, "%zu more differences are not shown",
			   p.wrong - MAX_REPORTED);
	if (p.wrong)
		return -EBADMSG;
	*ret_proof = p.proof;
	return 0;
}
