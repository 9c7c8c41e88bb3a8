/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where to write in a policy's text. Comments stay, and what is added looks like what stands there:
 * its indentation, its line ends, a line of its own or brackets. Whatever these functions take for
 * granted of the text is held against the parser afterwards (doc_differences).
 */
#include <ctype.h>
#include <string.h>

#include "room.h"

#define WIDTH 100

static size_t line_start(const struct state *s, size_t at)
{
	while (at > 0 && s->text[at - 1] != '\n')
		at--;
	return at;
}

/* Behind the line's end. */
static size_t line_end(const struct state *s, size_t at)
{
	const char *end = at < s->length ? memchr(s->text + at, '\n', s->length - at) : NULL;

	return end ? (size_t)(end - s->text) + 1 : s->length;
}

static const char *ending(const struct state *s)
{
	const char *end = memchr(s->text, '\n', s->length);

	return end && end > s->text && end[-1] == '\r' ? "\r\n" : "\n";
}

/* The end of the last thing that is written, not of the blank lines behind it. */
static size_t last_of(const struct state *s, const struct doc_node *node)
{
	size_t end = node->end;

	while (end > node->start && isspace((unsigned char)s->text[end - 1]))
		end--;
	return end;
}

/* The blanks before `at`, if there is nothing else on its line. */
static const char *indent_at(struct work *work, size_t at)
{
	const struct state *s = &work->now;
	size_t start = line_start(s, at), i;

	for (i = start; i < at; i++)
		if (s->text[i] != ' ' && s->text[i] != '\t')
			return NULL;
	return say(work, "%.*s", (int)(at - start), s->text + start);
}

/* Lines behind the one in which `at` lies. */
static bool insert_lines(struct work *work, size_t at, const char *lines, struct splice *ret)
{
	const struct state *s = &work->now;
	size_t end = line_end(s, at);
	bool ended = end > 0 && s->text[end - 1] == '\n';

	/* Without a final newline the last line gets one, and the new one has none either. */
	*ret = (struct splice){.at = end};
	if (ended)
		ret->insert = say(work, "%s%s", lines, ending(s));
	else
		ret->insert = say(work, "%s%s", ending(s), lines);
	return ret->insert != NULL;
}

/* The dash that opens a block's entry. */
static bool dash_of(const struct state *s, const struct doc_node *item, size_t *ret_at)
{
	size_t at = item->start;

	while (at > 0 && isspace((unsigned char)s->text[at - 1]))
		at--;
	if (at == 0 || s->text[at - 1] != '-')
		return false;
	*ret_at = at - 1;
	return true;
}

static size_t column_of(const struct state *s, size_t at)
{
	return at - line_start(s, at);
}

/* In brackets, behind what ends at `at`. A line that would grow too long is broken. */
static bool insert_inside(struct work *work, const struct doc_node *node, size_t at,
			  const char *text, struct splice *ret)
{
	const struct state *s = &work->now;
	size_t start = line_start(s, at), blanks = start;
	bool own_line = start > node->start;

	while (blanks < at && (s->text[blanks] == ' ' || s->text[blanks] == '\t'))
		blanks++;
	ret->at = at;
	/* Who writes longer lines gets no other ones. */
	if (column_of(s, at) + strlen(text) + 3 <= WIDTH || line_end(s, at) - start > WIDTH + 1)
		ret->insert = say(work, ", %s", text);
	else
		ret->insert = say(work, ",%s%.*s%s%s", ending(s), (int)(blanks - start),
				  s->text + start, own_line ? "" : "    ", text);
	return ret->insert != NULL;
}

bool edit_append(struct work *work, const struct doc_node *list, const struct entry *entry,
		 struct splice *ret)
{
	const struct state *s = &work->now;
	const struct doc_node *last = list->count ? list->items[list->count - 1] : NULL;
	const char *indent;
	size_t dash;

	*ret = (struct splice){0};
	if (list->flow && !last) {
		ret->at = list->start + 1;
		ret->insert = entry->flow;
		return true;
	}
	/* An alias stands elsewhere than its text; doc_differences() would see it, too. */
	if (!last || last->start < list->start || last->end > list->end)
		return false;
	if (list->flow)
		return insert_inside(work, list, last_of(s, last), entry->flow, ret);
	if (!dash_of(s, last, &dash))
		return false;
	indent = indent_at(work, dash);
	return indent && insert_lines(work, last_of(s, last) - 1,
				      say(work, "%s- %s", indent, entry->block), ret);
}

bool edit_key(struct work *work, const struct doc_node *map, size_t i, const char *key,
	      const struct entry *entry, bool list, struct splice *ret)
{
	const struct state *s = &work->now;
	const struct doc_node *value = map->items[i], *name = map->keys[i];
	const char *open = list ? "[" : "", *close = list ? "]" : "", *indent;
	/* A value that is not written ends where its key does. */
	size_t end = value->end > name->end ? last_of(s, value) : name->end;

	*ret = (struct splice){0};
	if (value->start < name->start)
		return false; /* an alias */
	if (map->flow)
		return insert_inside(work, map, end,
				     say(work, "%s: %s%s%s", key, open, entry->flow, close), ret);
	indent = indent_at(work, name->start);
	if (!indent)
		return false;
	if (!list || !entry->block)
		return insert_lines(
			work, end - 1,
			say(work, "%s%s: %s%s%s", indent, key, open, entry->flow, close), ret);
	return insert_lines(
		work, end - 1,
		say(work, "%s%s:%s%s  - %s", indent, key, ending(s), indent, entry->block), ret);
}

bool edit_class(struct work *work, const char *class, const char *by_default, const char *list,
		const struct entry *entry, struct splice *ret)
{
	const struct state *s = &work->now;
	const struct doc_node *root = doc_root(s->doc);
	const char *end = ending(s);

	*ret = (struct splice){0};
	if (root->count == 0)
		return false;
	if (root->flow)
		return insert_inside(work, root, last_of(s, root->items[root->count - 1]),
				     say(work, "%s: {default: %s, %s: [%s]}", class, by_default,
					 list, entry->flow),
				     ret);
	if (!entry->block)
		return insert_lines(work, last_of(s, root) - 1,
				    say(work, "%s%s: {default: %s, %s: [%s]}", end, class,
					by_default, list, entry->flow),
				    ret);
	return insert_lines(work, last_of(s, root) - 1,
			    say(work, "%s%s:%s  default: %s%s  %s:%s    - %s", end, class, end,
				by_default, end, list, end, entry->block),
			    ret);
}

/* No comment may go with what is taken out, unless it stands behind it on its line. */
static bool has_comment(const struct state *s, size_t from, size_t to)
{
	return memchr(s->text + from, '#', to - from) != NULL;
}

/* From the list in brackets, with the comma on one side. */
static bool remove_inside(const struct state *s, const struct doc_node *list, size_t i,
			  struct splice *ret)
{
	size_t from = list->items[i]->start, to = list->items[i]->end;

	if (i + 1 < list->count) {
		to = list->items[i + 1]->start;
	} else if (i > 0) {
		from = list->items[i - 1]->end;
	}
	if (from < list->start || to > list->end || from > to ||
	    has_comment(s, from, list->items[i]->start > from ? list->items[i]->start : from) ||
	    has_comment(s, list->items[i]->end,
			to > list->items[i]->end ? to : list->items[i]->end))
		return false;
	*ret = (struct splice){from, to - from, ""};
	return true;
}

/* A block without entries is none: its key goes too, or gets brackets where a comment follows it. */
static bool remove_last(struct work *work, const struct doc_node *key, struct splice *ret)
{
	const struct state *s = &work->now;
	size_t colon = key->end, end = ret->at + ret->remove;

	while (colon < ret->at && s->text[colon] != ':')
		colon++;
	if (!indent_at(work, key->start) || colon >= ret->at)
		return false;
	if (has_comment(s, colon, ret->at)) {
		ret->insert = say(work, " []%.*s", (int)(ret->at - colon - 1), s->text + colon + 1);
		ret->at = colon + 1;
	} else {
		ret->at = line_start(s, key->start);
	}
	ret->remove = end - ret->at;
	return ret->insert != NULL;
}

/* Entry i of the list that is the key-th value of `map`; of a block's only entry, the key too. */
bool edit_remove(struct work *work, const struct doc_node *map, size_t key, size_t i,
		 struct splice *ret)
{
	const struct state *s = &work->now;
	const struct doc_node *list = map->items[key], *item = list->items[i];
	size_t from, to;

	*ret = (struct splice){0};
	if (list->flow)
		return remove_inside(s, list, i, ret);
	if (item->start < list->start || !dash_of(s, item, &from))
		return false;
	if (!indent_at(work, from) || map->flow)
		return false;
	from = line_start(s, from);
	to = line_end(s, last_of(s, item) - 1);
	*ret = (struct splice){from, to - from, ""};
	return list->count > 1 || remove_last(work, map->keys[key], ret);
}

const char *edit_between(struct work *work, const struct found *found)
{
	const char *indent;
	size_t dash;

	if (found->list->flow)
		return ", ";
	if (!dash_of(&work->now, found->entry, &dash))
		return NULL;
	indent = indent_at(work, dash);
	return indent ? say(work, "%s%s- ", ending(&work->now), indent) : NULL;
}

void edit_replace(const struct doc_node *node, const char *text, struct splice *ret)
{
	*ret = (struct splice){node->start, node->end - node->start, text};
}

/* --- What differs ------------------------------------------------------------------------------- */

static unsigned pair_differences(const struct doc_node *a, const struct doc_node *b, size_t i,
				 size_t j)
{
	if (a->type == DOC_MAPPING && strcmp(a->keys[i]->text, b->keys[j]->text) != 0)
		return 2;
	return doc_differences(a->items[i], b->items[j]);
}

unsigned doc_differences(const struct doc_node *a, const struct doc_node *b)
{
	unsigned count = 0;
	size_t i, tail;

	if (a->type != b->type)
		return 1;
	if (a->type == DOC_SCALAR)
		return a->plain != b->plain || strcmp(a->text, b->text) != 0;
	if (a->count == b->count) {
		for (i = 0; i < a->count && count < 2; i++)
			count += pair_differences(a, b, i, i);
		return count;
	}
	if (a->count > b->count)
		return doc_differences(b, a);
	for (i = 0; i < a->count && pair_differences(a, b, i, i) == 0; i++)
		;
	for (tail = 0; tail < a->count - i; tail++)
		if (pair_differences(a, b, a->count - 1 - tail, b->count - 1 - tail) != 0)
			break;
	return i + tail + 1 >= a->count ? 1 : 2;
}
