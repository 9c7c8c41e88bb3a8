/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of positions, sorted, each once; and where a component leads from them. */
#include <string.h>

#include "compiler.h"

enum by {
	BY_NAME,
	BY_MARK, /* the globs that match it are marked */
	BY_NOTHING,
};

/* Positions come nearly sorted. */
static void insert(struct automaton *a, uint32_t position)
{
	size_t at = a->n_moving;

	while (at > 0 && a->moving[at - 1] > position)
		at--;
	if (at > 0 && a->moving[at - 1] == position)
		return;
	if (!ROOM(a->c, a->moving, a->n_moving, a->moving_size))
		return;
	memmove(a->moving + at + 1, a->moving + at, (a->n_moving - at) * sizeof(*a->moving));
	a->moving[at] = position;
	a->n_moving++;
}

/* A position, and what is behind it where it may match no component. */
static void enter(struct automaton *a, uint32_t position)
{
	if (a->positions[position].kind == AT_END) {
		if (ROOM(a->c, a->done, a->n_done, a->done_size))
			a->done[a->n_done++] = a->positions[position].what;
		return;
	}
	insert(a, position);
	if (a->positions[position].kind == AT_STARS)
		insert(a, position + 1);
}

static uint32_t share_set(struct automaton *a)
{
	size_t bytes = a->n_moving * sizeof(*a->moving), at = 0;
	struct compiler *c = a->c;
	uint64_t hash = hash_bytes(0, a->moving, bytes);
	uint32_t i;

	if (a->n_moving == 0)
		return 0;
	while ((i = index_next(&a->set_index, hash, &at)))
		if (a->sets[i].count == a->n_moving &&
		    memcmp(a->set_items + a->sets[i].first, a->moving, bytes) == 0)
			return i;
	if (!ROOM(c, a->sets, a->n_sets, a->sets_size) ||
	    !room(c, &a->set_items, &a->set_items_size, a->n_set_items, a->n_moving,
		  sizeof(*a->set_items)))
		return 0;
	i = (uint32_t)a->n_sets++;
	a->sets[i] = (struct set){.first = a->n_set_items, .count = (uint32_t)a->n_moving};
	memcpy(a->set_items + a->n_set_items, a->moving, bytes);
	a->n_set_items += a->n_moving;
	if (index_add(&a->set_index, hash, i) < 0)
		c->oom = true;
	return i;
}

static bool matches(const struct automaton *a, const struct position *position, enum by by,
		    const char *name, size_t length)
{
	const struct component *component = &a->components[position->what];

	if (position->kind == AT_STAR)
		return true;
	if (by == BY_MARK)
		return position->kind == AT_GLOB && a->marks[position->what] == a->stamp;
	if (by == BY_NOTHING)
		return false;
	if (position->kind == AT_GLOB)
		return glob_matches(component, name, length);
	return component->length == length && memcmp(component->text, name, length) == 0;
}

static uint32_t move(struct automaton *a, uint32_t set, enum by by, const char *name, size_t length)
{
	const struct set from = a->sets[set];

	a->n_moving = a->n_done = 0;
	a->steps += from.count;
	for (uint32_t i = 0; i < from.count && !a->c->oom; i++) {
		uint32_t position = a->set_items[from.first + i];

		if (a->positions[position].kind == AT_STARS)
			enter(a, position);
		else if (matches(a, &a->positions[position], by, name, length))
			enter(a, position + 1);
	}
	return share_set(a);
}

static void add_done(struct automaton *a, const uint32_t *done, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct wild *wild = &a->wilds[done[i]];

		candidate_add(a, wild->claim, wild->written, wild->final);
	}
}

uint32_t set_move_name(struct automaton *a, uint32_t set, const char *name, size_t length)
{
	uint32_t next;

	if (!set)
		return 0;
	next = move(a, set, BY_NAME, name, length);
	add_done(a, a->done, a->n_done);
	return next;
}

uint32_t set_move_marked(struct automaton *a, uint32_t set)
{
	uint32_t next = move(a, set, BY_MARK, NULL, 0);

	add_done(a, a->done, a->n_done);
	return next;
}

uint32_t set_move_other(struct automaton *a, uint32_t set)
{
	uint32_t next;

	if (!a->sets[set].moved) {
		next = move(a, set, BY_NOTHING, NULL, 0);
		if (!room(a->c, &a->done_items, &a->done_items_size, a->n_done_items, a->n_done,
			  sizeof(*a->done_items)))
			return 0;
		a->sets[set].moved = true;
		a->sets[set].other = next;
		a->sets[set].first_done = a->n_done_items;
		a->sets[set].n_done = (uint32_t)a->n_done;
		if (a->n_done)
			memcpy(a->done_items + a->n_done_items, a->done,
			       a->n_done * sizeof(*a->done));
		a->n_done_items += a->n_done;
	}
	if (a->sets[set].n_done)
		add_done(a, a->done_items + a->sets[set].first_done, a->sets[set].n_done);
	return a->sets[set].other;
}

uint32_t set_with(struct automaton *a, uint32_t set, uint32_t starts)
{
	const struct set from = a->sets[set];

	if (!starts)
		return set;
	a->n_moving = a->n_done = 0;
	for (uint32_t i = 0; i < from.count; i++)
		insert(a, a->set_items[from.first + i]);
	for (uint32_t i = starts; i && !a->c->oom; i = a->starts[i].next)
		enter(a, a->starts[i].position);
	a->steps += a->n_moving;
	return share_set(a);
}
