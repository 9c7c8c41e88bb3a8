/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any tables of conditions, or any text of a policy: the filter that is made of them is one that the
 * kernel takes, its proof holds, and what it does with calls by chance is what a plain reading of the
 * tables says. One that lets the launcher's execve pass does nothing else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/filter.h"

#define RULES	12 /* the first three: default, other ABIs, unknown numbers */
#define MATCHES 8
#define CONDS	3 /* of a match */
#define VALUES	4 /* of a condition */
#define TRIES	64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct policy policy;
	struct policy_rule rules[RULES];
	struct policy_match matches[MATCHES];
	struct policy_cond conds[MATCHES * CONDS];
	uint64_t values[MATCHES * CONDS * VALUES];
	struct policy_call *calls[ARCH_COUNT];
} drawn;

/* The input; zeros behind its end. */
static const uint8_t *bytes;
static size_t left;

static uint8_t take(void)
{
	if (!left)
		return 0;
	left--;
	return *bytes++;
}

static uint64_t take_bytes(unsigned length)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < length; i++)
		number |= (uint64_t)take() << 8 * i;
	return number;
}

/* Small ones, those near the edges of the halves, or any. */
static uint64_t take_value(void)
{
	uint8_t how = take();

	switch (how % 8) {
	case 0:
		return how / 8;
	case 1:
		return (uint64_t)0 - how / 8;
	case 2:
		return UINT32_MAX + (uint64_t)(how / 8) - 16;
	case 3:
		return (uint64_t)(how / 8 % 4) << 32 | how / 32;
	case 4:
		return (uint64_t)1 << (how / 8 + 32 * (take() & 1));
	case 5:
		return take_bytes(2);
	case 6:
		return take_bytes(4);
	default:
		return take_bytes(8);
	}
}

static int compare_values(const void *left_value, const void *right_value)
{
	uint64_t a = *(const uint64_t *)left_value, b = *(const uint64_t *)right_value;

	return a < b ? -1 : a > b;
}

static void draw_cond(void)
{
	struct policy *p = &drawn.policy;
	struct policy_cond *cond = &drawn.conds[p->n_conds++];
	uint64_t *values = drawn.values + p->n_values;
	uint8_t shape = take();
	uint32_t n = 1 + take() % VALUES, kept = 0;

	*cond = (struct policy_cond){.arg = shape % CALL_ARGS,
				     .op = (uint8_t)(COND_IN + shape / 8 % 3),
				     .mask = take_value(),
				     .first_value = p->n_values};
	if (!cond->mask)
		cond->mask = shape & 128 ? UINT64_MAX : UINT32_MAX;
	if (cond->op == COND_RANGE)
		n = 2;
	for (uint32_t i = 0; i < n; i++)
		values[i] = take_value() & cond->mask;
	if (cond->op != COND_RANGE)
		qsort(values, n, sizeof(*values), compare_values);
	for (uint32_t i = 0; i < n; i++)
		if (cond->op == COND_RANGE || !kept || values[kept - 1] != values[i])
			values[kept++] = values[i];
	cond->n_values = kept;
	p->n_values += kept;
}

static int compare_matches(const void *left_match, const void *right_match)
{
	const struct policy_match *a = left_match, *b = right_match;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (drawn.rules[a->rule].action != drawn.rules[b->rule].action)
		return drawn.rules[a->rule].action > drawn.rules[b->rule].action ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

static void draw_match(void)
{
	struct policy *p = &drawn.policy;
	uint8_t shape = take();
	uint32_t rule = 3 + shape % (RULES - 3);

	drawn.matches[p->n_matches++] = (struct policy_match){
		.rule = rule,
		.first_cond = p->n_conds,
		.n_conds = shape / 16 % (CONDS + 1),
		.class = drawn.rules[rule].class,
		.level = shape / 16 % (CONDS + 1) ? LEVEL_ARGUMENTS
						  : (uint8_t)(LEVEL_GROUP + shape / 128)};
	for (unsigned i = 0; i < shape / 16 % (CONDS + 1); i++)
		draw_cond();
}

static void draw_call(enum arch arch)
{
	struct policy *p = &drawn.policy;
	struct policy_abi *abi = &p->abi[arch];
	struct policy_call *call = &abi->calls[take_bytes(2) % abi->n_calls];
	uint32_t n = 1 + take() % 4;

	if (call->n_matches)
		return;
	call->first_match = p->n_matches;
	for (; call->n_matches < n && p->n_matches < MATCHES; call->n_matches++)
		draw_match();
	if (call->n_matches)
		qsort(drawn.matches + call->first_match, call->n_matches, sizeof(*drawn.matches),
		      compare_matches);
}

static void draw_rules(void)
{
	static const uint8_t classes[] = {CLASS_SYSCALLS, CLASS_SYSCALLS, CLASS_NETWORK,
					  CLASS_KERNEL};

	for (uint32_t i = 0; i < RULES; i++) {
		uint8_t shape = take();

		drawn.rules[i] =
			(struct policy_rule){.pos = {"fuzz.yaml", i + 1, 1},
					     .class = i < 3 ? CLASS_SYSCALLS : classes[shape % 4],
					     .list = i ? LIST_DENY : LIST_DEFAULT,
					     .action = (uint8_t)(ACTION_ALLOW + shape / 4 % 6),
					     .quiet = shape / 32 % 2,
					     .text = "drawn"};
		if (drawn.rules[i].action == ACTION_ERRNO)
			drawn.rules[i].error = shape & 64 ? 4095 : (uint16_t)(1 + shape / 128 * 37);
	}
}

/* Tables as lowering makes them: each governed ABI has all of its calls. */
static const struct policy *draw_policy(void)
{
	struct policy *p = &drawn.policy;
	uint8_t abis = take();

	*p = (struct policy){.name = "fuzz",
			     .path = "fuzz.yaml",
			     .rules = drawn.rules,
			     .n_rules = RULES,
			     .abi_rule = 1,
			     .unknown_rule = abis & 16 ? 2 : POLICY_NO_RULE,
			     .matches = drawn.matches,
			     .conds = drawn.conds,
			     .values = drawn.values};
	for (size_t i = 0; i < CLASS_END; i++)
		p->default_rule[i] = POLICY_NO_RULE;
	p->default_rule[CLASS_SYSCALLS] = abis & 32 ? POLICY_NO_RULE : 0;
	draw_rules();
	for (enum arch arch = 0; arch < ARCH_COUNT; arch++) {
		const struct name_call *calls;
		size_t count;

		calls = names_calls(arch, &count);
		if (!drawn.calls[arch])
			drawn.calls[arch] = malloc(count * sizeof(**drawn.calls));
		if (!drawn.calls[arch])
			abort();
		for (size_t i = 0; i < count; i++)
			drawn.calls[arch][i] = (struct policy_call){.nr = calls[i].nr};
		p->abi[arch] =
			(struct policy_abi){.governed = arch == ARCH_X86_64 || abis >> arch & 1,
					    .calls = drawn.calls[arch],
					    .n_calls = (uint32_t)count};
	}
	while (left && p->n_matches < MATCHES) {
		enum arch arch = take() % ARCH_COUNT;

		draw_call(p->abi[arch].governed ? arch : ARCH_X86_64);
	}
	return p;
}

/* --- The plain reading ---------------------------------------------------------------------------- */

static bool holds(const struct policy *p, const struct policy_match *match,
		  const uint64_t args[CALL_ARGS])
{
	for (uint32_t i = 0; i < match->n_conds; i++) {
		const struct policy_cond *cond = &p->conds[match->first_cond + i];
		const uint64_t *values = p->values + cond->first_value;
		uint64_t x = args[cond->arg] & cond->mask;
		bool found = false;

		for (uint32_t j = 0; j < cond->n_values; j++)
			found |= values[j] == x;
		if (cond->op == COND_RANGE)
			found = x >= values[0] && x <= values[1];
		if (found == (cond->op == COND_NOT_IN))
			return false;
	}
	return true;
}

/* The action and errno of the strictest class: of each the first match that holds. */
static const struct policy_rule *decide(const struct policy *p, const struct seccomp_data *data)
{
	const struct policy_rule *best = NULL;
	const struct policy_call *call = NULL;
	uint32_t by_default = p->default_rule[CLASS_SYSCALLS], rule;
	enum arch arch;

	if (arch_of_call(data->arch, (uint32_t)data->nr, &arch) < 0 || !p->abi[arch].governed)
		return p->abi_rule == POLICY_NO_RULE ? NULL : &p->rules[p->abi_rule];
	for (uint32_t i = 0; i < p->abi[arch].n_calls && !call; i++)
		if (p->abi[arch].calls[i].nr == (uint32_t)data->nr)
			call = &p->abi[arch].calls[i];
	if (!call)
		return p->unknown_rule == POLICY_NO_RULE ? NULL : &p->rules[p->unknown_rule];
	for (unsigned class = CLASS_SYSCALLS; class < CLASS_END; class ++) {
		const uint64_t *args = (const uint64_t *)data->args;

		rule = class == CLASS_SYSCALLS ? by_default : POLICY_NO_RULE;
		for (uint32_t i = call->n_matches; i-- > 0;)
			if (p->matches[call->first_match + i].class == class &&
			    holds(p, &p->matches[call->first_match + i], args))
				rule = p->matches[call->first_match + i].rule;
		if (rule != POLICY_NO_RULE && (!best || p->rules[rule].action > best->action))
			best = &p->rules[rule];
	}
	return best;
}

static uint32_t value_of(const struct filter_mode *mode, const struct policy_rule *rule)
{
	bool untold;

	if (!rule || rule->action == ACTION_ALLOW)
		return SECCOMP_RET_ALLOW;
	untold = rule->quiet && rule->action == ACTION_ERRNO;
	if (mode->part == (untold ? FILTER_TOLD : FILTER_QUIET) || (mode->audit && rule->quiet))
		return SECCOMP_RET_ALLOW;
	if (mode->audit || rule->action == ACTION_AUDIT)
		return mode->supervised ? SECCOMP_RET_USER_NOTIF : SECCOMP_RET_LOG;
	switch (rule->action) {
	case ACTION_ERRNO:
		return mode->supervised && !rule->quiet ? SECCOMP_RET_USER_NOTIF
							: SECCOMP_RET_ERRNO | rule->error;
	case ACTION_TRAP:
		return SECCOMP_RET_TRAP;
	case ACTION_KILL_THREAD:
		return SECCOMP_RET_KILL_THREAD;
	default:
		return SECCOMP_RET_KILL_PROCESS;
	}
}

/* --- What is held against it ---------------------------------------------------------------------- */

static uint64_t state;

static uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Near something that the tables or the code compare with, or anything. */
static uint64_t near(const struct policy *p, const struct filter *filter)
{
	uint64_t way = draw(), value = draw();

	if (way % 4 && p->n_values)
		value = p->values[value % p->n_values];
	else if (way % 8)
		value = filter->code[value % filter->length].k;
	if (way >> 8 & 1)
		value += (way >> 16) % 3 - 1;
	if (!(way >> 9 & 3))
		value ^= (uint64_t)1 << (way >> 24) % 64;
	return value;
}

static void draw_data(const struct policy *p, const struct filter *filter,
		      struct seccomp_data *data)
{
	enum arch arch = draw() % 8 ? ARCH_X86_64 : (enum arch)(draw() % ARCH_COUNT);
	const struct policy_abi *abi = &p->abi[arch];
	uint64_t way = draw();

	data->arch = way % 32 ? arch_audit(arch) : (uint32_t)draw();
	data->nr = (int)draw();
	/* Of calls by chance few have a condition. */
	for (unsigned i = 0; i < 64 && abi->n_calls; i++) {
		const struct policy_call *call = &abi->calls[draw() % abi->n_calls];

		data->nr = (int)call->nr;
		if (call->n_matches)
			break;
	}
	if (way / 32 % 32 == 0)
		data->nr = (int)near(p, filter);
	for (unsigned i = 0; i < CALL_ARGS; i++)
		data->args[i] = near(p, filter);
}

static void give_up(const struct seccomp_data *data, const char *what, uint32_t is, uint32_t wanted)
{
	fprintf(stderr, "%s: number %#x of %#x: %#x, not %#x\n", what, (unsigned)data->nr,
		data->arch, is, wanted);
	for (unsigned i = 0; i < CALL_ARGS; i++)
		fprintf(stderr, "\targument %u: %#llx\n", i, (unsigned long long)data->args[i]);
	abort();
}

static void check_calls(const struct policy *p, const struct filter_mode *mode,
			const struct filter *filter)
{
	static const uint64_t nonce[FILTER_NONCE_WORDS] = {0x1122334455667788, 0, UINT64_MAX};
	struct filter *gated = NULL;
	struct seccomp_data data;

	if (filter_with_gate(filter, nonce, NULL, &gated) == 0 &&
	    filter_check(gated->code, gated->length) < 0)
		abort();
	for (unsigned i = 0; i < TRIES; i++) {
		uint32_t is, wanted;

		draw_data(p, filter, &data);
		is = filter_run(filter->code, filter->length, &data, NULL);
		wanted = value_of(mode, decide(p, &data));
		if (is != wanted)
			give_up(&data, "the filter", is, wanted);
		if (gated && filter_run(gated->code, gated->length, &data, NULL) != wanted)
			give_up(&data, "with a gate", is, wanted);
	}
	data = (struct seccomp_data){
		.nr = (int)names_call_by_name(arch_native(), "execve")->nr,
		.arch = arch_audit(arch_native()),
	};
	memcpy(data.args + 3, nonce, sizeof(nonce));
	if (gated && filter_run(gated->code, gated->length, &data, NULL) != SECCOMP_RET_ALLOW)
		abort();
	filter_free(gated);
}

static void try(const struct policy *p, const struct filter_mode *mode)
{
	struct filter_proof proof;
	struct filter *filter = NULL;
	struct diag *diag = NULL;
	int error = diag_new(&diag);

	if (error == 0)
		error = filter_compile(p, mode, diag, &filter);
	if (error == 0) {
		error = filter_prove(filter->code, filter->length, p, mode, diag, &proof);
		if (error == -EBADMSG) {
			diag_print(diag, stderr);
			abort();
		}
		check_calls(p, mode, filter);
	} else if (error == -E2BIG && diag_errors(diag) == 0) {
		abort(); /* refused without a word */
	}
	filter_free(filter);
	diag_free(diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy = NULL;
	struct filter_mode mode;
	uint8_t how;

	bytes = data;
	left = size;
	how = take();
	mode = (struct filter_mode){
		.supervised = how & 1, .audit = how >> 1 & 1, .part = (how >> 2 & 3) % 3};
	if (mode.supervised)
		mode.part = FILTER_WHOLE; /* as it is used */
	state = 0x9e3779b97f4a7c15u + how;
	if (!(how & 16)) {
		try(draw_policy(), &mode);
	} else if (policy_parse((const char *)bytes, left, "fuzz", NULL, &policy) == 0) {
		try(policy, &mode);
		policy_free(policy);
	}
	return 0;
}
