/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Graph -> instructions. Code is written from its end backwards, children before parents: so every
 * target is behind (jumps only go forward), and its distance is known when the jump is written. A
 * distance is counted from the end of the code and turned into an offset at once. A target further
 * than a jump's 8 bits reach gets a copy of its return, or a JA, right behind the jump.
 *
 * The accumulator: a test needs word & mask in A. Where every way to it leaves just that (a
 * chain of tests of one word), the load is left out; where some do, those enter behind the load.
 */
#include <errno.h>
#include <stdlib.h>

#include "filter_internal.h"

#define REACH 255u

struct emitter {
	struct graph *graph;
	struct sock_filter *code; /* reversed: code[0] is the last instruction */
	size_t length, capacity;
	int error;
};

static uint32_t put(struct emitter *e, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	if (!e->error && e->length >= FILTER_MAX)
		e->error = -E2BIG;
	if (!e->error)
		e->error = grow_array(&e->code, &e->capacity, e->length + 1, sizeof(*e->code));
	if (e->error)
		return 0;
	e->code[e->length++] = (struct sock_filter){code, yes, no, k};
	return (uint32_t)e->length; /* the distance of this instruction from the end */
}

/* Does `from`, having run, leave in A what `to` tests? */
static bool leaves(const struct node *from, const struct node *to)
{
	return from && from->op != NODE_RETURN && to->op != NODE_RETURN && from->word == to->word &&
	       from->mask == to->mask;
}

/* Marks the tests that are reached with something else in A, and sizes what lies below. */
static void mark(struct graph *graph, const struct node *from, node_id id)
{
	struct node *node = &graph->nodes[id];

	if (!leaves(from, node))
		node->cold = true;
	if (node->seen)
		return;
	node->seen = true;
	node->size = 1;
	if (node->op == NODE_RETURN)
		return;
	mark(graph, node, node->yes);
	mark(graph, node, node->no);
	node->size = 2 + graph->nodes[node->yes].size + graph->nodes[node->no].size;
}

static uint32_t entry(const struct node *from, const struct node *to)
{
	return leaves(from, to) ? to->warm_at : to->cold_at;
}

/* Makes sure that a jump of `from`, written with at most `pending` instructions in between, reaches
 * `to`. */
static void bring_near(struct emitter *e, const struct node *from, struct node *to,
		       uint32_t pending)
{
	if (e->length + pending - entry(from, to) <= REACH)
		return;
	if (to->op == NODE_RETURN)
		to->cold_at = put(e, BPF_RET | BPF_K, 0, 0, to->k);
	else if (leaves(from, to))
		to->warm_at = put(e, BPF_JMP | BPF_JA, 0, 0, (uint32_t)e->length - to->warm_at);
	else
		to->cold_at = put(e, BPF_JMP | BPF_JA, 0, 0, (uint32_t)e->length - to->cold_at);
}

static uint8_t offset(const struct emitter *e, uint32_t target)
{
	return e->error ? 0 : (uint8_t)(e->length - target);
}

static void emit_test(struct emitter *e, struct node *node)
{
	static const uint16_t jumps[] = {
		[NODE_EQ] = BPF_JEQ, [NODE_GE] = BPF_JGE, [NODE_SET] = BPF_JSET};
	struct node *yes = &e->graph->nodes[node->yes], *no = &e->graph->nodes[node->no];
	uint8_t to_yes, to_no;

	/* The first may be followed by one inserted instruction for the second. */
	bring_near(e, node, yes, 1);
	bring_near(e, node, no, 0);
	to_yes = offset(e, entry(node, yes));
	to_no = offset(e, entry(node, no));
	node->warm_at =
		put(e, (uint16_t)(BPF_JMP | jumps[node->op] | BPF_K), to_yes, to_no, node->k);
	node->cold_at = node->warm_at;
	if (!node->cold)
		return;
	if (node->mask != UINT32_MAX)
		put(e, BPF_ALU | BPF_AND | BPF_K, 0, 0, node->mask);
	node->cold_at = put(e, BPF_LD | BPF_W | BPF_ABS, 0, 0, node->word);
}

static void emit_node(struct emitter *e, node_id id)
{
	struct node *node = &e->graph->nodes[id];
	struct node *yes, *no;

	if (node->placed || e->error)
		return;
	node->placed = true;
	if (node->op == NODE_RETURN) {
		node->cold_at = node->warm_at = put(e, BPF_RET | BPF_K, 0, 0, node->k);
		return;
	}
	yes = &e->graph->nodes[node->yes];
	no = &e->graph->nodes[node->no];
	/* The smaller part lies right behind the test, so that the jump over it is short. */
	emit_node(e, yes->size > no->size ? node->yes : node->no);
	emit_node(e, yes->size > no->size ? node->no : node->yes);
	emit_test(e, node);
}

static void reverse(struct sock_filter *code, size_t length)
{
	struct sock_filter swap;
	size_t i;

	for (i = 0; i < length / 2; i++) {
		swap = code[i];
		code[i] = code[length - 1 - i];
		code[length - 1 - i] = swap;
	}
}

int graph_emit(struct graph *graph, node_id root, struct filter **ret_filter)
{
	struct emitter e = {.graph = graph};
	struct filter *filter = NULL;

	e.error = graph->error;
	if (!e.error)
		mark(graph, NULL, root);
	if (!e.error)
		emit_node(&e, root);
	if (!e.error) {
		filter = malloc(sizeof(*filter));
		if (!filter)
			e.error = -ENOMEM;
	}
	if (e.error) {
		free(e.code);
		return e.error;
	}
	reverse(e.code, e.length);
	*filter = (struct filter){.code = e.code, .length = e.length};
	*ret_filter = filter;
	return 0;
}
