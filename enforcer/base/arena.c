/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/base.h"

#define BLOCK_BYTES 16384u /* of the first block; each has twice as much, to the last */
#define BLOCK_MAX   (8u << 20)
#define ALIGNMENT   (_Alignof(max_align_t))

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct arena {
	struct block *blocks;
	size_t left;
};

int arena_new(size_t limit_bytes, struct arena **ret_arena)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		return -ENOMEM;
	arena->left = limit_bytes;
	*ret_arena = arena;
	return 0;
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena)
		return;
	for (block = arena->blocks; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void arena_freep(struct arena **arena)
{
	arena_free(*arena);
	*arena = NULL;
}

static size_t next_room(const struct block *last)
{
	if (!last)
		return BLOCK_BYTES;
	return last->size < BLOCK_MAX / 2 ? 2 * last->size : BLOCK_MAX;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
	struct block *block = arena->blocks;
	size_t bytes, room;
	void *p;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > arena->left)
		return NULL;
	if (__builtin_add_overflow(bytes, ALIGNMENT - 1, &bytes))
		return NULL;
	bytes -= bytes % ALIGNMENT;
	if (!block || block->size - block->used < bytes) {
		room = next_room(block);
		room = bytes > room ? bytes : room;
		if (__builtin_add_overflow(room, sizeof(*block), &room))
			return NULL;
		block = malloc(room);
		if (!block)
			return NULL;
		prefer_huge_pages(block, room);
		block->used = 0;
		block->size = room - sizeof(*block);
		block->next = arena->blocks;
		arena->blocks = block;
	}
	/* Here and not by calloc: what nobody asks for is not touched. */
	p = memset((char *)block->data + block->used, 0, bytes);
	block->used += bytes;
	arena->left -= bytes < arena->left ? bytes : arena->left;
	return p;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy;

	if (length == SIZE_MAX)
		return NULL;
	copy = arena_alloc(arena, length + 1, 1);
	if (copy)
		memcpy(copy, text, length);
	return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	char *text = NULL, *copy;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		return NULL;
	copy = arena_strndup(arena, text, (size_t)length);
	free(text);
	return copy;
}
