/* SPDX-License-Identifier: Apache-2.0 */
/* For seeded.sh: compiles drawn policies with whatever compiler it is linked to. 0: all are proved; 1: the proof
 * found a fault. */
#include "random_policy.h"

int main(void)
{
	unsigned seed;

	for (seed = 1; seed <= 60; seed++) {
		struct filter_mode mode = {.supervised = seed & 1, .audit = seed % 5 == 0};
		struct random_policy *r =
			random_policy(seed, 1u | (seed >> 1 & 15u), seed % 3 ? 4 : 12);
		struct filter *filter = NULL;
		struct filter_proof proof;
		int error = filter_compile(&r->policy, &mode, NULL, &filter);

		if (error == 0)
			error = filter_prove(filter->code, filter->length, &r->policy, &mode, NULL,
					     &proof);
		if (error && error != -E2BIG)
			return error == -EBADMSG ? 1 : 2;
		filter_free(filter);
		free(r);
	}
	return 0;
}
