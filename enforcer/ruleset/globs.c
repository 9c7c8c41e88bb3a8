/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wildcards within a component, as fnmatch has them, but of bytes: no case, no locale, no leading
 * dot, no backslash. All globs of a state become one deterministic automaton over bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define MAX_ROWS 65535u

static void allow_byte(struct token *token, unsigned byte)
{
	token->bytes[byte / 64] |= (uint64_t)1 << byte % 64;
}

/* From [ on; where the bracket ends. Behind [ (and ! or ^) a ] is itself. */
static size_t read_bracket(const char *text, size_t at, struct token *token)
{
	bool negated = text[at + 1] == '!' || text[at + 1] == '^', first = true;

	for (at += negated ? 2 : 1; first || text[at] != ']'; first = false) {
		unsigned low = (unsigned char)text[at], high = low;

		if (text[at + 1] == '-' && text[at + 2] != ']') {
			high = (unsigned char)text[at + 2];
			at += 2;
		}
		at++;
		for (; low <= high; low++)
			allow_byte(token, low);
	}
	for (size_t i = 0; i < 4 && negated; i++)
		token->bytes[i] = ~token->bytes[i];
	return at + 1;
}

bool glob_read(struct automaton *a, struct component *component)
{
	const char *text = component->text;
	struct token *token;

	component->tokens =
		arena_alloc(a->arena, component->length + 1, sizeof(*component->tokens));
	if (!component->tokens)
		return false;
	token = component->tokens;
	for (size_t at = 0; at < component->length; token++) {
		if (text[at] == '[') {
			at = read_bracket(text, at, token);
			continue;
		}
		if (text[at] == '*')
			token->star = true;
		else if (text[at] == '?')
			memset(token->bytes, 0xff, sizeof(token->bytes));
		else
			allow_byte(token, (unsigned char)text[at]);
		at++;
	}
	component->n_tokens = (uint32_t)(token - component->tokens);
	return true;
}

static bool takes(const struct token *token, unsigned byte)
{
	return token->bytes[byte / 64] >> byte % 64 & 1;
}

bool glob_matches(const struct component *component, const char *name, size_t length)
{
	size_t token = 0, at = 0, star = SIZE_MAX, from = 0;

	while (at < length) {
		if (token < component->n_tokens && component->tokens[token].star) {
			star = token++;
			from = at;
		} else if (token < component->n_tokens &&
			   takes(&component->tokens[token], (unsigned char)name[at])) {
			token++;
			at++;
		} else if (star != SIZE_MAX) {
			token = star + 1;
			at = ++from;
		} else {
			return false;
		}
	}
	while (token < component->n_tokens && component->tokens[token].star)
		token++;
	return token == component->n_tokens;
}

/* --- All globs of a state ----------------------------------------------------------------------- */

/* Where in which glob: member << 9 | token; a name has at most 255 bytes, hence a glob as many. */
struct build {
	struct automaton *a;
	struct glob_table *table;
	uint8_t class[256]; /* bytes that all tokens treat alike */
	unsigned n_classes;
	uint32_t *items; /* of the sets of all rows */
	struct place {
		size_t first;
		uint32_t count;
	} * rows;
	size_t n_items, items_size, rows_size, accepted_size;
	uint32_t *now;
	size_t n_now, now_size;
	struct index row_index, accept_index;
};

static void split_classes(struct build *b, const struct token *token)
{
	uint16_t moved[256];
	bool kept[256] = {false};

	memset(moved, 0, sizeof(moved));
	for (unsigned byte = 0; byte < 256; byte++)
		if (!takes(token, byte))
			kept[b->class[byte]] = true;
	for (unsigned byte = 0; byte < 256; byte++) {
		unsigned class = b->class[byte];

		/* A class that the token takes whole stays. */
		if (!takes(token, byte) || !kept[class])
			continue;
		if (!moved[class])
			moved[class] = (uint16_t)b->n_classes++;
		b->class[byte] = (uint8_t)moved[class];
	}
}

static void enter_token(struct build *b, uint32_t member, uint32_t token)
{
	const struct component *glob = &b->a->components[b->table->members[member]];
	uint32_t item;
	size_t at;

	for (;; token++) {
		item = member << 9 | token;
		for (at = b->n_now; at > 0 && b->now[at - 1] > item;)
			at--;
		if (at > 0 && b->now[at - 1] == item)
			return;
		if (!ROOM(b->a->c, b->now, b->n_now, b->now_size))
			return;
		memmove(b->now + at + 1, b->now + at, (b->n_now - at) * sizeof(*b->now));
		b->now[at] = item;
		b->n_now++;
		if (token >= glob->n_tokens || !glob->tokens[token].star)
			return;
	}
}

/* Which globs match a name that ends in this set: a number of accepted ones. */
static uint32_t accepting(struct build *b, const uint32_t *items, uint32_t count)
{
	struct automaton *a = b->a;
	struct glob_table *t = b->table;
	uint32_t *members, n = 0, i;
	uint64_t hash;
	size_t at = 0;

	members = arena_alloc(a->arena, count ? count : 1, sizeof(*members));
	if (!members || !ROOM(a->c, t->accepted, t->n_accepted, b->accepted_size)) {
		a->c->oom = true;
		return 0;
	}
	for (i = 0; i < count; i++)
		if ((items[i] & 511) == a->components[t->members[items[i] >> 9]].n_tokens)
			members[n++] = t->members[items[i] >> 9];
	if (n == 0 && t->n_accepted)
		return 0;
	hash = hash_bytes(0, members, n * sizeof(*members));
	while ((i = index_next(&b->accept_index, hash, &at)))
		if (t->accepted[i].n_members == n &&
		    memcmp(t->accepted[i].members, members, n * sizeof(*members)) == 0)
			return i;
	t->accepted[t->n_accepted] = (struct accepted){members, n};
	if (t->n_accepted && index_add(&b->accept_index, hash, t->n_accepted) < 0)
		a->c->oom = true;
	return t->n_accepted++;
}

/* The row of the set b->now. 0: it is empty. */
static uint32_t share_row(struct build *b, bool first)
{
	size_t bytes = b->n_now * sizeof(*b->now), at = 0;
	uint64_t hash = hash_bytes(0, b->now, bytes);
	struct compiler *c = b->a->c;
	struct glob_table *t = b->table;
	struct bl_glob_row *row;
	uint32_t i;

	if (!b->n_now && !first)
		return 0;
	while (b->rows && (i = index_next(&b->row_index, hash, &at)))
		if (b->rows[i].count == b->n_now &&
		    memcmp(b->items + b->rows[i].first, b->now, bytes) == 0)
			return i;
	if (t->n_rows >= MAX_ROWS ||
	    b->a->n_rows >= RULESET_MAX_GLOBS / sizeof(struct bl_glob_row)) {
		automaton_limit(b->a, "more than 16 MiB for wildcards within a component");
		return 0;
	}
	i = t->n_rows;
	if (!ROOM(c, b->rows, i, b->rows_size) ||
	    !ROOM(c, b->a->rows, b->a->n_rows, b->a->rows_size) ||
	    !room(c, &b->items, &b->items_size, b->n_items, b->n_now + 1, sizeof(*b->items)))
		return 0;
	t->n_rows++;
	row = &b->a->rows[b->a->n_rows++];
	b->rows[i] = (struct place){b->n_items, (uint32_t)b->n_now};
	if (bytes)
		memcpy(b->items + b->n_items, b->now, bytes);
	b->n_items += b->n_now;
	memset(row, 0, sizeof(*row));
	row->accepts = accepting(b, b->items + b->rows[i].first, b->rows[i].count);
	/* The first row can't be returned to: 0 means dead. */
	if (!first && index_add(&b->row_index, hash, i) < 0)
		c->oom = true;
	return i;
}

static void fill_row(struct build *b, uint32_t row)
{
	struct automaton *a = b->a;
	uint16_t next[256] = {0};
	bool known[256] = {false};

	for (unsigned byte = 0; byte < 256 && !a->c->oom && !a->failed; byte++) {
		unsigned class = b->class[byte];

		if (!known[class]) {
			const struct place from = b->rows[row];

			b->n_now = 0;
			a->steps += from.count;
			for (uint32_t i = 0; i < from.count; i++) {
				uint32_t item = b->items[from.first + i], at = item & 511;
				const struct component *glob =
					&a->components[b->table->members[item >> 9]];

				if (at >= glob->n_tokens)
					continue;
				if (glob->tokens[at].star)
					enter_token(b, item >> 9, at);
				else if (takes(&glob->tokens[at], byte))
					enter_token(b, item >> 9, at + 1);
			}
			next[class] = (uint16_t)share_row(b, false);
			known[class] = true;
		}
		a->rows[b->table->first + row].next[byte] = next[class];
	}
}

static void build_table(struct automaton *a, struct glob_table *table)
{
	struct build b = {.a = a, .table = table, .n_classes = 1};

	for (uint32_t i = 0; i < table->n_members; i++) {
		const struct component *glob = &a->components[table->members[i]];

		for (uint32_t j = 0; j < glob->n_tokens; j++)
			if (!glob->tokens[j].star && b.n_classes < 256)
				split_classes(&b, &glob->tokens[j]);
	}
	/* accepted[0] is none. */
	accepting(&b, NULL, 0);
	for (uint32_t i = 0; i < table->n_members; i++)
		enter_token(&b, i, 0);
	share_row(&b, true);
	for (uint32_t row = 0; row < table->n_rows && !a->c->oom && !a->failed; row++)
		fill_row(&b, row);
	free(b.items);
	free(b.rows);
	free(b.now);
	index_clear(&b.row_index);
	index_clear(&b.accept_index);
}

const struct glob_table *glob_table(struct automaton *a, const uint32_t *members,
				    uint32_t n_members)
{
	uint64_t hash = hash_bytes(0, members, n_members * sizeof(*members));
	struct compiler *c = a->c;
	uint32_t *copy, i;
	size_t at = 0;

	while ((i = index_next(&a->table_index, hash, &at)))
		if (a->tables[i].n_members == n_members &&
		    memcmp(a->tables[i].members, members, n_members * sizeof(*members)) == 0)
			return &a->tables[i];
	copy = arena_alloc(a->arena, n_members, sizeof(*copy));
	if (!copy || !ROOM(c, a->tables, a->n_tables, a->tables_size)) {
		c->oom = true;
		return NULL;
	}
	memcpy(copy, members, n_members * sizeof(*copy));
	i = (uint32_t)a->n_tables++;
	a->tables[i] = (struct glob_table){
		.members = copy, .n_members = n_members, .first = (uint32_t)a->n_rows};
	if (index_add(&a->table_index, hash, i) < 0)
		c->oom = true;
	build_table(a, &a->tables[i]);
	return c->oom || a->failed ? NULL : &a->tables[i];
}
