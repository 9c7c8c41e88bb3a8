/* SPDX-License-Identifier: Apache-2.0 */
/* The proof, the simulator and the gate by themselves: a filter of one policy is none of any other, whatever it
 * is that tells the two apart; and code by hand, at each of its limits. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/audit.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/filter.h"

#define X86_64 "version: 1\nname: t\narchitectures: [x86_64]\n"
#define CALLS  X86_64 "syscalls:\n  default: allow\n  deny:\n"

/* No two of them decide the same of every call. */
static const char *const texts[] = {
	X86_64 "syscalls: {default: allow}\n",
	X86_64 "syscalls: {default: deny}\n",
	X86_64 "syscalls: {default: kill}\n",
	X86_64 "syscalls: {default: errno ENOENT}\n",
	"version: 1\nname: t\narchitectures: [x86_64, x32]\nsyscalls: {default: allow}\n",
	"version: 1\nname: t\narchitectures: [x86_64, i386]\nsyscalls: {default: allow}\n",
	"version: 1\nname: t\narchitectures: [x86_64, aarch64]\nsyscalls: {default: allow}\n",
	CALLS "    - mkdir\n",
	CALLS "    - rmdir\n",
	CALLS "    - read\n", /* the first number */
	CALLS "    - {calls: [mkdir], action: trap}\n",
	CALLS "    - {calls: [mkdir], action: kill-thread}\n",
	CALLS "    - kill: {sig: 9}\n",
	CALLS "    - kill: {sig: 8}\n",
	CALLS "    - kill: {sig: [8, 9]}\n",
	CALLS "    - kill: {sig: [8, 9, 11]}\n",
	CALLS "    - kill: {sig: {not: 9}}\n",
	CALLS "    - kill: {pid: 9}\n",
	CALLS "    - kill: {pid: 9, sig: 9}\n",
	CALLS "    - kill: {pid: 9, sig: 8}\n",
	CALLS "    - kill: {pid: 9}\n    - kill: {sig: 9}\n",
	CALLS "    - kill: {sig: {mask: 0xff, is: 9}}\n",
	CALLS "    - kill: {sig: {mask: 0xf, is: 9}}\n",
	CALLS "    - kill: {sig: {any-of: 9}}\n",
	CALLS "    - lseek: {offset: 9}\n",
	CALLS "    - lseek: {offset: 0x100000009}\n",
	CALLS "    - lseek: {offset: 0x900000000}\n",
	CALLS "    - lseek: {offset: {mask: 0xff00000000, is: 0x900000000}}\n",
	CALLS "    - lseek: {offset: {mask: 0xffffffff, is: 9}}\n",
};

static struct policy *parse(const char *text)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	if (policy_parse(text, strlen(text), "t.yaml", diag, &policy) < 0)
		diag_print(diag, stderr);
	diag_free(diag);
	cr_assert_not_null(policy, "%s", text);
	return policy;
}

static int prove(const struct filter *filter, const struct policy *policy,
		 const struct filter_mode *mode, struct filter_proof *ret_proof)
{
	struct diag *diag = NULL;
	int error;

	cr_assert_eq(diag_new(&diag), 0);
	error = filter_prove(filter->code, filter->length, policy, mode, diag, ret_proof);
	cr_assert_eq(diag_errors(diag) > 0, error != 0);
	diag_free(diag);
	return error;
}

Test(prove, no_filter_is_that_of_another_policy)
{
	static const struct filter_mode mode = {.supervised = false};
	struct policy *policies[ARRAY_LEN(texts)];
	struct filter *filters[ARRAY_LEN(texts)];
	struct filter_proof proof;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		policies[i] = parse(texts[i]);
		cr_assert_eq(filter_compile(policies[i], &mode, NULL, &filters[i]), 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		for (size_t j = 0; j < ARRAY_LEN(texts); j++)
			cr_expect_eq(prove(filters[i], policies[j], &mode, &proof),
				     i == j ? 0 : -EBADMSG, "%sand its filter for\n%s", texts[j],
				     texts[i]);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		filter_free(filters[i]);
		policy_free(policies[i]);
	}
}

/* Nor is one of another mode, where that makes a difference. */
Test(prove, modes)
{
	struct policy *policy = parse(CALLS "    - mkdir\n    - {calls: [rmdir], report: no}\n");
	struct filter_proof proof;

	for (unsigned i = 0; i < 12; i++)
		for (unsigned j = 0; j < 12; j++) {
			struct filter_mode is = {i & 1, i & 2, i / 4},
					   asked = {j & 1, j & 2, j / 4};
			struct policy_decision told = {ACTION_ERRNO, EPERM, false, 0};
			struct policy_decision quiet = {ACTION_ERRNO, EPERM, true, 0};
			bool same = filter_return(&is, &told) == filter_return(&asked, &told) &&
				    filter_return(&is, &quiet) == filter_return(&asked, &quiet);
			struct filter *filter = NULL;

			cr_assert_eq(filter_compile(policy, &is, NULL, &filter), 0);
			if (!same)
				cr_expect_eq(prove(filter, policy, &asked, &proof), -EBADMSG,
					     "%u for %u", i, j);
			filter_free(filter);
		}
	policy_free(policy);
}

/* Every call that no argument decides counts once, as what the kernel's bitmap holds or does not. */
Test(prove, what_is_counted)
{
	static const struct filter_mode mode = {.supervised = false};
	struct policy *policy =
		parse("version: 1\nname: t\narchitectures: [x86_64, x32]\n"
		      "syscalls: {default: allow, deny: [mkdir, kill: {sig: 9}]}\n");
	struct filter *filter = NULL;
	struct filter_proof proof;
	size_t x86_64, x32;

	names_calls(ARCH_X86_64, &x86_64);
	names_calls(ARCH_X32, &x32);
	cr_assert_eq(filter_compile(policy, &mode, NULL, &filter), 0);
	cr_assert_eq(prove(filter, policy, &mode, &proof), 0);
	cr_expect_eq(proof.cached, x86_64 - 2);
	cr_expect_eq(proof.uncached, x32 - 2);
	cr_expect(proof.cases > x86_64 + x32 && proof.cases < 1000000);
	cr_expect(proof.longest > 4 && proof.longest <= filter->length, "%u", proof.longest);
	filter_free(filter);
	policy_free(policy);
}

/* Some counterexamples are shown, and the others are counted. */
Test(prove, what_is_told)
{
	static const struct filter_mode mode = {.supervised = false};
	struct policy *policy = parse(texts[1]), *other = parse(texts[0]);
	struct filter *filter = NULL;
	struct filter_proof proof;
	struct diag *diag = NULL;
	const char *last;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(filter_compile(other, &mode, NULL, &filter), 0);
	cr_assert_eq(filter_prove(filter->code, filter->length, policy, &mode, diag, &proof),
		     -EBADMSG);
	cr_assert_eq(diag_errors(diag), 9);
	cr_expect_not_null(strstr(diag_at(diag, 0)->text, "read (number 0, architecture 0xc000003e)"
							  " with arguments 0, 0, 0, 0, 0, 0: a "
							  "different verdict; the filter returns "
							  "0x7fff0000, the policy wants 0x50001;"),
			   "%s", diag_at(diag, 0)->text);
	last = diag_at(diag, 8)->text;
	cr_expect_not_null(strstr(last, "more differences are not shown"));
	/* All calls that are known, but for those shown. */
	names_calls(ARCH_X86_64, &(size_t){0});
	cr_expect_gt(atoi(last), 300, "%s", last);
	diag_free(diag);
	filter_free(filter);
	policy_free(policy);
	policy_free(other);
}

/* --- Code by hand --------------------------------------------------------------------------------- */

#define LOAD(at)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define AND(k)		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k)
#define RETURN(k)	BPF_STMT(BPF_RET | BPF_K, k)
#define GO(k)		BPF_STMT(BPF_JMP | BPF_JA, k)
#define IF(op, k, t, f) BPF_JUMP(BPF_JMP | (op) | BPF_K, k, t, f)

/* What a filter may do with a number: compare it, however it came to be in A. */
Test(prove, code_that_takes_a_number_apart)
{
	static const struct filter_mode mode = {.supervised = false};
	struct policy *policy = parse(texts[0]);
	struct {
		const char *name;
		struct sock_filter code[8];
		size_t length;
	} rows[] = {
		{"a number under a mask", {LOAD(0), AND(0xff), IF(BPF_JEQ, 1, 0, 0), RETURN(1)}, 4},
		{"an architecture under a mask",
		 {LOAD(4), AND(0xff), IF(BPF_JEQ, 1, 0, 0), RETURN(1)},
		 4},
		{"bits of a number", {LOAD(0), IF(BPF_JSET, 1, 0, 0), RETURN(1)}, 3},
		{"nothing loaded", {IF(BPF_JEQ, 1, 0, 0), RETURN(1)}, 2},
		{"a mask of nothing", {AND(1), RETURN(1)}, 2},
		{"one of two",
		 {LOAD(0), IF(BPF_JEQ, 1, 0, 1), LOAD(16), IF(BPF_JEQ, 1, 0, 0), RETURN(1)},
		 5},
		{"one of two, over a jump",
		 {LOAD(0), IF(BPF_JEQ, 1, 2, 0), LOAD(16), GO(0), IF(BPF_JEQ, 1, 0, 0), RETURN(1)},
		 6},
		{"no return at its end", {RETURN(1), LOAD(0)}, 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct diag *diag = NULL;
		struct filter_proof proof;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(
			filter_prove(rows[i].code, rows[i].length, policy, &mode, diag, &proof),
			-EBADMSG);
		cr_expect_eq(diag_errors(diag), 1, "%s", rows[i].name);
		cr_expect_not_null(strstr(diag_at(diag, 0)->text, "not one that can be proved"),
				   "%s: %s", rows[i].name, diag_at(diag, 0)->text);
		diag_free(diag);
	}
	policy_free(policy);
}

/* The kernel's rules, at their limits: a jump may lead to the last instruction. */
Test(prove, what_the_kernel_takes)
{
	static struct sock_filter longest[FILTER_MAX + 1];
	static const struct {
		const char *name;
		struct sock_filter code[4];
		size_t length;
		bool good;
	} rows[] = {
		{"yes to the end", {IF(BPF_JEQ, 0, 1, 0), RETURN(0), RETURN(1)}, 3, true},
		{"yes beyond", {IF(BPF_JEQ, 0, 2, 0), RETURN(0), RETURN(1)}, 3, false},
		{"no to the end", {IF(BPF_JEQ, 0, 0, 1), RETURN(0), RETURN(1)}, 3, true},
		{"no beyond", {IF(BPF_JEQ, 0, 0, 2), RETURN(0), RETURN(1)}, 3, false},
		{"a long jump to the end", {GO(1), RETURN(0), RETURN(1)}, 3, true},
		{"a long jump beyond", {GO(2), RETURN(0), RETURN(1)}, 3, false},
		{"greater", {IF(BPF_JGT, 0, 1, 1), RETURN(0), RETURN(1)}, 3, true},
		{"greater or equal, beyond",
		 {IF(BPF_JGE, 0, 1, 2), RETURN(0), RETURN(1)},
		 3,
		 false},
		{"bits, beyond", {IF(BPF_JSET, 0, 2, 1), RETURN(0), RETURN(1)}, 3, false},
		{"the last word", {LOAD(60), RETURN(0)}, 2, true},
		{"behind it", {LOAD(64), RETURN(0)}, 2, false},
		{"half a word", {LOAD(62), RETURN(0)}, 2, false},
		{"a word that wraps", {LOAD(0xfffffffc), RETURN(0)}, 2, false},
		{"a mask at the end", {RETURN(0), AND(1)}, 2, false},
		{"a test at the end", {RETURN(0), IF(BPF_JEQ, 0, 0, 0)}, 2, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(filter_check(rows[i].code, rows[i].length), rows[i].good ? 0 : -EINVAL,
			     "%s", rows[i].name);
	for (size_t i = 0; i < ARRAY_LEN(longest); i++)
		longest[i] = (struct sock_filter)RETURN(0);
	cr_expect_eq(filter_check(longest, FILTER_MAX), 0);
	cr_expect_eq(filter_check(longest, FILTER_MAX + 1), -EINVAL);
}

/* One test each way, below, at and above its constant. */
Test(prove, what_instructions_do)
{
	static const struct {
		uint16_t op;
		uint32_t k, value;
		bool taken;
	} rows[] = {
		{BPF_JEQ, 5, 4, false},	 {BPF_JEQ, 5, 5, true},	 {BPF_JEQ, 5, 6, false},
		{BPF_JGE, 5, 4, false},	 {BPF_JGE, 5, 5, true},	 {BPF_JGE, 5, 6, true},
		{BPF_JGT, 5, 4, false},	 {BPF_JGT, 5, 5, false}, {BPF_JGT, 5, 6, true},
		{BPF_JSET, 6, 1, false}, {BPF_JSET, 6, 2, true}, {BPF_JSET, 6, 4, true},
		{BPF_JSET, 6, 0, false},
	};
	unsigned steps = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct sock_filter code[] = {LOAD(24),  IF(rows[i].op, rows[i].k, 1, 0),
						   RETURN(7), GO(1),
						   RETURN(8), AND(0xf0),
						   RETURN(9)};
		struct seccomp_data data = {.args = {0, rows[i].value | 1ull << 40}};

		cr_expect_eq(filter_run(code, ARRAY_LEN(code), &data, &steps),
			     rows[i].taken ? 9 : 7, "%zu", i);
		cr_expect_eq(steps, rows[i].taken ? 5 : 3, "%zu: %u", i, steps);
		cr_expect_eq(filter_run(code, ARRAY_LEN(code), &data, NULL), rows[i].taken ? 9 : 7);
	}
	for (uint32_t at = 0; at < sizeof(struct seccomp_data); at += 4) {
		const struct sock_filter code[] = {LOAD(at), AND(0xff00), IF(BPF_JEQ, 0x700, 0, 1),
						   RETURN(1), RETURN(2)};
		struct seccomp_data data = {0};

		memset((uint8_t *)&data + at, 7, 4);
		cr_expect_eq(filter_run(code, ARRAY_LEN(code), &data, NULL), 1, "%u", at);
	}
	/* Checked code has its end; what has none kills. */
	cr_expect_eq(filter_run(&(struct sock_filter)LOAD(0), 1, &(struct seccomp_data){0}, NULL),
		     SECCOMP_RET_KILL_PROCESS);
}

Test(prove, calls_that_are_always_allowed)
{
	static const struct filter_mode mode = {.supervised = false};
	struct policy *policy = parse(CALLS "    - mkdir\n    - kill: {sig: 9}\n");
	struct filter *filter = NULL;
	static const struct {
		const char *name;
		bool always;
	} rows[] = {{"read", true}, {"mkdir", false}, {"kill", false}, {"rmdir", true}};

	cr_assert_eq(filter_compile(policy, &mode, NULL, &filter), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(filter_always_allows(
				     filter, names_call_by_name(arch_native(), rows[i].name)->nr),
			     rows[i].always, "%s", rows[i].name);
	cr_expect_not(filter_always_allows(filter, 1u << 30));
	filter_free(filter);
	policy_free(policy);
}

/* What a launcher needs to know. */
Test(prove, what_filters_need)
{
	static const struct {
		uint32_t value;
		bool listener, deadly;
	} rows[] = {
		{SECCOMP_RET_ALLOW, false, false},	{SECCOMP_RET_LOG, false, false},
		{SECCOMP_RET_ERRNO | 1, false, false},	{SECCOMP_RET_USER_NOTIF, true, false},
		{SECCOMP_RET_TRAP, false, true},	{SECCOMP_RET_TRAP | 5, false, true},
		{SECCOMP_RET_KILL_THREAD, false, true}, {SECCOMP_RET_KILL_PROCESS, false, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t at = 0; at < 2; at++) {
			/* A constant that looks like a return is none. */
			struct sock_filter code[] = {
				LOAD(0), IF(BPF_JEQ, SECCOMP_RET_USER_NOTIF, 0, 1),
				RETURN(at ? SECCOMP_RET_ALLOW : rows[i].value),
				RETURN(at ? rows[i].value : SECCOMP_RET_ALLOW)};
			const struct filter filter = {code, ARRAY_LEN(code)};
			struct filter_needs needs = filter_needs(&filter);

			cr_expect_eq(needs.listener, rows[i].listener, "%#x", rows[i].value);
			cr_expect_eq(needs.deadly, rows[i].deadly, "%#x", rows[i].value);
		}
}

/* The gate is two tests and three words of the nonce, each in halves; it goes on where one fails, and fits or
 * does not. */
Test(prove, the_gate_at_its_limit)
{
	static const uint64_t nonce[FILTER_NONCE_WORDS] = {1, 2, 3};
	static struct sock_filter code[FILTER_MAX];
	struct filter filter = {code, FILTER_MAX}, *gated = NULL;
	size_t gate;

	for (size_t i = 0; i < FILTER_MAX; i++)
		code[i] = (struct sock_filter)RETURN((uint32_t)i);
	cr_expect_eq(filter_with_gate(&filter, nonce, NULL, &gated), -E2BIG);
	filter.length = 1;
	cr_assert_eq(filter_with_gate(&filter, nonce, NULL, &gated), 0);
	gate = gated->length - 1;
	filter_free(gated);
	cr_expect_eq(gate, 4 + 4 * FILTER_NONCE_WORDS + 1);
	filter.length = FILTER_MAX - gate;
	cr_assert_eq(filter_with_gate(&filter, nonce, NULL, &gated), 0);
	cr_expect_eq(gated->length, FILTER_MAX);
	cr_expect_eq(memcmp(gated->code + gate, code, filter.length * sizeof(*code)), 0);
	filter_free(gated);
	filter.length++;
	cr_expect_eq(filter_with_gate(&filter, nonce, NULL, &gated), -E2BIG);
}
