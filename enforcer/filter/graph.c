/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter_internal.h"

/* Each test is an instruction at least, so that more could hardly fit; it bounds memory and the
 * depth of recursion. */
#define MAX_NODES (8u * FILTER_MAX)

void graph_close(struct graph *graph)
{
	free(graph->nodes);
	free(graph->buckets);
	*graph = (struct graph){0};
}

static uint32_t hash_node(const struct node *n)
{
	uint64_t h = n->op;

	h = (h ^ n->word) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 29) ^ n->mask) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 29) ^ n->k) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 29) ^ n->yes) * 0x9e3779b97f4a7c15u;
	h = (h ^ (h >> 29) ^ n->no) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static bool same_node(const struct node *a, const struct node *b)
{
	return a->op == b->op && a->word == b->word && a->mask == b->mask && a->k == b->k &&
	       a->yes == b->yes && a->no == b->no;
}

static int rehash(struct graph *graph)
{
	size_t wanted = graph->n_buckets ? graph->n_buckets * 4 : 1024, i, slot;
	uint32_t *buckets = calloc(wanted, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	for (i = 0; i < graph->count; i++) {
		slot = hash_node(&graph->nodes[i]) & (wanted - 1);
		while (buckets[slot])
			slot = (slot + 1) & (wanted - 1);
		buckets[slot] = (uint32_t)i + 1;
	}
	free(graph->buckets);
	graph->buckets = buckets;
	graph->n_buckets = wanted;
	return 0;
}

/* Equal nodes are one node: equal checks of different calls and ABIs share their code. */
static node_id intern(struct graph *graph, const struct node *wanted)
{
	size_t slot;

	if (graph->error)
		return NODE_NONE;
	if (graph->count >= MAX_NODES)
		graph->error = -E2BIG;
	else if (graph->count * 2 >= graph->n_buckets)
		graph->error = rehash(graph);
	if (!graph->error)
		graph->error = grow_array(&graph->nodes, &graph->capacity, graph->count + 1,
					  sizeof(*graph->nodes));
	if (graph->error)
		return NODE_NONE;
	slot = hash_node(wanted) & (graph->n_buckets - 1);
	while (graph->buckets[slot]) {
		if (same_node(&graph->nodes[graph->buckets[slot] - 1], wanted))
			return graph->buckets[slot] - 1;
		slot = (slot + 1) & (graph->n_buckets - 1);
	}
	graph->nodes[graph->count] = *wanted;
	graph->buckets[slot] = (uint32_t)++graph->count;
	return (node_id)(graph->count - 1);
}

node_id graph_return(struct graph *graph, uint32_t value)
{
	return intern(graph, &(struct node){.op = NODE_RETURN, .k = value});
}

node_id graph_test(struct graph *graph, const struct node *test)
{
	if (test->yes == test->no)
		return test->yes;
	return intern(graph, test);
}

static node_id test(struct graph *graph, enum node_op op, uint32_t word, uint32_t mask, uint32_t k,
		    node_id yes, node_id no)
{
	return graph_test(graph, &(struct node){.op = (uint8_t)op,
						.word = word,
						.mask = mask,
						.k = k,
						.yes = yes,
						.no = no});
}

/* Does the word hold one of these values (ascending) under the mask? */
static node_id word_in(struct graph *graph, uint32_t word, uint32_t mask, const uint32_t *values,
		       size_t count, node_id yes, node_id no)
{
	CLEANUP(free_ptr) struct interval *intervals = NULL;
	size_t n = 0, i;

	/* Bit tests need no AND: one JSET says it. */
	if (count == 1 && values[0] == 0 && mask != UINT32_MAX)
		return test(graph, NODE_SET, word, UINT32_MAX, mask, no, yes);
	if (count == 1 && values[0] == mask && (mask & (mask - 1)) == 0)
		return test(graph, NODE_SET, word, UINT32_MAX, mask, yes, no);
	if (count == 1)
		return test(graph, NODE_EQ, word, mask, values[0], yes, no);
	intervals = calloc(2 * count + 1, sizeof(*intervals));
	if (!intervals) {
		graph->error = -ENOMEM;
		return NODE_NONE;
	}
	intervals[n++] = (struct interval){0, no, 1};
	for (i = 0; i < count; i++) {
		if (intervals[n - 1].start == values[i])
			n--;
		intervals[n++] = (struct interval){values[i], yes, 1};
		if (values[i] != UINT32_MAX)
			intervals[n++] = (struct interval){values[i] + 1, no, 1};
	}
	return graph_switch(graph, word, mask, intervals, n);
}

static node_id word_range(struct graph *graph, uint32_t word, uint32_t mask, uint32_t low,
			  uint32_t high, node_id yes, node_id no)
{
	struct interval intervals[3];
	size_t n = 0;

	if (low > 0)
		intervals[n++] = (struct interval){0, no, 1};
	intervals[n++] = (struct interval){low, yes, 1};
	if (high != UINT32_MAX)
		intervals[n++] = (struct interval){high + 1, no, 1};
	return graph_switch(graph, word, mask, intervals, n);
}

/* Values that are wider than a word: first the upper half, then the lower half of those that share
 * it. */
static node_id cond_in_wide(struct graph *graph, const struct policy_cond *cond,
			    const uint64_t *values, node_id yes, node_id no)
{
	uint32_t low_mask = (uint32_t)cond->mask, high_mask = (uint32_t)(cond->mask >> 32);
	CLEANUP(free_ptr) struct interval *highs = calloc(2u * cond->n_values + 1u, sizeof(*highs));
	CLEANUP(free_ptr) uint32_t *lows = calloc(cond->n_values, sizeof(*lows));
	size_t n = 0, i, from, count;
	uint32_t high;
	node_id below;

	if (!highs || !lows) {
		graph->error = -ENOMEM;
		return NODE_NONE;
	}
	highs[n++] = (struct interval){0, no, 1};
	for (from = 0; from < cond->n_values; from += count) {
		high = (uint32_t)(values[from] >> 32);
		for (count = 0; from + count < cond->n_values &&
				(uint32_t)(values[from + count] >> 32) == high;
		     count++)
			;
		for (i = 0; i < count; i++)
			lows[i] = (uint32_t)values[from + i];
		below = low_mask ? word_in(graph, WORD_LOW(cond->arg), low_mask, lows, count, yes,
					   no)
				 : yes;
		if (highs[n - 1].start == high)
			n--;
		highs[n++] = (struct interval){high, below, 1};
		if (high != UINT32_MAX)
			highs[n++] = (struct interval){high + 1, no, 1};
	}
	return graph_switch(graph, WORD_HIGH(cond->arg), high_mask, highs, n);
}

static node_id cond_in(struct graph *graph, const struct policy_cond *cond, const uint64_t *values,
		       node_id yes, node_id no)
{
	uint32_t low_mask = (uint32_t)cond->mask, high_mask = (uint32_t)(cond->mask >> 32);
	CLEANUP(free_ptr) uint32_t *lows = NULL;
	size_t i;

	if (cond->n_values == 1 && values[0] == 0) {
		/* No bit of the mask is set: in both halves. */
		if (low_mask)
			yes = word_in(graph, WORD_LOW(cond->arg), low_mask, &(uint32_t){0}, 1, yes,
				      no);
		if (high_mask)
			yes = word_in(graph, WORD_HIGH(cond->arg), high_mask, &(uint32_t){0}, 1,
				      yes, no);
		return yes;
	}
	if (high_mask)
		return cond_in_wide(graph, cond, values, yes, no);
	lows = calloc(cond->n_values, sizeof(*lows));
	if (!lows) {
		graph->error = -ENOMEM;
		return NODE_NONE;
	}
	for (i = 0; i < cond->n_values; i++)
		lows[i] = (uint32_t)values[i];
	return word_in(graph, WORD_LOW(cond->arg), low_mask, lows, cond->n_values, yes, no);
}

static node_id cond_range(struct graph *graph, const struct policy_cond *cond, uint64_t low,
			  uint64_t high, node_id yes, node_id no)
{
	uint32_t low_mask = (uint32_t)cond->mask, high_mask = (uint32_t)(cond->mask >> 32);
	uint32_t low_high = (uint32_t)(low >> 32), high_high = (uint32_t)(high >> 32);
	uint32_t word = WORD_LOW(cond->arg);
	struct interval parts[5];
	node_id first, last;
	size_t n = 0;

	if (low > high)
		return no;
	if (!high_mask)
		return low > UINT32_MAX
			       ? no
			       : word_range(graph, word, low_mask, (uint32_t)low,
					    high > UINT32_MAX ? UINT32_MAX : (uint32_t)high, yes,
					    no);
	if (low_high == high_high) {
		first = word_range(graph, word, low_mask, (uint32_t)low, (uint32_t)high, yes, no);
		return word_in(graph, WORD_HIGH(cond->arg), high_mask, &low_high, 1, first, no);
	}
	first = word_range(graph, word, low_mask, (uint32_t)low, UINT32_MAX, yes, no);
	last = word_range(graph, word, low_mask, 0, (uint32_t)high, yes, no);
	if (low_high > 0)
		parts[n++] = (struct interval){0, no, 1};
	parts[n++] = (struct interval){low_high, first, 1};
	if (high_high - low_high > 1)
		parts[n++] = (struct interval){low_high + 1, yes, 1};
	parts[n++] = (struct interval){high_high, last, 1};
	if (high_high != UINT32_MAX)
		parts[n++] = (struct interval){high_high + 1, no, 1};
	return graph_switch(graph, WORD_HIGH(cond->arg), high_mask, parts, n);
}

node_id graph_cond(struct graph *graph, const struct policy_cond *cond, const uint64_t *values,
		   node_id yes, node_id no)
{
	switch ((enum policy_cond_op)cond->op) {
	case COND_IN:
		return cond_in(graph, cond, values, yes, no);
	case COND_NOT_IN:
		return cond_in(graph, cond, values, no, yes);
	case COND_RANGE:
		return cond_range(graph, cond, values[0], values[1], yes, no);
	}
	graph->error = -EINVAL; /* not lowered by the policy room: no filter rather than a guess */
	return NODE_NONE;
}
