/* SPDX-License-Identifier: Apache-2.0 */
/* Counts by labels. What is there stays where it is until all is forgotten. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

int table_new(uint32_t limit, struct table *ret_table)
{
	struct table table = {.limit = limit};

	table.items = calloc(limit, sizeof(*table.items));
	table.index = calloc(limit * 2ul, sizeof(*table.index));
	if (!table.items || !table.index) {
		free(table.items);
		free(table.index);
		return -ENOMEM;
	}
	*ret_table = table;
	return 0;
}

void table_clear(struct table *table)
{
	for (uint32_t i = 0; i < table->n; i++)
		free(table->items[i].labels);
	free(table->items);
	free(table->index);
	*table = (struct table){.limit = 0};
}

void table_forget(struct table *table)
{
	for (uint32_t i = 0; i < table->n; i++)
		free(table->items[i].labels);
	memset(table->index, 0, table->limit * 2ul * sizeof(*table->index));
	table->n = 0;
}

void table_zero(struct table *table)
{
	for (uint32_t i = 0; i < table->n; i++)
		table->items[i].count = 0;
}

void count_add(uint64_t *count, uint64_t more)
{
	if (__builtin_add_overflow(*count, more, count))
		*count = UINT64_MAX;
}

/* FNV-1a: names come from policies, which are the administrator's. */
static uint64_t hash_of(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

bool table_add(struct table *table, const char *labels, uint64_t count)
{
	uint64_t hash = hash_of(labels), at = hash % (table->limit * 2ul);
	struct series *item;

	for (; table->index[at]; at = (at + 1) % (table->limit * 2ul)) {
		item = &table->items[table->index[at] - 1];
		if (item->hash == hash && strcmp(item->labels, labels) == 0) {
			count_add(&item->count, count);
			return true;
		}
	}
	if (table->n == table->limit)
		return false;
	item = &table->items[table->n];
	item->labels = strdup(labels);
	if (!item->labels)
		return false;
	item->hash = hash;
	item->count = count;
	table->index[at] = ++table->n;
	return true;
}
