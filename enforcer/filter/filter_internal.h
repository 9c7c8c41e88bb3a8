/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the filter room. A filter is first a graph of tests that ends in returns:
 *
 *   compile.c  policy -> graph: one tree over call numbers an ABI, argument checks as its leaves
 *   graph.c    nodes, each made once (equal ones are shared), and conditions as tests of 32-bit
 * words tree.c     the cheapest decision tree over intervals of a word emit.c     graph ->
 * instructions: order, jump ranges, loads that are not repeated run.c      the simulator, and the
 * kernel's rules for valid code prove.c    the simulator against the policy's own evaluation gate.c
 * the launcher's own execve print.c    assembly
 */
#ifndef FILTER_INTERNAL_H
#define FILTER_INTERNAL_H

#include "bailiff/filter.h"

#define WORD_NR	  ((uint32_t)offsetof(struct seccomp_data, nr))
#define WORD_ARCH ((uint32_t)offsetof(struct seccomp_data, arch))
/* The halves of an argument, on a little-endian machine: all four ABIs are. */
#define WORD_LOW(arg)  ((uint32_t)offsetof(struct seccomp_data, args) + 8u * (arg))
#define WORD_HIGH(arg) (WORD_LOW(arg) + 4u)

/* A node is a number; NODE_NONE is none, e.g. out of memory (the graph remembers). */
typedef uint32_t node_id;
#define NODE_NONE UINT32_MAX

enum node_op { NODE_RETURN = 1, NODE_EQ, NODE_GE, NODE_SET };

struct node {
	uint8_t op;    /* enum node_op */
	uint32_t word; /* offset in seccomp_data */
	uint32_t mask; /* ANDed before the test; ~0: not */
	uint32_t k;    /* constant, or the value returned */
	node_id yes, no;
	/* Layout, by emit.c */
	bool seen, cold, placed;
	uint32_t size;		   /* instructions below, about */
	uint32_t cold_at, warm_at; /* distance from the end of the code */
};

struct graph {
	struct node *nodes;
	size_t count, capacity;
	uint32_t *buckets; /* hash -> node + 1 */
	size_t n_buckets;
	int error; /* -ENOMEM, sticky: every later node is NODE_NONE */
};

/* An interval of a word's values: from `start` up to the next interval's. */
struct interval {
	uint32_t start;
	node_id target;
	double weight; /* how often, relatively, values of it are asked for */
};

void graph_close(struct graph *graph);
node_id graph_return(struct graph *graph, uint32_t value);
node_id graph_test(struct graph *graph, const struct node *test);
/* The cheapest tests that tell the intervals apart. intervals[0].start is 0; equal neighbours are
 * merged in place. */
node_id graph_switch(struct graph *graph, uint32_t word, uint32_t mask, struct interval *intervals,
		     size_t count);
node_id graph_cond(struct graph *graph, const struct policy_cond *cond, const uint64_t *values,
		   node_id yes, node_id no);
/* -E2BIG past FILTER_MAX; -ENOMEM. */
int graph_emit(struct graph *graph, node_id root, struct filter **ret_filter);

/* Runs code until it returns or reads an argument. True: *ret_value holds for every argument, and
 * *ret_cacheable says whether the kernel's bitmap can know it too. */
bool run_without_arguments(const struct sock_filter *code, size_t length, uint32_t arch,
			   uint32_t nr, uint32_t *ret_value, bool *ret_cacheable);

#endif
