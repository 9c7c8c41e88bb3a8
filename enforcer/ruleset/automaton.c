/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states. One stands for: a node of the tree of literal components (or none), a set of positions
 * in patterns with wildcards, what holds below (a vector), what holds here. Each node of the tree
 * has one state, since one path leads to it; the others are shared by what they stand for.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define MAX_STEPS     ((uint64_t)1 << 32)
#define MAX_ITEMS     (32u << 20) /* of all sets */
#define ARENA_BYTES   ((size_t)1 << 29)
#define FIRST_DYNAMIC (BL_STATE_CGROUPS + 1)
#define WORDS	      (BL_BLOCK / sizeof(bl_target))

void automaton_limit(struct automaton *a, const char *what)
{
	if (!a->failed)
		REFUSE(a->c, NULL,
		       "the patterns of all policies together need too much: %s; use fewer "
		       "wildcards other than a final /**, and one rule with a list of paths rather "
		       "than a rule for each",
		       what);
	a->failed = true;
}

int automaton_open(struct compiler *c, struct automaton *a)
{
	*a = (struct automaton){.c = c};
	if (arena_new(ARENA_BYTES, &a->arena) < 0 || vectors_open(a) < 0)
		goto fail;
	if (!ROOM(c, a->nodes, FIRST_DYNAMIC, a->nodes_size) ||
	    !ROOM(c, a->terms, 1, a->terms_size) || !ROOM(c, a->starts, 1, a->starts_size) ||
	    !ROOM(c, a->positions, 1, a->positions_size) ||
	    !ROOM(c, a->components, 1, a->components_size) || !ROOM(c, a->sets, 1, a->sets_size) ||
	    !ROOM(c, a->states, FIRST_DYNAMIC, a->states_size) ||
	    !ROOM(c, a->follows, 1, a->follows_size) || !ROOM(c, a->shared, 1, a->shared_size) ||
	    !ROOM(c, a->tables, 1, a->tables_size) ||
	    !room(c, &a->targets, &a->targets_size, 0, WORDS, sizeof(*a->targets)))
		goto fail;
	memset(a->nodes, 0, FIRST_DYNAMIC * sizeof(*a->nodes));
	memset(a->states, 0, FIRST_DYNAMIC * sizeof(*a->states));
	memset(a->components, 0, sizeof(*a->components));
	memset(a->sets, 0, sizeof(*a->sets));
	memset(a->tables, 0, sizeof(*a->tables));
	memset(a->targets, 0, BL_BLOCK);
	a->n_targets = WORDS;
	a->n_nodes = a->n_states = FIRST_DYNAMIC;
	a->n_terms = a->n_starts = a->n_positions = a->n_components = 1;
	a->n_sets = a->n_follows = a->n_shared = a->n_tables = 1;
	return 0;
fail:
	c->oom = true;
	return -1;
}

void automaton_clear(struct automaton *a)
{
	struct index *indexes[] = {&a->node_index,   &a->component_index, &a->effect_index,
				   &a->vector_index, &a->applied_index,	  &a->set_index,
				   &a->follow_index, &a->shared_index,	  &a->table_index};
	void *arrays[] = {a->nodes,	 a->terms,	a->starts,  a->positions, a->wilds,
			  a->components, a->effects,	a->vectors, a->applied,	  a->sets,
			  a->set_items,	 a->done_items, a->moving,  a->done,	  a->marks,
			  a->states,	 a->follows,	a->shared,  a->pending,	  a->rows,
			  a->candidates, a->literals,	a->targets};

	for (size_t i = 1; i < a->n_tables; i++)
		free(a->tables[i].accepted);
	free(a->tables);
	for (size_t i = 0; i < ARRAY_LEN(indexes); i++)
		index_clear(indexes[i]);
	for (size_t i = 0; i < ARRAY_LEN(arrays); i++)
		free(arrays[i]);
	arena_free(a->arena);
	*a = (struct automaton){.c = a->c};
}

static uint32_t new_state(struct automaton *a, uint32_t own)
{
	const struct vector *vector = &a->vectors[own];
	struct compiler *c = a->c;

	if (a->n_states >= RULESET_MAX_STATES) {
		automaton_limit(a, "more than 1,048,576 states");
		return BL_STATE_NONE;
	}
	if (a->steps > MAX_STEPS || a->n_set_items > MAX_ITEMS)
		automaton_limit(a, "more work than is reasonable");
	if (a->failed || !ROOM(c, a->states, a->n_states, a->states_size))
		return BL_STATE_NONE;
	a->states[a->n_states] =
		(struct bl_state){.effect = vector->effect, .decider = vector->list};
	return (uint32_t)a->n_states++;
}

static void expect(struct automaton *a, uint32_t state, uint32_t node, uint32_t set,
		   uint32_t vector)
{
	struct compiler *c = a->c;

	if (state && ROOM(c, a->pending, a->n_pending, a->pending_size))
		a->pending[a->n_pending++] = (struct pending){state, node, set, vector};
}

/* A state outside of the tree. */
static uint32_t shared_state(struct automaton *a, uint32_t set, uint32_t vector, uint32_t own)
{
	uint64_t hash = mix((uint64_t)set << 32 | vector, own);
	struct compiler *c = a->c;
	size_t at = 0;
	uint32_t i, state, sink;

	while ((i = index_next(&a->shared_index, hash, &at)))
		if (a->shared[i].set == set && a->shared[i].vector == vector &&
		    a->shared[i].own == own)
			return a->shared[i].state;
	state = new_state(a, own);
	if (!state || !ROOM(c, a->shared, a->n_shared, a->shared_size))
		return BL_STATE_NONE;
	i = (uint32_t)a->n_shared++;
	a->shared[i] = (struct shared){set, vector, own, state};
	if (index_add(&a->shared_index, hash, i) < 0)
		c->oom = true;
	if (set) {
		expect(a, state, 0, set, vector);
	} else if (own == vector) {
		a->states[state].other = state;
		a->states[state].globs = BL_SINK;
	} else {
		sink = shared_state(a, 0, vector, vector); /* of the kind above: no deeper */
		a->states[state].other = sink;
	}
	return state;
}

/* The state that the candidates and a set lead to, outside of the tree. */
static uint32_t settle_shared(struct automaton *a, uint32_t set, uint32_t vector)
{
	uint32_t below, own;

	vectors_settle(a, vector, &below, &own);
	return shared_state(a, set, below, own);
}

/* --- What follows on components without an edge ------------------------------------------------- */

static int compare_numbers(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

/* The distinct components of one kind that a set waits for, in a->literals. */
static size_t collect(struct automaton *a, uint32_t set, uint8_t kind)
{
	const struct set *from = &a->sets[set];
	struct compiler *c = a->c;
	size_t n = 0;

	a->n_literals = 0;
	for (uint32_t i = 0; i < from->count; i++) {
		const struct position *p = &a->positions[a->set_items[from->first + i]];

		if (p->kind != kind)
			continue;
		if (!ROOM(c, a->literals, a->n_literals, a->literals_size))
			return 0;
		a->literals[a->n_literals++] = p->what;
	}
	if (a->n_literals > 1)
		qsort(a->literals, a->n_literals, sizeof(*a->literals), compare_numbers);
	for (size_t i = 0; i < a->n_literals; i++)
		if (!n || a->literals[n - 1] != a->literals[i])
			a->literals[n++] = a->literals[i];
	a->n_literals = n;
	return n;
}

/* The list for a set's globs; 0: there are none, or a limit was passed. */
static uint32_t add_targets(struct automaton *a, uint32_t set, uint32_t vector)
{
	size_t n = collect(a, set, AT_GLOB), first = a->n_targets, words;
	const struct glob_table *table = n ? glob_table(a, a->literals, (uint32_t)n) : NULL;
	struct compiler *c = a->c;
	bl_target *list;

	if (!table)
		return 0;
	/* accepted[0] is none; in the list the first two words are others */
	words = (table->n_accepted + 1u + WORDS - 1) / WORDS * WORDS;
	if (first / WORDS >= BL_MAX_BLOCKS) {
		automaton_limit(a, "more than 256 MiB for wildcards within a component");
		return 0;
	}
	if (!room(c, &a->targets, &a->targets_size, first, words, sizeof(*list)))
		return 0;
	list = a->targets + first;
	memset(list, 0, words * sizeof(*list));
	list[0] = 1 + table->first * BL_GLOB_BLOCKS; /* behind an empty block */
	list[1] = table->n_accepted - 1;
	for (uint32_t i = 1; i < table->n_accepted; i++) {
		const struct accepted *accepted = &table->accepted[i];

		a->stamp++;
		for (uint32_t j = 0; j < accepted->n_members; j++)
			a->marks[accepted->members[j]] = a->stamp;
		list[i + 1] = settle_shared(a, set_move_marked(a, set), vector);
	}
	a->n_targets += words;
	return (uint32_t)(first / WORDS);
}

static struct follow follow_of(struct automaton *a, uint32_t set, uint32_t vector)
{
	uint64_t hash = mix(set, vector);
	struct follow follow = {set, vector, 0, 0};
	struct compiler *c = a->c;
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&a->follow_index, hash, &at)))
		if (a->follows[i].set == set && a->follows[i].vector == vector)
			return a->follows[i];
	if (set) {
		follow.other = settle_shared(a, set_move_other(a, set), vector);
		follow.globs = add_targets(a, set, vector);
	} else {
		follow.other = shared_state(a, 0, vector, vector);
	}
	if (!ROOM(c, a->follows, a->n_follows, a->follows_size))
		return follow;
	i = (uint32_t)a->n_follows++;
	a->follows[i] = follow;
	if (index_add(&a->follow_index, hash, i) < 0)
		c->oom = true;
	return follow;
}

/* --- One state after the other ------------------------------------------------------------------ */

/* Candidates of a node's own patterns. */
static void add_terms(struct automaton *a, uint32_t node)
{
	for (uint32_t i = a->nodes[node].terms; i && !a->c->oom; i = a->terms[i].next)
		candidate_add(a, a->terms[i].claim, VERBATIM, a->terms[i].final);
}

static void build_child(struct automaton *a, const struct pending *p, uint32_t child)
{
	const struct node node = a->nodes[child];
	uint32_t set = set_move_name(a, p->set, node.name, node.length), below, own, state;

	add_terms(a, child);
	vectors_settle(a, p->vector, &below, &own);
	set = set_with(a, set, node.starts);
	if (node.child) {
		state = new_state(a, own);
		expect(a, state, child, set, below);
	} else {
		state = shared_state(a, set, below, own);
	}
	if (state)
		add_name_edge(a->c, p->state, node.name, node.length, state);
}

/* Literal components behind a wildcard. */
static void build_literals(struct automaton *a, const struct pending *p,
			   const struct follow *follow)
{
	size_t n = p->set ? collect(a, p->set, AT_LITERAL) : 0;

	for (size_t i = 0; i < n && !a->c->oom && !a->failed; i++) {
		const struct component literal = a->components[a->literals[i]];
		uint32_t state;

		if (p->node && trie_child(a, p->node, literal.text, literal.length))
			continue;
		state = settle_shared(a, set_move_name(a, p->set, literal.text, literal.length),
				      p->vector);
		if (state && (state != follow->other || follow->globs))
			add_name_edge(a->c, p->state, literal.text, literal.length, state);
	}
}

#define AHEAD 4 /* each name is somewhere else: they are fetched early */

static void build_state(struct automaton *a, const struct pending *p)
{
	struct follow follow = follow_of(a, p->set, p->vector);
	uint32_t i, soon, n;

	a->states[p->state].other = follow.other;
	a->states[p->state].globs = follow.globs;
	for (i = soon = p->node ? a->nodes[p->node].child : 0, n = 0; i && !a->c->oom && !a->failed;
	     i = a->nodes[i].sibling) {
		for (; soon && n < AHEAD; soon = a->nodes[soon].sibling, n++)
			__builtin_prefetch(a->nodes[soon].name);
		build_child(a, p, i);
		n--;
	}
	build_literals(a, p, &follow);
}

void automaton_build(struct automaton *a, const uint32_t start[BL_STATE_CGROUPS + 1])
{
	struct compiler *c = a->c;

	if (c->oom)
		return;
	a->marks = calloc(a->n_components, sizeof(*a->marks));
	if (!a->marks) {
		c->oom = true;
		return;
	}
	for (uint32_t root = BL_STATE_ROOT; root <= BL_STATE_CGROUPS; root++) {
		uint32_t set = set_with(a, 0, a->nodes[root].starts), below, own;

		add_terms(a, root);
		vectors_settle(a, start[root], &below, &own);
		a->states[root].effect = a->vectors[own].effect;
		a->states[root].decider = a->vectors[own].list;
		expect(a, root, root, set, below);
	}
	for (size_t i = 0; i < a->n_pending && !c->oom && !a->failed; i++) {
		const struct pending next = a->pending[i];

		build_state(a, &next);
	}
}
