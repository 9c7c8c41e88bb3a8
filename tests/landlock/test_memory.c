/* SPDX-License-Identifier: Apache-2.0 */
/* Whichever allocation fails: nothing is told of a policy then of which half is known. */
#include "../common/short_memory.h"
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bailiff/landlock.h"

static const char text[] =
	"version: 1\nname: t\nfiles:\n  default: deny\n  allow:\n"
	"    - {paths: [/a/**, '/b/*.so', /link/x], access: [read, execute]}\n"
	"    - {paths: ['/*/c/**'], access: [create]}\n"
	"  deny:\n    - {paths: [/a/b], access: [read, execute], action: errno ENOENT}\n"
	"exec: {default: deny, allow: [/a/x]}\n"
	"network:\n  default: deny\n  allow:\n    - {connect: ['*:80/tcp', '*:53/udp']}\n"
	"    - {bind: ['unix:/run/**', '*:1-9/tcp', '10.0.0.0/8:1/tcp']}\n";

static int follow(void *context, const char *pattern, char **ret_path)
{
	(void)context;
	*ret_path = NULL;
	if (strncmp(pattern, "/link", 5) != 0)
		return 0;
	return asprintf(ret_path, "/to%s", pattern + 5) < 0 ? -ENOMEM : 0;
}

Test(memory, of_compiling)
{
	struct landlock_options options = {.abi = LANDLOCK_ABI_NEWEST, .resolve = follow};
	struct landlock *whole = NULL, *landlock = NULL;
	struct policy *policy = NULL;
	struct diag *diag = NULL;
	unsigned n = 0;
	bool met = SHORT_MEMORY;
	size_t wanted, got;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(policy_parse(text, strlen(text), "t.yaml", diag, &policy), 0);
	cr_assert_eq(landlock_compile(policy, &options, NULL, &whole), 0);
	while (met) {
		int error;

		landlock = NULL;
		short_begin(++n);
		error = landlock_compile(policy, &options, NULL, &landlock);
		met = short_end();
		cr_assert(error == -ENOMEM ? met && !landlock : !error, "allocation %u: %d", n,
			  error);
		/* The library's own printing and sorting do without. */
		if (error)
			continue;
		landlock_lacks(whole, &wanted);
		landlock_lacks(landlock, &got);
		cr_assert_eq(wanted, got, "allocation %u", n);
		landlock_ports(whole, &wanted);
		landlock_ports(landlock, &got);
		cr_assert_eq(wanted, got, "allocation %u", n);
		cr_assert_eq(landlock_handled(whole).fs, landlock_handled(landlock).fs);
		landlock_free(landlock);
	}
	cr_expect(!SHORT_MEMORY || n > 10, "%u", n);
	landlock_free(whole);
	policy_free(policy);
	diag_free(diag);
}
