/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever allocation fails: there is no image then, and nothing else comes of it. */
#include "../common/short_memory.h"
#include "help_ruleset.h"

static const char text[] =
	HEAD "files:\n  default: allow\n  deny: [/a/b, '/a/*.so', '/a/[xy]*', '/**/c/**', /d/**]\n"
	     "  audit: [{paths: [/b/**], by: [/x, '/y*']}]\n"
	     "exec: {default: allow, deny: [/a/x, anonymous-memory]}\n"
	     "network:\n  default: deny\n  allow:\n    - {connect: ['10.0.0.0/8:80-90/tcp']}\n"
	     "    - {bind: ['*:443/udp', 'unix:/run/**']}\n    - {socket: [AF_NETLINK]}\n"
	     "capabilities: {default: deny, allow: [CAP_CHOWN, CAP_KILL]}\n"
	     "kernel: {default: deny}\n";

Test(memory, of_compiling)
{
	struct made whole = make_one(text);
	struct ruleset_options options = {.key = {7}};
	const struct policy *policies[] = {whole.policies[0]};
	struct ruleset set = {0};
	unsigned n = 0;
	bool met = SHORT_MEMORY;

	while (met) {
		int error;

		set = (struct ruleset){0};
		short_begin(++n);
		error = ruleset_compile(policies, 1, &options, NULL, &set);
		met = short_end();
		cr_assert_eq(error, met ? -ENOMEM : 0, "allocation %u: %d", n, error);
		cr_assert_eq(set.blocks == NULL, met, "allocation %u", n);
	}
	if (SHORT_MEMORY) {
		cr_expect_gt(n, 40, "%u", n);
		cr_assert_eq(set.n_blocks, whole.set.n_blocks);
		cr_expect_eq(memcmp(set.blocks, whole.set.blocks, (size_t)set.n_blocks * BL_BLOCK),
			     0);
		ruleset_clear(&set);
	}
	made_clear(&whole);
}

/* An image that can't be checked is not taken. */
Test(memory, of_checking)
{
	struct made whole = make_one(text);
	unsigned n = 0;
	bool met = SHORT_MEMORY;

	while (met) {
		int error;

		short_begin(++n);
		error = ruleset_check(whole.set.blocks, whole.set.n_blocks, NULL);
		met = short_end();
		cr_assert_eq(error != 0, met, "allocation %u: %d", n, error);
	}
	cr_expect(!SHORT_MEMORY || n == 3, "%u", n);
	made_clear(&whole);
}
