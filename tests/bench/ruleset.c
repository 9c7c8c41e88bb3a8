/* SPDX-License-Identifier: Apache-2.0 */
/* All rules of a host as one image: what compiling 160,000 of them takes, and one decision. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/ruleset.h"
#include "bench.h"

#define RULES	  160000u
#define ROUNDS	  9
#define DECISIONS 200000u

/* A rule for each path, half of them directories with all below; 160 to a directory. */
static struct policy *make_policy(void)
{
	struct policy *policy = NULL;
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		bench_fail("memory");
	fputs("version: 1\nname: many\nscope: {host: true}\nfiles:\n  default: allow\n  deny:\n",
	      out);
	for (unsigned i = 0; i < RULES; i++)
		fprintf(out, "    - {paths: [/srv/data/d%u/s%u/file-%u.conf%s], access: [%s]}\n",
			i / 1600, i / 160, i, i % 2 ? "/**" : "", i % 3 ? "read" : "write");
	if (fclose(out) != 0 || policy_parse(text, length, "many.yaml", NULL, &policy) < 0)
		bench_fail("a policy of many rules");
	free(text);
	return policy;
}

/* ns a decision, in no order, so that little of the image is in a cache. */
static double decide_cold(const struct ruleset *set)
{
	struct ruleset_verdict verdict;
	uint64_t begin, spent = 0, denied = 0;
	char(*paths)[64] = calloc(DECISIONS, sizeof(*paths));
	uint32_t number = 1;

	if (!paths)
		bench_fail("memory");
	for (unsigned i = 0; i < DECISIONS; i++) {
		uint32_t rule;

		number = number * 1664525u + 1013904223u;
		rule = number / 7 % RULES;
		snprintf(paths[i], sizeof(*paths), "/srv/data/d%u/s%u/file-%u.conf", rule / 1600,
			 rule / 160, rule);
	}
	begin = bench_now();
	for (unsigned i = 0; i < DECISIONS; i++) {
		if (ruleset_ask_path(set, BL_STATE_ROOT, paths[i], BL_OP_READ, 1, &verdict) < 0)
			bench_fail("a decision");
		denied += verdict.deny;
	}
	spent = bench_now() - begin;
	if (denied == 0)
		bench_fail("denying anything");
	free(paths);
	return (double)spent / DECISIONS;
}

void bench_ruleset(void)
{
	struct ruleset_options options = {.key = {0x1234, 0x5678}};
	struct policy *policy = make_policy();
	const struct policy *policies[] = {policy};
	struct ruleset set = {NULL, 0};
	double ms[ROUNDS], ns[ROUNDS], check[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t begin = bench_now();

		ruleset_clear(&set);
		if (ruleset_compile(policies, 1, &options, NULL, &set) < 0)
			bench_fail("compiling many rules");
		ms[i] = (double)(bench_now() - begin) / 1e6;
		begin = bench_now();
		if (ruleset_check(set.blocks, set.n_blocks, NULL) < 0)
			bench_fail("checking an image");
		check[i] = (double)(bench_now() - begin) / 1e6;
		ns[i] = decide_cold(&set);
	}
	bench_row("160,000 rules to an image", "ms", bench_median(ms, ROUNDS), "", -1, "");
	bench_row("the image, checked", "ms", bench_median(check, ROUNDS), "", -1, "");
	bench_row("the image's size", "MiB", (double)set.n_blocks * BL_BLOCK / (1 << 20), "", -1,
		  "<= 48 MiB");
	bench_row("a path of five names judged, cold", "ns", bench_median(ns, ROUNDS), "", -1, "");
	ruleset_clear(&set);
	policy_free(policy);
}
