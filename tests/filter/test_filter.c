/* SPDX-License-Identifier: Apache-2.0 */
#include "random_policy.h"

/* Sanitized code is several times slower, and looks for other faults. With BAILIFF_TEST_SHORT somebody has very
 * many programs to run. */
#ifdef __SANITIZE_ADDRESS__
#define SCALE 8
#else
#define SCALE (getenv("BAILIFF_TEST_SHORT") ? 8 : 1)
#endif

static struct filter *compile(const struct random_policy *r, const struct filter_mode *mode,
			      int *ret_error)
{
	struct filter *filter = NULL;
	int error = filter_compile(&r->policy, mode, NULL, &filter);

	if (ret_error)
		*ret_error = error;
	else
		cr_assert_eq(error, 0, "compile: %d", error);
	return filter;
}

static int prove(const struct random_policy *r, const struct filter_mode *mode,
		 const struct filter *filter, struct filter_proof *proof)
{
	struct diag *diag = NULL;
	int error;

	cr_assert_eq(diag_new(&diag), 0);
	error = filter_prove(filter->code, filter->length, &r->policy, mode, diag, proof);
	/* A refusal says why, a proof says nothing. */
	cr_assert_eq(diag_errors(diag) > 0, error != 0);
	if (error && getenv("BAILIFF_TEST_VERBOSE"))
		diag_print(diag, stderr);
	diag_free(diag);
	return error;
}

/* Every shape of condition, mode and set of ABIs comes out as the policy says it. */
Test(filter, thousands_of_generated_policies_are_proved, .timeout = 300)
{
	unsigned seed, proved = 0;

	for (seed = 1; seed <= 2000 / SCALE; seed++) {
		struct filter_mode mode = {.supervised = seed & 1,
					   .audit = seed % 5 == 0,
					   .part = seed & 1 ? FILTER_WHOLE : seed / 2 % 3};
		struct random_policy *r =
			random_policy(seed, 1u | (seed >> 1 & 15u), seed % 7 ? 3 : 12);
		struct filter_proof proof = {0};
		int error = 0;
		struct filter *filter = compile(r, &mode, &error);

		if (error == 0) {
			cr_assert_eq(filter_check(filter->code, filter->length), 0, "seed %u",
				     seed);
			cr_assert_eq(prove(r, &mode, filter, &proof), 0, "seed %u", seed);
			proved++;
		} else {
			cr_assert_eq(error, -E2BIG, "seed %u: %d", seed, error);
		}
		filter_free(filter);
		free(r);
	}
	cr_assert_geq(proved, 1900 / SCALE, "too many were too large to say anything: %u proved",
		      proved);
}

/* One wrong instruction, as a fault in the compiler would leave it. Returns false where nothing
 * changes. */
static bool spoil(struct sock_filter *in, unsigned how)
{
	struct sock_filter before = *in;
	uint8_t swap = in->jt;

	if ((how == 2 || how > 5) &&
	    (BPF_CLASS(in->code) != BPF_JMP || in->code == (BPF_JMP | BPF_JA)))
		return false; /* those fields mean nothing there */
	switch (how) {
	case 0:
		in->k++;
		break;
	case 1:
		in->k--;
		break;
	case 2:
		in->jt = in->jf;
		in->jf = swap;
		break;
	case 3:
		if (in->code == (BPF_LD | BPF_W | BPF_ABS) && in->k >= 16)
			in->k ^= 4; /* the other half */
		break;
	case 4:
		if (in->code == (BPF_JMP | BPF_JGE | BPF_K))
			in->code = BPF_JMP | BPF_JGT | BPF_K;
		break;
	case 5:
		if (in->code == (BPF_ALU | BPF_AND | BPF_K))
			in->k = UINT32_MAX;
		break;
	default:
		in->jt++;
	}
	return memcmp(&before, in, sizeof(before)) != 0;
}

/* A value that lies at an edge of something in the code. */
static uint64_t edge(struct random_policy *r, const struct filter *filter)
{
	uint64_t low = filter->code[draw_below(r, (unsigned)filter->length)].k;
	uint64_t high = filter->code[draw_below(r, (unsigned)filter->length)].k;

	low += draw_below(r, 3) - 1;
	switch (draw_below(r, 4)) {
	case 0:
		return (uint32_t)low;
	case 1:
		return (uint32_t)low | high << 32;
	case 2:
		return ((uint32_t)low ^ (uint64_t)1 << draw_below(r, 64));
	default:
		return r->policy.n_values
			       ? r->values[draw_below(r, r->policy.n_values)] + draw_below(r, 3) - 1
			       : draw(r);
	}
}

/* Looks, by other means than the proof, for a call on which two filters differ. */
static bool differ(struct random_policy *r, const struct filter *a, const struct filter *b,
		   unsigned tries)
{
	enum arch arch;
	struct seccomp_data data;
	unsigned i, j;
	size_t count;

	for (i = 0; i < tries; i++) {
		const struct name_call *calls;

		arch = (enum arch)draw_below(r, ARCH_COUNT);
		calls = names_calls(arch, &count);
		data = (struct seccomp_data){.arch = arch_audit(arch)};
		data.nr = (int)calls[draw_below(r, (unsigned)count)].nr;
		if (draw_below(r, 4) == 0)
			data.nr = (int)edge(r, a);
		for (j = 0; j < CALL_ARGS; j++)
			data.args[j] = edge(r, a);
		if (filter_run(a->code, a->length, &data, NULL) !=
		    filter_run(b->code, b->length, &data, NULL))
			return true;
	}
	return false;
}

/* Whatever the proof lets pass must be harmless: a long search finds no difference either. */
Test(filter, the_proof_finds_every_spoilt_instruction, .timeout = 300)
{
	unsigned seed, how, found = 0, harmless = 0;
	struct filter_mode mode = {.supervised = false};
	struct filter_proof proof;
	size_t i;

	for (seed = 1; seed <= 16 / SCALE; seed++) {
		struct random_policy *r = random_policy(seed, 1u | (seed & 6u), 4);
		struct filter *good = compile(r, &mode, NULL);
		struct filter bad = {.length = good->length};

		bad.code = calloc(good->length, sizeof(*bad.code));
		for (i = seed % 5; i < good->length; i += 5) {
			how = (unsigned)(i / 5) % 7;
			memcpy(bad.code, good->code, good->length * sizeof(*bad.code));
			if (!spoil(&bad.code[i], how))
				continue;
			if (prove(r, &mode, &bad, &proof) != 0) {
				found++;
				continue;
			}
			harmless++;
			cr_assert_not(differ(r, good, &bad, 20000),
				      "seed %u: spoiling instruction %zu in way %u was missed",
				      seed, i, how);
		}
		free(bad.code);
		filter_free(good);
		free(r);
	}
	cr_log_info("%u found, %u harmless", found, harmless);
	cr_assert_geq(found, 400 / SCALE);
	cr_assert_lt(harmless * 10, found, "%u of %u changes make no difference: doubtful",
		     harmless, found + harmless);
}

/* Calls that no argument decides never read one, so that the kernel's bitmap holds them. */
Test(filter, plainly_allowed_calls_stay_in_the_bitmap)
{
	struct filter_mode mode = {.supervised = true};
	unsigned seed;

	for (seed = 1; seed <= 50; seed++) {
		struct random_policy *r = random_policy(seed, 1, 20);
		struct filter *filter = compile(r, &mode, NULL);
		struct filter_proof proof;

		r->rules[0].action = ACTION_ALLOW;
		filter_free(filter);
		filter = compile(r, &mode, NULL);
		cr_assert_eq(prove(r, &mode, filter, &proof), 0);
		cr_assert_gt(proof.cached, 100);
		cr_assert_eq(proof.uncached, 0);
		filter_free(filter);
		free(r);
	}
}

Test(filter, jumps_longer_than_255_instructions)
{
	struct filter_mode mode = {.supervised = false};
	struct filter_proof proof;
	size_t longest = 0;
	unsigned seed;

	for (seed = 1; seed <= 20; seed++) {
		struct random_policy *r = random_policy(seed, 15, 25);
		int error;
		struct filter *filter = compile(r, &mode, &error);

		if (error == 0) {
			cr_assert_eq(prove(r, &mode, filter, &proof), 0, "seed %u", seed);
			longest = filter->length > longest ? filter->length : longest;
		}
		filter_free(filter);
		free(r);
	}
	cr_assert_gt(longest, 2500);
}

Test(filter, too_many_instructions_is_an_error_with_a_message)
{
	struct filter_mode mode = {.supervised = false};
	struct random_policy *r = random_policy(5, 15, 100);
	struct filter *filter = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(filter_compile(&r->policy, &mode, diag, &filter), -E2BIG);
	cr_assert_null(filter);
	cr_assert_eq(diag_errors(diag), 1);
	cr_assert_not_null(strstr(diag_at(diag, 0)->text, "4096"));
	diag_free(diag);
	free(r);
}

Test(filter, decisions_become_return_values)
{
	static const struct {
		const char *why;
		struct filter_mode mode;
		struct policy_decision decision;
		uint32_t wanted;
	} rows[] = {
		{"allowed",
		 {true, false, FILTER_WHOLE},
		 {ACTION_ALLOW, 0, false, 0},
		 SECCOMP_RET_ALLOW},
		{"told to the listener",
		 {true, false, FILTER_WHOLE},
		 {ACTION_ERRNO, EPERM, false, 0},
		 SECCOMP_RET_USER_NOTIF},
		{"report: no costs no notification",
		 {true, false, FILTER_WHOLE},
		 {ACTION_ERRNO, EPERM, true, 0},
		 SECCOMP_RET_ERRNO | EPERM},
		{"nobody listens",
		 {false, false, FILTER_WHOLE},
		 {ACTION_ERRNO, EPERM, false, 0},
		 SECCOMP_RET_ERRNO | EPERM},
		{"the greatest errno",
		 {false, false, FILTER_WHOLE},
		 {ACTION_ERRNO, 4095, false, 0},
		 SECCOMP_RET_ERRNO | 4095},
		{"audit, told",
		 {true, false, FILTER_WHOLE},
		 {ACTION_AUDIT, 0, false, 0},
		 SECCOMP_RET_USER_NOTIF},
		{"audit, logged",
		 {false, false, FILTER_WHOLE},
		 {ACTION_AUDIT, 0, false, 0},
		 SECCOMP_RET_LOG},
		{"the kernel kills, not the listener",
		 {true, false, FILTER_WHOLE},
		 {ACTION_KILL, 0, false, 0},
		 SECCOMP_RET_KILL_PROCESS},
		{"one thread",
		 {true, false, FILTER_WHOLE},
		 {ACTION_KILL_THREAD, 0, false, 0},
		 SECCOMP_RET_KILL_THREAD},
		{"trap", {true, false, FILTER_WHOLE}, {ACTION_TRAP, 0, false, 0}, SECCOMP_RET_TRAP},
		{"audit mode blocks nothing",
		 {true, true, FILTER_WHOLE},
		 {ACTION_KILL, 0, false, 0},
		 SECCOMP_RET_USER_NOTIF},
		{"audit mode, nobody listens",
		 {false, true, FILTER_WHOLE},
		 {ACTION_ERRNO, EPERM, false, 0},
		 SECCOMP_RET_LOG},
		{"audit mode, quiet",
		 {true, true, FILTER_WHOLE},
		 {ACTION_ERRNO, EPERM, true, 0},
		 SECCOMP_RET_ALLOW},
		{"what is told: not the quiet",
		 {false, false, FILTER_TOLD},
		 {ACTION_ERRNO, EPERM, true, 0},
		 SECCOMP_RET_ALLOW},
		{"what is told",
		 {false, false, FILTER_TOLD},
		 {ACTION_ERRNO, EPERM, false, 0},
		 SECCOMP_RET_ERRNO | EPERM},
		{"what is quiet",
		 {false, false, FILTER_QUIET},
		 {ACTION_ERRNO, EPERM, true, 0},
		 SECCOMP_RET_ERRNO | EPERM},
		{"what is quiet: nothing else",
		 {false, false, FILTER_QUIET},
		 {ACTION_ERRNO, EPERM, false, 0},
		 SECCOMP_RET_ALLOW},
		{"a killing is never quiet",
		 {false, false, FILTER_TOLD},
		 {ACTION_KILL, 0, true, 0},
		 SECCOMP_RET_KILL_PROCESS},
		{"zero is no verdict in a part either",
		 {false, false, FILTER_TOLD},
		 {0, 0, true, 0},
		 SECCOMP_RET_KILL_PROCESS},
		{"zero is no verdict",
		 {false, false, FILTER_WHOLE},
		 {0, 0, false, 0},
		 SECCOMP_RET_KILL_PROCESS},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(filter_return(&rows[i].mode, &rows[i].decision), rows[i].wanted, "%s",
			     rows[i].why);
}

/* Under two filters the kernel does what the stricter says. */
Test(filter, parts_make_the_whole)
{
	for (unsigned i = 0; i < 7 * 2 * 2; i++) {
		const struct policy_decision decision = {(enum policy_action)(i / 4), EPERM, i & 1,
							 0};
		struct filter_mode mode = {.audit = i & 2};
		uint32_t whole = filter_return(&mode, &decision), told, quiet;

		mode.part = FILTER_TOLD;
		told = filter_return(&mode, &decision);
		mode.part = FILTER_QUIET;
		quiet = filter_return(&mode, &decision);
		cr_expect(told == SECCOMP_RET_ALLOW || quiet == SECCOMP_RET_ALLOW, "%u", i);
		cr_expect_eq(told == SECCOMP_RET_ALLOW ? quiet : told, whole, "%u", i);
	}
}

Test(filter, malformed_code_is_refused)
{
	static const struct {
		const char *why;
		struct sock_filter code[3];
		size_t length;
		int wanted;
	} rows[] = {
		{"the least", {BPF_STMT(BPF_RET | BPF_K, 0)}, 1, 0},
		{"nothing", {{0}}, 0, -EINVAL},
		{"runs off its end", {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)}, 1, -EINVAL},
		{"an unaligned load",
		 {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), BPF_STMT(BPF_RET | BPF_K, 0)},
		 2,
		 -EINVAL},
		{"a load past the data",
		 {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), BPF_STMT(BPF_RET | BPF_K, 0)},
		 2,
		 -EINVAL},
		{"a jump past the end",
		 {BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0)},
		 2,
		 -EINVAL},
		{"a JA that wraps",
		 {BPF_STMT(BPF_JMP | BPF_JA, UINT32_MAX), BPF_STMT(BPF_RET | BPF_K, 0)},
		 2,
		 -EINVAL},
		{"an instruction that ours never hold", {BPF_STMT(BPF_RET | BPF_A, 0)}, 1, -EINVAL},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(filter_check(rows[i].code, rows[i].length), rows[i].wanted, "%s",
			     rows[i].why);
}

/* The launcher's execve passes by its nonce, and by nothing else. */
Test(filter, the_gate_opens_for_its_nonce_only)
{
	static const uint64_t nonce[FILTER_NONCE_WORDS] = {0x1122334455667788, 0, UINT64_MAX};
	struct filter_mode mode = {.supervised = false};
	struct random_policy *r = random_policy(11, 7, 5);
	struct filter *filter = compile(r, &mode, NULL), *gated = NULL;
	const struct name_call *execve = names_call_by_name(arch_native(), "execve");
	struct seccomp_data data = {.nr = (int)execve->nr, .arch = arch_audit(arch_native())};
	unsigned word, bit;

	cr_assert_eq(filter_with_gate(filter, nonce, NULL, &gated), 0);
	cr_assert_eq(filter_check(gated->code, gated->length), 0);
	memcpy(data.args + 3, nonce, sizeof(nonce));
	cr_assert_eq(filter_run(gated->code, gated->length, &data, NULL), SECCOMP_RET_ALLOW);
	for (word = 0; word < FILTER_NONCE_WORDS; word++)
		for (bit = 0; bit < 64; bit++) {
			data.args[3 + word] ^= (uint64_t)1 << bit;
			cr_assert_eq(filter_run(gated->code, gated->length, &data, NULL),
				     filter_run(filter->code, filter->length, &data, NULL));
			data.args[3 + word] ^= (uint64_t)1 << bit;
		}
	data.nr++;
	cr_assert_eq(filter_run(gated->code, gated->length, &data, NULL),
		     filter_run(filter->code, filter->length, &data, NULL));
	data.nr--;
	data.arch = arch_audit(ARCH_I386);
	cr_assert_eq(filter_run(gated->code, gated->length, &data, NULL),
		     filter_run(filter->code, filter->length, &data, NULL));
	filter_free(gated);
	filter_free(filter);
	free(r);
}
