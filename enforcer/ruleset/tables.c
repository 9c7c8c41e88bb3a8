/* SPDX-License-Identifier: Apache-2.0 */
/* Edges, and the image as a whole: sections one behind the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

void add_edge(struct compiler *c, const struct bl_key *key, uint32_t value)
{
	if (ROOM(c, c->edges, c->n_edges, c->edges_size))
		c->edges[c->n_edges++] =
			(struct bl_edge){.hash = key->hash, .check = key->check, .value = value};
}

void add_name_edge(struct compiler *c, uint32_t from, const char *name, size_t length,
		   uint32_t value)
{
	/* The hash needs the header alone. */
	const struct ruleset image = {.blocks = (uint8_t *)&c->header, .n_blocks = FIRST_PLACES};
	struct bl_name words = {.words = {0}};
	struct bl_key key = {.hash = 0};

	memcpy(&words, name, length < sizeof(words) ? length : sizeof(words));
	bl_hash_name(&image, from, &words, (bl_u32)length, &key);
	add_edge(c, &key, value);
}

void add_number_edge(struct compiler *c, uint32_t from, uint64_t number, uint32_t value)
{
	struct bl_key key;

	bl_hash_1(&c->header, from, number, &key);
	add_edge(c, &key, value);
}

#define SLOTS (BL_BLOCK / sizeof(struct bl_edge))
#define AHEAD 16 /* each bucket is somewhere else: they are fetched early */

/* 1: done; 0: no room in reach; -EEXIST: another key is the same. */
static int insert(struct bl_edge *buckets, uint32_t mask, const struct bl_edge *edge)
{
	for (uint32_t i = 0; i < BL_PROBES; i++) {
		struct bl_edge *slots = buckets + (((uint32_t)edge->hash + i) & mask) * SLOTS;

		for (size_t j = 0; j < SLOTS; j++) {
			if (!slots[j].value) {
				slots[j] = *edge;
				return 1;
			}
			if (slots[j].hash == edge->hash && slots[j].check == edge->check)
				return -EEXIST;
		}
	}
	return 0;
}

/* A table in which each edge is within reach, at most three fifths full. */
static int build_edges(struct compiler *c, struct bl_edge **ret_buckets, uint32_t *ret_count)
{
	struct bl_edge *buckets;
	uint32_t count = 1;
	int r = 1;

	while ((uint64_t)count * SLOTS * 3 < (uint64_t)c->n_edges * 5)
		count *= 2;
	for (; count < BL_MAX_BLOCKS; count *= 2) {
		buckets = calloc(count, BL_BLOCK);
		if (!buckets)
			return -ENOMEM;
		prefer_huge_pages(buckets, (size_t)count * BL_BLOCK);
		for (size_t i = 0; i < c->n_edges && r == 1; i++) {
			size_t soon = i + AHEAD < c->n_edges ? i + AHEAD : i;

			__builtin_prefetch(buckets +
					   ((uint32_t)c->edges[soon].hash & (count - 1)) * SLOTS);
			r = insert(buckets, count - 1, &c->edges[i]);
		}
		if (r == 1) {
			*ret_buckets = buckets;
			*ret_count = count;
			return 0;
		}
		free(buckets);
		if (r < 0) {
			REFUSE(c, NULL, "two names have the same key; try again with another one");
			return -EINVAL;
		}
		r = 1;
	}
	REFUSE(c, NULL, "%zu edges are more than an image can hold; use fewer patterns",
	       c->n_edges);
	return -EINVAL;
}

struct section {
	uint32_t *at; /* in the header; NULL: it lies where it must */
	const void *data;
	size_t bytes;
	uint32_t empty; /* blocks before the data */
};

static int lay_out(struct compiler *c, struct section *sections, size_t count, uint64_t *ret_blocks)
{
	uint64_t blocks = FIRST_PLACES;

	for (size_t i = 0; i < count; i++) {
		if (blocks <= BL_MAX_BLOCKS)
			*sections[i].at = (uint32_t)blocks;
		blocks += sections[i].empty + (sections[i].bytes + BL_BLOCK - 1) / BL_BLOCK;
	}
	if (blocks > BL_MAX_BLOCKS) {
		REFUSE(c, NULL,
		       "the image takes %llu blocks of 64 bytes, and may take %u; use "
		       "fewer rules",
		       (unsigned long long)blocks, BL_MAX_BLOCKS);
		return -EINVAL;
	}
	*ret_blocks = blocks;
	return 0;
}

static void copy_section(uint8_t *image, const struct section *section)
{
	uint8_t *at = image + (size_t)*section->at * BL_BLOCK;

	memset(at, 0, (size_t)section->empty * BL_BLOCK);
	at += (size_t)section->empty * BL_BLOCK;
	if (section->bytes)
		memcpy(at, section->data, section->bytes);
	memset(at + section->bytes, 0, (BL_BLOCK - section->bytes % BL_BLOCK) % BL_BLOCK);
}

int write_image(struct compiler *c, struct ruleset *ret_set)
{
	struct automaton *a = &c->automaton;
	struct bl_header *h = &c->header;
	CLEANUP(free_ptr) struct bl_edge *buckets = NULL;
	uint32_t n_buckets = 0;
	uint64_t blocks;
	uint8_t *image;
	int error = build_edges(c, &buckets, &n_buckets);
	struct section sections[] = {
		{&h->places, c->places, sizeof(c->places), 0},
		{&h->nets, c->intervals, c->n_intervals * sizeof(*c->intervals), 0},
		{&h->states, a->states, a->n_states * sizeof(*a->states), 0},
		{&h->effects, a->effects, a->n_effects * sizeof(*a->effects), 0},
		{&h->deciders, c->deciders, c->n_deciders * sizeof(*c->deciders), 0},
		{&h->rules, c->rules, c->n_rules * sizeof(*c->rules), 0},
		{&h->decisions, c->decisions, c->n_decisions * sizeof(*c->decisions), 0},
		{&h->edges, buckets, (size_t)n_buckets * BL_BLOCK, 0},
		{&h->globs, a->rows, a->n_rows * sizeof(*a->rows), 1},
		{&h->targets, a->targets, a->n_targets * sizeof(*a->targets), 0},
		{&h->texts, c->texts, c->n_texts, 0},
	};

	if (error < 0 || (error = lay_out(c, sections, ARRAY_LEN(sections), &blocks)) < 0)
		return error;
	h->magic = BL_MAGIC;
	h->abi = BL_ABI;
	h->n_blocks = (uint32_t)blocks;
	h->edge_mask = n_buckets - 1;
	h->texts_bytes = (uint32_t)c->n_texts;
	h->n_states = (uint32_t)a->n_states;
	h->n_edges = (uint32_t)c->n_edges;
	h->n_effects = (uint32_t)a->n_effects;
	h->n_deciders = (uint32_t)c->n_deciders;
	h->n_rules = c->n_rules;
	h->n_decisions = (uint32_t)c->n_decisions;
	image = aligned_alloc(BL_BLOCK, blocks * BL_BLOCK);
	if (!image)
		return -ENOMEM;
	prefer_huge_pages(image, blocks * BL_BLOCK);
	memcpy(image, h, sizeof(*h));
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		copy_section(image, &sections[i]);
	*ret_set = (struct ruleset){image, (uint32_t)blocks};
	return 0;
}
