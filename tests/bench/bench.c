/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char wide_text[] = "version: 1\nname: wide\narchitectures: [x86_64, i386, x32]\n"
				"include: [container-default]\n";

_Noreturn void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s failed\n", what);
	exit(1);
}

uint64_t bench_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int compare_doubles(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

double bench_median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

void bench_row(const char *what, const char *unit, double value, const char *peer_name, double peer,
	       const char *goal)
{
	char ours[32], theirs[64] = "-", ratio[32] = "-";

	snprintf(ours, sizeof(ours), value < 100 ? "%.2f %s" : "%.0f %s", value, unit);
	if (peer >= 0) {
		snprintf(theirs, sizeof(theirs), peer < 100 ? "%s %.2f" : "%s %.0f", peer_name,
			 peer);
		snprintf(ratio, sizeof(ratio), "%.2f", value / peer);
	}
	printf("| %-50s | %12s | %28s | %6s | %-22s |\n", what, ours, theirs, ratio, goal);
	fflush(stdout);
}

static struct policy *read_policy(const char *text, const char *name)
{
	struct policy *policy = NULL;
	struct diag *diag = NULL;
	int r;

	if (diag_new(&diag) < 0)
		bench_fail("memory");
	r = text ? policy_parse(text, strlen(text), name, diag, &policy)
		 : policy_read(name, diag, &policy);
	diag_print(diag, stderr);
	diag_free(diag);
	if (r < 0)
		bench_fail(name);
	return policy;
}

static struct filter *compile(const struct policy *policy)
{
	struct filter_mode mode = {.supervised = false};
	struct filter *filter = NULL;
	struct filter_proof proof;

	if (filter_compile(policy, &mode, NULL, &filter) < 0 ||
	    filter_prove(filter->code, filter->length, policy, &mode, NULL, &proof) < 0)
		bench_fail("compile");
	return filter;
}

int main(int argc, char **argv)
{
	char scratch[] = "/tmp/bailiff-bench-XXXXXX", command[64];
	struct bench b;

	if (argc > 1 && strcmp(argv[1], "--child") == 0)
		return bench_child(argc, argv);
	if (argc > 1 && strcmp(argv[1], "--open") == 0)
		return bench_opener(argc, argv);
	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: bench BAILIFF [run | confined | host | store]\n");
		return 2;
	}
	if (!mkdtemp(scratch))
		bench_fail("mkdtemp");
	b = (struct bench){.bailiff = argv[1],
			   .scratch = scratch,
			   .policy = read_policy(NULL, "container-default"),
			   .wide = read_policy(wide_text, "wide.yaml")};
	b.filter = compile(b.policy);
	b.wide_filter = compile(b.wide);
	b.list = bench_libseccomp(b.policy, 1);
	b.tree = bench_libseccomp(b.policy, 2);
	b.wide_list = bench_libseccomp(b.wide, 1);
	b.wide_tree = bench_libseccomp(b.wide, 2);
	printf("| %-50s | %12s | %28s | %6s | %-22s |\n", "figure", "bailiff", "peer", "ratio",
	       "goal");
	printf("|%.52s|%.14s|%.30s|%.8s|%.24s|\n",
	       "------------------------------------------------------------",
	       "----------------------", "------------------------------------", "----------",
	       "------------------------------");
	if (argc == 2)
		bench_filters(&b);
	if (argc == 2 || strcmp(argv[2], "run") == 0) {
		bench_start(&b);
		bench_notify(&b);
	}
	if (argc == 2 || strcmp(argv[2], "confined") == 0)
		bench_confined(&b);
	if (argc == 2)
		bench_ruleset();
	if (argc == 2 || strcmp(argv[2], "host") == 0)
		bench_host(&b);
	if (argc == 2 || strcmp(argv[2], "store") == 0)
		bench_store(&b);
	snprintf(command, sizeof(command), "rm -rf %s", scratch);
	return system(command) == 0 ? 0 : 1;
}
