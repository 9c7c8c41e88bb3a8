/* SPDX-License-Identifier: Apache-2.0 */
/* From a hash to the numbers that it may stand for. What is found must still be compared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

uint64_t mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd1b54a32d192ed03u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length)
{
	const char *at = bytes;
	uint64_t hash = mix(seed, length), word;

	for (; length >= sizeof(word); at += sizeof(word), length -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = mix(hash, word);
	}
	if (length) {
		word = 0;
		memcpy(&word, at, length);
		hash = mix(hash, word);
	}
	return hash;
}

uint64_t hash_text(uint64_t seed, const char *text)
{
	return text ? hash_bytes(seed, text, strlen(text)) : mix(seed, UINT64_MAX);
}

void index_clear(struct index *index)
{
	free(index->slots);
	*index = (struct index){0};
}

/* The tag alone says where a number stands, so that growing needs no hashes. */
static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash ^ hash >> 32);
}

static void put(struct index *index, uint64_t slot)
{
	size_t at = (size_t)(slot >> 32) & index->mask;

	while (index->slots[at])
		at = (at + 1) & index->mask;
	index->slots[at] = slot;
}

int index_add(struct index *index, uint64_t hash, uint32_t number)
{
	size_t old = index->slots ? index->mask + 1 : 0, size = old ? old * 2 : 64;

	if (index->used * 2 >= old) {
		struct index grown = {.slots = calloc(size, sizeof(*grown.slots)),
				      .mask = size - 1,
				      .used = index->used};

		if (!grown.slots)
			return -ENOMEM;
		prefer_huge_pages(grown.slots, size * sizeof(*grown.slots));
		for (size_t i = 0; i < old; i++)
			if (index->slots[i])
				put(&grown, index->slots[i]);
		free(index->slots);
		*index = grown;
	}
	put(index, (uint64_t)tag_of(hash) << 32 | number);
	index->used++;
	return 0;
}

uint32_t index_next(const struct index *index, uint64_t hash, size_t *at)
{
	uint32_t tag = tag_of(hash);
	uint64_t slot;

	if (!index->slots)
		return 0;
	while ((slot = index->slots[(tag + *at) & index->mask])) {
		++*at;
		if (slot >> 32 == tag)
			return (uint32_t)slot;
	}
	return 0;
}
