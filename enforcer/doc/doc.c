/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the tree from libyaml's events. The depth is bounded, so the builder recurses. A
 * collection's children wait on one stack of pointers until it ends and their number is known.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doc_internal.h"

/* What 64 MiB of text can need at most: every node, its place in its parent, and all text. */
#define ARENA_BYTES                                                                                \
	((size_t)DOC_MAX_NODES * (sizeof(struct doc_node) + 64) + 2 * (size_t)DOC_MAX_BYTES)

struct doc {
	struct arena *arena;
	const struct doc_node *root;
};

struct anchor {
	const char *name;
	const struct doc_node *node; /* NULL while it is still being read */
	unsigned nodes, height;	     /* aliases followed */
};

struct builder {
	yaml_parser_t parser;
	struct arena *arena;
	struct diag *diag;
	const char *file;
	const char *text;
	size_t length;
	struct anchor anchors[DOC_MAX_ANCHORS];
	size_t n_anchors;
	const struct doc_node **stack;
	size_t top, capacity;
	size_t index, byte; /* the same place, in characters and in bytes */
	size_t skipped;	    /* bytes before text: a byte order mark */
	unsigned nodes;	    /* so far, aliases followed; <= DOC_MAX_NODES */
	bool wrong;	    /* an error was reported from which reading went on */
};

/* What a subtree brings beside its node. */
struct built {
	const struct doc_node *node;
	unsigned height; /* nested collections: 0 for a scalar */
	size_t end;	 /* behind it, or behind the alias that stands for it */
};

static struct diag_pos place(const struct builder *b, const yaml_mark_t *mark)
{
	return (struct diag_pos){b->file, (unsigned)mark->line + 1, (unsigned)mark->column + 1};
}

/* libyaml counts characters. Marks come nearly in order, so this never goes far. */
static size_t offset_of(struct builder *b, const yaml_mark_t *mark)
{
	while (b->index < mark->index && b->byte < b->length) {
		b->byte++;
		while (b->byte < b->length && ((unsigned char)b->text[b->byte] & 0xc0) == 0x80)
			b->byte++;
		b->index++;
	}
	while (b->index > mark->index && b->byte > 0) {
		b->byte--;
		while (b->byte > 0 && ((unsigned char)b->text[b->byte] & 0xc0) == 0x80)
			b->byte--;
		b->index--;
	}
	return b->byte + b->skipped;
}

static int next_event(struct builder *b, yaml_event_t *event)
{
	if (yaml_parser_parse(&b->parser, event))
		return 0;
	return doc_explain(&b->parser, b->text, b->length, b->file, b->diag);
}

static int refuse(struct builder *b, const yaml_event_t *event, const char *text)
{
	struct diag_pos pos = place(b, &event->start_mark);

	diag_error(b->diag, &pos, "%s", text);
	return -EINVAL;
}

static int count_nodes(struct builder *b, const yaml_event_t *event, unsigned more)
{
	struct diag_pos pos = place(b, &event->start_mark);

	if (more <= DOC_MAX_NODES - b->nodes) {
		b->nodes += more;
		return 0;
	}
	diag_error(b->diag, &pos,
		   "more than %u values, aliases followed; write less, or fewer "
		   "aliases",
		   DOC_MAX_NODES);
	return -EINVAL;
}

static int too_deep(struct builder *b, const yaml_event_t *event)
{
	struct diag_pos pos = place(b, &event->start_mark);

	diag_error(b->diag, &pos, "more than %d levels, aliases followed; nest less deeply",
		   DOC_MAX_DEPTH);
	return -EINVAL;
}

static int push(struct builder *b, const struct doc_node *node)
{
	int r = grow_array(&b->stack, &b->capacity, b->top + 1, sizeof(*b->stack));

	if (r == 0)
		b->stack[b->top++] = node;
	return r;
}

/* Moves `count` nodes, `step` apart, from the stack into an array of their own. */
static const struct doc_node **collect(struct builder *b, size_t base, size_t count, size_t step)
{
	const struct doc_node **items = arena_alloc(b->arena, count ? count : 1, sizeof(*items));
	size_t i;

	for (i = 0; items && i < count; i++)
		items[i] = b->stack[base + i * step];
	return items;
}

static int open_anchor(struct builder *b, const yaml_event_t *event, const yaml_char_t *name,
		       struct anchor **ret_anchor)
{
	const char *text = (const char *)name;
	struct anchor *anchor;
	size_t i;

	for (i = 0; i < b->n_anchors; i++)
		if (strcmp(b->anchors[i].name, text) == 0)
			return refuse(b, event,
				      "an anchor of this name stands above; use another name");
	if (b->n_anchors == DOC_MAX_ANCHORS)
		return refuse(b, event, "too many anchors; repeat the text, or use an include");
	anchor = &b->anchors[b->n_anchors];
	anchor->name = arena_strndup(b->arena, text, strlen(text));
	if (!anchor->name)
		return -ENOMEM;
	b->n_anchors++;
	*ret_anchor = anchor;
	return 0;
}

static int follow_alias(struct builder *b, const yaml_event_t *event, unsigned depth,
			struct built *ret_built)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *anchor = NULL;
	size_t i;
	int r;

	for (i = 0; i < b->n_anchors && !anchor; i++)
		if (strcmp(b->anchors[i].name, name) == 0)
			anchor = &b->anchors[i];
	if (!anchor)
		return refuse(b, event,
			      "no anchor of this name stands above; text that begins with '*' must "
			      "be in quotes");
	if (!anchor->node)
		return refuse(b, event, "an anchor that contains itself; it would never end");
	if (depth + anchor->height > DOC_MAX_DEPTH)
		return too_deep(b, event);
	r = count_nodes(b, event, anchor->nodes);
	if (r < 0)
		return r;
	*ret_built = (struct built){anchor->node, anchor->height, offset_of(b, &event->end_mark)};
	return 0;
}

static int build_scalar(struct builder *b, const yaml_event_t *event, struct doc_node *node)
{
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;

	if (length > DOC_MAX_SCALAR)
		return refuse(b, event, "more than 64 KiB in one value; write less");
	if (memchr(text, 0, length))
		return refuse(b, event, "a NUL character; names and paths hold none");
	node->type = DOC_SCALAR;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->end = offset_of(b, &event->end_mark);
	node->length = length;
	node->text = arena_strndup(b->arena, text, length);
	return node->text ? 0 : -ENOMEM;
}

static int build(struct builder *b, yaml_event_t *event, unsigned depth, struct built *ret_built);

/* end: the event that ends the collection instead (then 1); YAML_NO_EVENT: none may. */
static int build_next(struct builder *b, unsigned depth, yaml_event_type_t end,
		      struct built *ret_built)
{
	yaml_event_t event;
	int r = next_event(b, &event);

	if (r < 0)
		return r;
	if (end != YAML_NO_EVENT && event.type == end) {
		ret_built->end = offset_of(b, &event.end_mark);
		yaml_event_delete(&event);
		return 1;
	}
	r = build(b, &event, depth, ret_built);
	yaml_event_delete(&event);
	return r < 0 ? r : 0;
}

static int build_sequence(struct builder *b, unsigned depth, struct doc_node *node,
			  unsigned *ret_height)
{
	size_t base = b->top, end = node->start;
	struct built item = {0};
	unsigned height = 0;
	int r;

	while ((r = build_next(b, depth + 1, YAML_SEQUENCE_END_EVENT, &item)) == 0) {
		r = push(b, item.node);
		if (r < 0)
			return r;
		end = item.end;
		height = item.height > height ? item.height : height;
	}
	if (r < 0)
		return r;
	node->type = DOC_SEQUENCE;
	/* The end of one without brackets is told where the next thing begins. */
	node->end = node->flow ? item.end : end;
	node->count = b->top - base;
	node->items = collect(b, base, node->count, 1);
	b->top = base;
	*ret_height = height + 1;
	return node->items ? 0 : -ENOMEM;
}

static int compare_keys(const void *left, const void *right)
{
	const struct doc_node *a = *(const struct doc_node *const *)left;
	const struct doc_node *b = *(const struct doc_node *const *)right;
	int order = strcmp(a->text, b->text);

	if (order != 0)
		return order;
	if (a->pos.line != b->pos.line)
		return a->pos.line < b->pos.line ? -1 : 1;
	return a->pos.column < b->pos.column ? -1 : a->pos.column > b->pos.column;
}

static void complain_twice(struct builder *b, const struct doc_node *first,
			   const struct doc_node *again)
{
	b->wrong = true;
	diag_error(b->diag, &again->pos,
		   "the key '%s' stands here for the second time, first on line %u; keep one",
		   again->text, first->pos.line);
}

/* Few keys are compared each with each, many are sorted: never quadratic in the input. */
static int check_duplicates(struct builder *b, const struct doc_node *map)
{
	CLEANUP(free_ptr) const struct doc_node **sorted = NULL;
	size_t i, j;

	if (map->count <= 8) {
		for (i = 1; i < map->count; i++) {
			for (j = 0; j < i; j++)
				if (strcmp(map->keys[i]->text, map->keys[j]->text) == 0)
					break;
			if (j < i)
				complain_twice(b, map->keys[j], map->keys[i]);
		}
		return 0;
	}
	sorted = calloc(map->count, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, map->keys, map->count * sizeof(*sorted));
	qsort(sorted, map->count, sizeof(*sorted), compare_keys);
	for (i = 1; i < map->count; i++)
		if (strcmp(sorted[i]->text, sorted[i - 1]->text) == 0)
			complain_twice(b, sorted[i - 1], sorted[i]);
	return 0;
}

/* 1: the mapping ends, at *ret_end. */
static int build_key(struct builder *b, unsigned depth, size_t *ret_end)
{
	yaml_event_t event;
	struct built key = {0};
	int r = next_event(b, &event);

	if (r < 0)
		return r;
	if (event.type == YAML_MAPPING_END_EVENT) {
		*ret_end = offset_of(b, &event.end_mark);
		r = 1;
	} else if (event.type != YAML_SCALAR_EVENT) {
		r = refuse(b, &event, "a key must be plain text");
	} else {
		r = build(b, &event, depth, &key);
	}
	yaml_event_delete(&event);
	return r == 0 ? push(b, key.node) : r;
}

static int build_mapping(struct builder *b, unsigned depth, struct doc_node *node,
			 unsigned *ret_height)
{
	size_t base = b->top, end = node->start, closed = 0;
	struct built value = {0};
	unsigned height = 0;
	int r;

	while ((r = build_key(b, depth + 1, &closed)) == 0) {
		r = build_next(b, depth + 1, YAML_NO_EVENT, &value);
		if (r == 0)
			r = push(b, value.node);
		if (r < 0)
			return r;
		end = value.end;
		height = value.height > height ? value.height : height;
	}
	if (r < 0)
		return r;
	node->type = DOC_MAPPING;
	node->end = node->flow ? closed : end;
	node->count = (b->top - base) / 2;
	node->keys = collect(b, base, node->count, 2);
	node->items = collect(b, base + 1, node->count, 2);
	b->top = base;
	*ret_height = height + 1;
	return node->keys && node->items ? check_duplicates(b, node) : -ENOMEM;
}

static int build_collection(struct builder *b, const yaml_event_t *event, unsigned depth,
			    struct doc_node *node, unsigned *ret_height)
{
	if (depth > DOC_MAX_DEPTH)
		return too_deep(b, event);
	return event->type == YAML_SEQUENCE_START_EVENT ? build_sequence(b, depth, node, ret_height)
							: build_mapping(b, depth, node, ret_height);
}

static bool is_flow(const yaml_event_t *event)
{
	if (event->type == YAML_SEQUENCE_START_EVENT)
		return event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	return event->type == YAML_MAPPING_START_EVENT &&
	       event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
}

/* The node that begins with this event; depth counts the collections it would be, itself
 * included. */
static int build(struct builder *b, yaml_event_t *event, unsigned depth, struct built *ret_built)
{
	const yaml_char_t *name = NULL, *tag = NULL;
	unsigned before = b->nodes, height = 0;
	struct anchor *anchor = NULL;
	struct doc_node *node;
	int r;

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return follow_alias(b, event, depth - 1, ret_built);
	case YAML_SCALAR_EVENT:
		name = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		name = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		name = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	default:
		return refuse(b, event, "a value is missing here");
	}
	if (tag)
		return refuse(b, event,
			      "tags have no meaning in a policy; leave out the '!', or "
			      "put the text in quotes");
	r = count_nodes(b, event, 1);
	if (r == 0 && name)
		r = open_anchor(b, event, name, &anchor);
	if (r < 0)
		return r;
	node = arena_alloc(b->arena, 1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->pos = place(b, &event->start_mark);
	node->start = offset_of(b, &event->start_mark);
	node->flow = is_flow(event);
	r = event->type == YAML_SCALAR_EVENT ? build_scalar(b, event, node)
					     : build_collection(b, event, depth, node, &height);
	if (r < 0)
		return r;
	if (anchor)
		*anchor = (struct anchor){anchor->name, node, b->nodes - before, height};
	*ret_built = (struct built){node, height, node->end};
	return 0;
}

static int expect(struct builder *b, yaml_event_type_t type, const char *otherwise)
{
	yaml_event_t event;
	int r = next_event(b, &event);

	if (r < 0)
		return r;
	if (event.type != type)
		r = refuse(b, &event, otherwise);
	else if (type == YAML_DOCUMENT_START_EVENT &&
		 (event.data.document_start.version_directive ||
		  event.data.document_start.tag_directives.start !=
			  event.data.document_start.tag_directives.end))
		r = refuse(b, &event,
			   "directives have no meaning in a policy; leave out the line "
			   "that begins with '%'");
	yaml_event_delete(&event);
	return r;
}

static int build_document(struct builder *b, const struct doc_node **ret_root)
{
	struct built root = {0};
	int r = expect(b, YAML_STREAM_START_EVENT, "no text");

	if (r == 0)
		r = expect(b, YAML_DOCUMENT_START_EVENT,
			   "the file is empty; a policy begins with "
			   "'version: 1'");
	if (r == 0)
		r = build_next(b, 1, YAML_NO_EVENT, &root);
	if (r == 0)
		r = expect(b, YAML_DOCUMENT_END_EVENT, "text after the end of the document");
	if (r == 0)
		r = expect(b, YAML_STREAM_END_EVENT,
			   "a second document begins here; a file holds one policy");
	if (r == 0 && b->wrong)
		r = -EINVAL;
	if (r == 0)
		*ret_root = root.node;
	return r;
}

int doc_parse(const char *text, size_t length, const char *name, struct diag *diag,
	      struct doc **ret_doc)
{
	CLEANUP(doc_freep) struct doc *doc = calloc(1, sizeof(*doc));
	struct builder b = {.diag = diag, .text = text, .length = length};
	int r;

	if (!doc || arena_new(ARENA_BYTES, &doc->arena) < 0)
		return -ENOMEM;
	r = doc_check_text(text, length, name, diag);
	if (r < 0)
		return r;
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		b.text += 3;
		b.length -= 3;
		b.skipped = 3;
	}
	b.arena = doc->arena;
	b.file = arena_strndup(doc->arena, name, strlen(name));
	if (!b.file || !yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)b.text, b.length);
	r = build_document(&b, &doc->root);
	yaml_parser_delete(&b.parser);
	free(b.stack);
	if (r < 0)
		return r;
	*ret_doc = STEAL(doc);
	return 0;
}

static const char *read_hint(int error)
{
	switch (error) {
	case -EISDIR:
		return "it is a directory; name a file";
	case -EINVAL:
		return "it is not a regular file; name one";
	case -EFBIG:
		return "it holds more than 64 MiB; split it into includes";
	case -ESTALE:
		return "it changed while it was read; try again";
	case -EPERM:
		return "users other than root could rewrite it; chown it to root and remove the "
		       "write permission of group and others";
	default:
		return NULL;
	}
}

int doc_read_text(const char *path, struct diag *diag, char **ret_text, size_t *ret_length)
{
	struct diag_pos pos = {.file = path};
	int r = read_file(path, DOC_MAX_BYTES, geteuid() == 0 ? READ_OWNED : 0, ret_text,
			  ret_length);

	if (r < 0) {
		const char *hint = read_hint(r);

		diag_error(diag, &pos, "can't be read: %s", hint ? hint : strerror(-r));
		/* What is no file of this kind is the wrong input, not a failure of the system. */
		return r == -EISDIR || r == -EFBIG ? -EINVAL : r;
	}
	return 0;
}

int doc_read(const char *path, struct diag *diag, struct doc **ret_doc)
{
	CLEANUP(free_ptr) char *text = NULL;
	size_t length = 0;
	int r = doc_read_text(path, diag, &text, &length);

	return r < 0 ? r : doc_parse(text, length, path, diag, ret_doc);
}

const struct doc_node *doc_root(const struct doc *doc)
{
	return doc->root;
}

void doc_free(struct doc *doc)
{
	if (!doc)
		return;
	arena_free(doc->arena);
	free(doc);
}

void doc_freep(struct doc **doc)
{
	doc_free(*doc);
	*doc = NULL;
}

const struct doc_node *doc_get(const struct doc_node *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (strcmp(map->keys[i]->text, key) == 0)
			return map->items[i];
	return NULL;
}
