/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ports of one prefix, operation and protocol: cut into cells at every port where something
 * begins or ends, which the most specific item of each place paints first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

void ports_clear(struct ports *ports)
{
	free(ports->chosen);
	free(ports->first);
	free(ports->cells);
	index_clear(&ports->list_index);
}

/* One port, a range, any; a protocol; `by`; listen itself rather than bind; the stricter. One that
 * reports comes before one that does not, without being of another rank. */
static uint32_t rank_of(const struct ports *p, const struct item *item)
{
	const struct claim *claim = &p->c->claims[item->claim];
	bool any = item->low == 0 && item->high == UINT16_MAX;
	uint32_t rank = any ? 1 : item->low < item->high ? 2 : 3;

	if (!item->op)
		return 0; /* the default */
	rank = rank << 1 | (item->protocol >= 0);
	rank = rank << 1 | claim->by;
	rank = rank << 1 | (item->op == p->op);
	return (rank << 4 | claim->action) << 1 | !claim->quiet;
}

static int compare_ranked(const void *left, const void *right, void *context)
{
	const struct ranked *a = left, *b = right;
	const struct ports *p = context;
	uint32_t x = p->items[a->item].claim, y = p->items[b->item].claim;

	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	return a->item < b->item ? -1 : a->item > b->item;
}

static int compare_ports(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

/* False without memory. */
static bool cut(struct ports *p)
{
	struct compiler *c = p->c;
	size_t n = 0, i;

	if (!room(c, &p->first, &p->first_size, 0, 2 * p->n_chosen + 2, sizeof(*p->first)))
		return false;
	p->first[n++] = 0;
	for (i = 0; i < p->n_chosen; i++) {
		p->first[n++] = p->items[p->chosen[i].item].low;
		p->first[n++] = p->items[p->chosen[i].item].high + 1u;
	}
	p->first[n++] = UINT16_MAX + 1u;
	qsort(p->first, n, sizeof(*p->first), compare_ports);
	for (i = 0, p->n_cells = 0; i < n; i++)
		if (!p->n_cells || p->first[p->n_cells - 1] != p->first[i])
			p->first[p->n_cells++] = p->first[i];
	p->n_cells--; /* the last is the end */
	if (!room(c, &p->cells, &p->cells_size, 0, p->n_cells + 1, sizeof(*p->cells)))
		return false;
	memset(p->cells, 0, (p->n_cells + 1) * sizeof(*p->cells));
	return true;
}

/* The cell that begins at a port. */
static uint32_t cell_at(const struct ports *p, uint32_t port)
{
	size_t low = 0, high = p->n_cells;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->first[middle] < port)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low;
}

static uint32_t free_from(struct ports *p, uint32_t cell)
{
	uint32_t found = cell, next;

	while (p->cells[found].free != found)
		found = p->cells[found].free;
	for (; p->cells[cell].free != found; cell = next) {
		next = p->cells[cell].free;
		p->cells[cell].free = found;
	}
	return found;
}

/* Two errnos of equal rank for a port: in a group of items of one rank, each painted cell has one;
 * does an item cover a cell that one with another errno has painted? */
static void find_conflicts(struct ports *p, size_t from, size_t to, unsigned place)
{
	const struct claim *claims = p->c->claims;
	uint32_t group = p->chosen[from].rank >> 1;
	CLEANUP(free_ptr) uint32_t *next = calloc(p->n_cells + 1, sizeof(*next));
	CLEANUP(free_ptr) uint32_t *change = calloc(p->n_cells + 1, sizeof(*change));
	uint32_t last = (uint32_t)p->n_cells;

	if (!next || !change) {
		p->c->oom = true;
		return;
	}
	next[last] = change[last] = last;
	for (uint32_t i = last; i-- > 0;) {
		bool in = p->cells[i].item && p->cells[i].group == group;
		uint32_t behind = next[i + 1];

		next[i] = in ? i : behind;
		change[i] = change[i + 1];
		if (in && behind < last &&
		    claims[p->items[p->cells[i].item].claim].error !=
			    claims[p->items[p->cells[behind].item].claim].error)
			change[i] = behind;
	}
	for (size_t i = from; i < to; i++) {
		const struct item *item = &p->items[p->chosen[i].item];
		uint32_t cell = next[cell_at(p, item->low)], end = cell_at(p, item->high + 1u);

		if (!(claims[item->claim].places >> place & 1) || cell >= end)
			continue;
		if (claims[p->items[p->cells[cell].item].claim].error == claims[item->claim].error)
			cell = change[cell];
		if (cell < end)
			tell_conflict(p->c, item->claim, p->items[p->cells[cell].item].claim);
	}
}

static void paint(struct ports *p, unsigned place)
{
	size_t group = 0;
	bool differ = false;

	for (uint32_t i = 0; i <= p->n_cells; i++) {
		p->cells[i].free = i;
		p->cells[i].item = 0;
	}
	for (size_t i = 0; i < p->n_chosen && !p->c->oom; i++) {
		const struct item *item = &p->items[p->chosen[i].item];
		const struct claim *claim = &p->c->claims[item->claim];

		if (p->chosen[i].rank >> 1 != p->chosen[group].rank >> 1) {
			if (differ)
				find_conflicts(p, group, i, place);
			group = i;
			differ = false;
		}
		if (!(claim->places >> place & 1))
			continue;
		differ |= claim->error != p->c->claims[p->items[p->chosen[group].item].claim].error;
		for (uint32_t cell = free_from(p, cell_at(p, item->low)),
			      end = cell_at(p, item->high + 1u);
		     cell < end; cell = free_from(p, cell)) {
			p->cells[cell].item = p->chosen[i].item;
			p->cells[cell].group = p->chosen[i].rank >> 1;
			p->cells[cell].free = cell + 1;
		}
	}
	if (differ)
		find_conflicts(p, group, p->n_chosen, place);
	for (size_t i = 0; i < p->n_cells; i++)
		if (p->cells[i].item)
			decide(p->c, &p->cells[i].decision,
			       &p->c->claims[p->items[p->cells[i].item].claim], place);
}

/* The cells as a list, written once for all that are equal. Returns its block. */
static uint32_t share_list(struct ports *p)
{
	struct compiler *c = p->c;
	size_t start = c->n_intervals, n = 1, words, at = 0;
	bl_interval *list;
	uint64_t hash;
	uint32_t i;

	if (!room(c, &c->intervals, &c->intervals_size, start, p->n_cells + 8, sizeof(*list)))
		return 0;
	list = c->intervals + start;
	memset(list, 0, (p->n_cells + 8) * sizeof(*list));
	for (size_t cell = 0; cell < p->n_cells; cell++) {
		struct bl_decision *decision = &p->cells[cell].decision;
		uint32_t number;

		if (p->all)
			decision->decided = UINT64_MAX;
		number = decision->decided ? share_decision(c, decision) : 0;
		if (n == 1 || (uint32_t)list[n - 1] != number)
			list[n++] = (uint64_t)p->first[cell] << 32 | number;
	}
	list[0] = n - 1;
	words = (n + 7) / 8 * 8;
	hash = hash_bytes(0, list, words * sizeof(*list));
	while ((i = index_next(&p->list_index, hash, &at)))
		if (c->intervals[((size_t)i - FIRST_NETS) * 8] == list[0] &&
		    memcmp(c->intervals + ((size_t)i - FIRST_NETS) * 8, list,
			   words * sizeof(*list)) == 0)
			return i;
	if (start / 8 >= BL_MAX_BLOCKS) {
		REFUSE(c, NULL, "the addresses of all policies take more than %u blocks",
		       BL_MAX_BLOCKS);
		c->error = c->error ? c->error : -EINVAL;
		return 0;
	}
	i = FIRST_NETS + (uint32_t)(start / 8);
	c->n_intervals += words;
	if (index_add(&p->list_index, hash, i) < 0)
		c->oom = true;
	return i;
}

uint32_t ports_list(struct ports *p)
{
	uint64_t places = 0;

	if ((p->n_chosen == 0 && !p->all) || p->c->oom || !cut(p))
		return 0;
	for (size_t i = 0; i < p->n_chosen; i++) {
		const struct item *item = &p->items[p->chosen[i].item];

		p->chosen[i].rank = rank_of(p, item);
		places |= p->c->claims[item->claim].places;
	}
	if (p->n_chosen > 1)
		qsort_r(p->chosen, p->n_chosen, sizeof(*p->chosen), compare_ranked, p);
	for (unsigned place = BL_PLACES; place-- > 0;)
		if (places >> place & 1)
			paint(p, place);
	return p->c->oom ? 0 : share_list(p);
}
