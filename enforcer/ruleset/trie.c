/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns, component by component: literal ones as a tree; the rest, from its first wildcard on, as
 * positions of a nondeterministic automaton that begin at a node of the tree. */
#include <string.h>

#include "compiler.h"

#define WILDCARDS "*?["

uint32_t trie_child(const struct automaton *a, uint32_t parent, const char *name, size_t length)
{
	uint64_t hash = hash_bytes(parent, name, length);
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&a->node_index, hash, &at)))
		if (a->nodes[i].parent == parent && a->nodes[i].length == length &&
		    memcmp(a->nodes[i].name, name, length) == 0)
			return i;
	return 0;
}

static uint32_t add_child(struct automaton *a, uint32_t parent, const char *name, size_t length)
{
	uint32_t i = trie_child(a, parent, name, length);
	struct compiler *c = a->c;

	if (i || !ROOM(c, a->nodes, a->n_nodes, a->nodes_size))
		return i;
	i = (uint32_t)a->n_nodes++;
	a->nodes[i] = (struct node){.name = name,
				    .length = (uint32_t)length,
				    .parent = parent,
				    .sibling = a->nodes[parent].child};
	a->nodes[parent].child = i;
	if (index_add(&a->node_index, hash_bytes(parent, name, length), i) < 0)
		c->oom = true;
	return i;
}

/* How many components begin as those of the last pattern did. */
static size_t same_depth(const struct automaton *a, uint32_t root, const char *text, size_t length)
{
	size_t depth = 0, from = 0, end;

	if (!a->last || a->last_root != root)
		return 0;
	for (; depth < a->last_depth; depth++, from = end) {
		end = a->last_ends[depth];
		if (end > length || memcmp(text + from, a->last + from, end - from) != 0 ||
		    (end < length && text[end] != '/'))
			break;
	}
	return depth;
}

/* The node of a literal pattern, without a leading slash. Of an abstract name an empty text is one
 * component, the empty one: what is left of it had a slash behind. */
static uint32_t walk(struct automaton *a, uint32_t root, const char *text, size_t length)
{
	size_t depth = same_depth(a, root, text, length);
	size_t at = depth ? a->last_ends[depth - 1] + 1u : 0, end;
	uint32_t node = depth ? a->last_nodes[depth - 1] : root;
	const char *slash;

	for (; at <= length && !a->c->oom; at = end + 1) {
		slash = memchr(text + at, '/', length - at);
		end = slash ? (size_t)(slash - text) : length;
		if (end == at && root != BL_STATE_NAMES)
			continue;
		node = add_child(a, node, text + at, end - at);
		if (depth == ARRAY_LEN(a->last_ends))
			continue;
		a->last_ends[depth] = (uint32_t)end;
		a->last_nodes[depth++] = node;
	}
	a->last = text;
	a->last_root = root;
	a->last_depth = depth;
	return node;
}

static uint32_t add_component(struct automaton *a, const char *text, size_t length, bool glob)
{
	uint64_t hash = hash_bytes(glob, text, length);
	struct compiler *c = a->c;
	size_t at = 0;
	uint32_t i;

	while ((i = index_next(&a->component_index, hash, &at)))
		if (a->components[i].length == length &&
		    memcmp(a->components[i].text, text, length) == 0)
			return i;
	if (!ROOM(c, a->components, a->n_components, a->components_size))
		return 0;
	i = (uint32_t)a->n_components++;
	a->components[i] = (struct component){.text = text, .length = (uint32_t)length};
	if (index_add(&a->component_index, hash, i) < 0 ||
	    (glob && !glob_read(a, &a->components[i])))
		c->oom = true;
	return i;
}

static void add_position(struct automaton *a, uint32_t what, uint8_t kind)
{
	if (ROOM(a->c, a->positions, a->n_positions, a->positions_size))
		a->positions[a->n_positions++] = (struct position){what, kind};
}

/* One component as a position. Several slash-star-stars in a row are one. */
static uint8_t read_component(struct automaton *a, const char *text, size_t length, uint8_t before)
{
	uint8_t kind = AT_LITERAL;
	uint32_t what = 0;

	if (length == 2 && memcmp(text, "**", 2) == 0)
		kind = AT_STARS;
	else if (length == 1 && text[0] == '*')
		kind = AT_STAR;
	else if (strcspn(text, WILDCARDS) < length)
		kind = AT_GLOB;
	if (kind == AT_STARS && before == AT_STARS)
		return kind;
	if (kind == AT_LITERAL || kind == AT_GLOB)
		what = add_component(a, text, length, kind == AT_GLOB);
	add_position(a, what, kind);
	return kind;
}

static void add_wild(struct automaton *a, uint32_t root, const char *text, size_t length,
		     uint32_t claim, bool final)
{
	size_t wild = strcspn(text, WILDCARDS), at, end;
	struct compiler *c = a->c;
	const char *slash;
	uint32_t node, position = (uint32_t)a->n_positions;
	uint8_t kind = 0;

	for (at = wild; at > 0 && text[at - 1] != '/'; at--)
		;
	node = at ? walk(a, root, text, at - 1) : root;
	for (; at <= length; at = end + 1) {
		slash = memchr(text + at, '/', length - at);
		end = slash ? (size_t)(slash - text) : length;
		if (end > at || root == BL_STATE_NAMES)
			kind = read_component(a, text + at, end - at, kind);
	}
	add_position(a, (uint32_t)a->n_wilds, AT_END);
	if (!ROOM(c, a->wilds, a->n_wilds, a->wilds_size) ||
	    !ROOM(c, a->starts, a->n_starts, a->starts_size))
		return;
	a->wilds[a->n_wilds++] = (struct wild){.claim = claim,
					       .written = kind == AT_LITERAL ? VERBATIM
							  : kind == AT_GLOB  ? PARTLY
									     : ANYTHING,
					       .final = final};
	a->starts[a->n_starts] = (struct start){position, a->nodes[node].starts};
	a->nodes[node].starts = (uint32_t)a->n_starts++;
}

void automaton_add(struct automaton *a, uint32_t root, const char *text, uint32_t claim)
{
	struct compiler *c = a->c;
	bool final = false, all = false;
	size_t length;
	uint32_t node;

	if (c->oom)
		return;
	if (root != BL_STATE_NAMES)
		text++;
	length = strlen(text);
	while (length >= 2 && memcmp(text + length - 2, "**", 2) == 0 &&
	       (length == 2 || text[length - 3] == '/')) {
		all = length == 2; /* no component is left: not even an empty one */
		length -= all ? 2 : 3;
		final = true;
	}
	if (strcspn(text, WILDCARDS) < length) {
		add_wild(a, root, text, length, claim, final);
		return;
	}
	node = all ? root : walk(a, root, text, length);
	if (!ROOM(c, a->terms, a->n_terms, a->terms_size))
		return;
	a->terms[a->n_terms] = (struct term){claim, a->nodes[node].terms, final};
	a->nodes[node].terms = (uint32_t)a->n_terms++;
}
