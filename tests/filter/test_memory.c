/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever allocation fails: there is no filter and no proof then, and nothing else comes of it. */
#include "../common/short_memory.h"
#include "random_policy.h"

static const struct filter_mode mode = {.supervised = true};

Test(memory, of_compiling)
{
	struct random_policy *r = random_policy(3, 1, 40);
	struct filter *whole = NULL, *filter;
	unsigned n = 0;
	bool met = SHORT_MEMORY;

	cr_assert_eq(filter_compile(&r->policy, &mode, NULL, &whole), 0);
	while (met) {
		int error;

		filter = NULL;
		short_begin(++n);
		error = filter_compile(&r->policy, &mode, NULL, &filter);
		met = short_end();
		cr_assert_eq(error, met ? -ENOMEM : 0, "allocation %u: %d", n, error);
		cr_assert_eq(filter == NULL, met, "allocation %u", n);
	}
	if (SHORT_MEMORY) {
		cr_expect_gt(n, 20, "%u", n);
		cr_expect_eq(filter->length, whole->length);
		cr_expect_eq(
			memcmp(filter->code, whole->code, whole->length * sizeof(*whole->code)), 0);
		filter_free(filter);
	}
	filter_free(whole);
	free(r);
}

/* Of the very many allocations, those at the beginning and some of the others. */
Test(memory, of_proving)
{
	struct random_policy *r = random_policy(3, 1, 1);
	struct filter *filter = NULL;
	struct filter_proof whole, proof;
	unsigned n = 0, step = 1;
	bool met = SHORT_MEMORY;

	cr_assert_eq(filter_compile(&r->policy, &mode, NULL, &filter), 0);
	cr_assert_eq(filter_prove(filter->code, filter->length, &r->policy, &mode, NULL, &whole),
		     0);
	while (met) {
		int error;

		n += step;
		step += n > 60 ? 7 : 0;
		short_begin(n);
		error = filter_prove(filter->code, filter->length, &r->policy, &mode, NULL, &proof);
		met = short_end();
		/* The first is of what only compares: without, it is not known to. */
		cr_assert(!error || (met && error == (n == 1 ? -EBADMSG : -ENOMEM)),
			  "allocation %u: %d", n, error);
		if (!error)
			cr_assert(proof.cases == whole.cases && proof.cached == whole.cached,
				  "allocation %u", n);
	}
	filter_free(filter);
	free(r);
}

Test(memory, of_the_gate)
{
	static const uint64_t nonce[FILTER_NONCE_WORDS] = {1, 2, 3};
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	const struct filter filter = {code, 1};
	unsigned n = 0;
	bool met = SHORT_MEMORY;

	while (met) {
		struct filter *gated = NULL;
		int error;

		short_begin(++n);
		error = filter_with_gate(&filter, nonce, NULL, &gated);
		met = short_end();
		cr_assert_eq(error, met ? -ENOMEM : 0, "allocation %u: %d", n, error);
		filter_free(gated);
	}
	cr_expect(!SHORT_MEMORY || n == 3, "%u", n);
}
