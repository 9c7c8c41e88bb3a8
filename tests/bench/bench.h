/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark: each figure of bailiff beside a peer's, taken in turns in one run on one machine.
 * It prints, and judges nothing: it is no test.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdint.h>

#include "bailiff/filter.h"

struct bench {
	const char *bailiff;   /* the program */
	const char *scratch;   /* a directory of our own */
	struct policy *policy; /* container-default, x86_64 */
	struct policy *wide;   /* the same with i386 and x32 */
	struct filter *filter, *wide_filter;
	struct filter *list, *tree; /* libseccomp's for the same policy */
	struct filter *wide_list, *wide_tree;
};

/* One line of the table. peer < 0: none; the ratio is value / peer. */
void bench_row(const char *what, const char *unit, double value, const char *peer_name, double peer,
	       const char *goal);

/* libseccomp's filter for what the lowered policy says; level 1: list, 2: tree. Exits on failure.
 */
struct filter *bench_libseccomp(const struct policy *policy, unsigned level);

void bench_filters(const struct bench *bench);	/* size, path, load, call */
void bench_start(const struct bench *bench);	/* start of a program */
void bench_confined(const struct bench *bench); /* the same under path rules, and opens */
void bench_notify(const struct bench *bench);	/* denials that are told */
void bench_host(const struct bench *bench);	/* the decision, and the ring of violations */
void bench_store(const struct bench *bench);	/* violations, kept */
void bench_load(const struct bench *bench);	/* rules into the kernel */
void bench_ruleset(void);			/* all rules of a host */

uint64_t bench_now(void); /* ns */
double bench_median(double *values, int count);
_Noreturn void bench_fail(const char *what);

/* Runs a program to its end; exits where its status is not 0. */
void bench_run(const char *program, ...);
/* Does it end with status 0? */
bool bench_starts(char *const *argv);
/* Starts in blocks, the contestants in turns, BENCH_STARTS each; medians. */
#define BENCH_CONTESTANTS 8
#define BENCH_STARTS	  360
struct bench_contestant {
	char *const *argv;
	const char *input; /* a file that it reads as descriptor 9; NULL: none */
	double ms;
};
void bench_race(struct bench_contestant *all, int n, int block);

/* What the benchmark runs to open and close files: see confined.c. */
int bench_opener(int argc, char **argv);

/* What the benchmark runs as the program: `count` calls of personality() with arguments that the
 * policy denies or allows; prints ns a call to standard output. */
int bench_child(int argc, char **argv);

#endif
