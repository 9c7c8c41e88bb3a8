/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision tree over intervals of one word. Each test costs one instruction, so both the
 * number of tests and the weighted depth matter. Splits (JGE) come from the dynamic programme for
 * optimal alphabetic trees, with Knuth's bounds on where a split can lie (quadratic, not cubic);
 * beside splits a part may end in a short chain of JEQ, where all but a few single values lead to
 * one target: that is cheaper than two splits a value, and call numbers are full of such holes.
 */
#include <errno.h>
#include <stdlib.h>

#include "filter_internal.h"

#define CHAIN_MAX   4	/* JEQs in a row: more would be slower than splitting */
#define OPTIMAL_MAX 700 /* intervals; beyond (long lists of values), halves are good enough */
#define NODE_COST                                                                                  \
	6.0 /* of one more instruction, against one more step of one call: about 1 in 100 of       \
	       either */

struct choice {
	double cost;
	double weight;
	uint16_t split; /* first interval of the right part; 0: a chain */
	uint16_t root;	/* Knuth's bound: where a split lay, or would */
};

struct plan {
	struct graph *graph;
	uint32_t word, mask;
	const struct interval *in;
	size_t count;
	struct choice *table; /* count * count, NULL: halves */
};

static bool single(const struct plan *plan, size_t i)
{
	return i + 1 < plan->count ? plan->in[i + 1].start - plan->in[i].start == 1
				   : plan->in[i].start == UINT32_MAX;
}

/* Can [first, last] be told apart by at most CHAIN_MAX equalities? Then which target remains. */
static bool chain_of(const struct plan *plan, size_t first, size_t last, node_id *ret_rest,
		     size_t *ret_tests)
{
	size_t i, j, tests;
	node_id rest;

	if (last - first > 2 * CHAIN_MAX)
		return false;
	for (i = first; i <= last && i <= first + 1; i++) {
		rest = plan->in[i].target;
		tests = 0;
		for (j = first; j <= last; j++) {
			if (plan->in[j].target == rest)
				continue;
			if (!single(plan, j))
				break;
			tests++;
		}
		if (j > last && tests <= CHAIN_MAX) {
			*ret_rest = rest;
			*ret_tests = tests;
			return true;
		}
	}
	return false;
}

/* Heavier values are asked for first. Returns the order of the interval indices. */
static size_t chain_order(const struct plan *plan, size_t first, size_t last, node_id rest,
			  size_t order[CHAIN_MAX])
{
	size_t n = 0, i, j;

	for (i = first; i <= last; i++) {
		if (plan->in[i].target == rest)
			continue;
		for (j = n; j > 0 && plan->in[order[j - 1]].weight < plan->in[i].weight; j--)
			order[j] = order[j - 1];
		order[j] = i;
		n++;
	}
	return n;
}

static double chain_cost(const struct plan *plan, size_t first, size_t last, node_id rest,
			 double weight)
{
	size_t order[CHAIN_MAX], n, i;
	double cost = 0, left = weight;

	n = chain_order(plan, first, last, rest, order);
	for (i = 0; i < n; i++) {
		cost += left + NODE_COST;
		left -= plan->in[order[i]].weight;
	}
	return cost;
}

static void fill_choice(struct plan *plan, size_t i, size_t j)
{
	struct choice *best = &plan->table[i * plan->count + j];
	size_t from, to, k, tests;
	double cost;
	node_id rest;

	best->weight = plan->table[i * plan->count + j - 1].weight + plan->in[j].weight;
	from = plan->table[i * plan->count + j - 1].root;
	to = plan->table[(i + 1) * plan->count + j].root;
	if (from < i + 1)
		from = i + 1;
	if (to > j || to < from)
		to = j;
	best->cost = -1;
	for (k = from; k <= to; k++) {
		cost = plan->table[i * plan->count + k - 1].cost +
		       plan->table[k * plan->count + j].cost + best->weight + NODE_COST;
		if (best->cost < 0 || cost < best->cost) {
			best->cost = cost;
			best->split = best->root = (uint16_t)k;
		}
	}
	if (chain_of(plan, i, j, &rest, &tests)) {
		cost = chain_cost(plan, i, j, rest, best->weight);
		if (cost < best->cost) {
			best->cost = cost;
			best->split = 0;
		}
	}
}

static int fill_table(struct plan *plan)
{
	size_t i, span;

	if (plan->count > OPTIMAL_MAX)
		return 0;
	plan->table = calloc(plan->count * plan->count, sizeof(*plan->table));
	if (!plan->table)
		return -ENOMEM;
	for (i = 0; i < plan->count; i++) {
		plan->table[i * plan->count + i].weight = plan->in[i].weight;
		plan->table[i * plan->count + i].root = (uint16_t)i;
	}
	for (span = 1; span < plan->count; span++)
		for (i = 0; i + span < plan->count; i++)
			fill_choice(plan, i, i + span);
	return 0;
}

static node_id add_test(const struct plan *plan, enum node_op op, uint32_t k, node_id yes,
			node_id no)
{
	return graph_test(plan->graph, &(struct node){.op = (uint8_t)op,
						      .word = plan->word,
						      .mask = plan->mask,
						      .k = k,
						      .yes = yes,
						      .no = no});
}

static node_id build_chain(const struct plan *plan, size_t first, size_t last, node_id rest)
{
	size_t order[CHAIN_MAX], n;
	node_id node = rest;

	n = chain_order(plan, first, last, rest, order);
	while (n-- > 0)
		node = add_test(plan, NODE_EQ, plan->in[order[n]].start, plan->in[order[n]].target,
				node);
	return node;
}

static node_id build(const struct plan *plan, size_t first, size_t last)
{
	size_t split, tests;
	node_id rest;

	if (first == last)
		return plan->in[first].target;
	split = plan->table ? plan->table[first * plan->count + last].split
			    : first + (last - first + 1) / 2;
	if ((!plan->table || split == 0) && chain_of(plan, first, last, &rest, &tests))
		return build_chain(plan, first, last, rest);
	return add_test(plan, NODE_GE, plan->in[split].start, build(plan, split, last),
			build(plan, first, split - 1));
}

static size_t merge_equal(struct interval *in, size_t count)
{
	size_t n = 0, i;

	for (i = 0; i < count; i++) {
		if (n && in[n - 1].target == in[i].target)
			in[n - 1].weight += in[i].weight;
		else
			in[n++] = in[i];
	}
	return n;
}

node_id graph_switch(struct graph *graph, uint32_t word, uint32_t mask, struct interval *intervals,
		     size_t count)
{
	struct plan plan = {.graph = graph, .word = word, .mask = mask, .in = intervals};
	node_id root;

	plan.count = merge_equal(intervals, count);
	if (!graph->error)
		graph->error = fill_table(&plan);
	if (graph->error)
		return NODE_NONE;
	root = build(&plan, 0, plan.count - 1);
	free(plan.table);
	return root;
}
