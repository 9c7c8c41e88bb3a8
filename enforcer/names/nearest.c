/* SPDX-License-Identifier: Apache-2.0 */
/* What a misspelt name may have meant. */
#include "tables.h"

#include <ctype.h>
#include <string.h>

enum {
	LENGTH_MAX = 63, /* longer names are not misspelt, they are something else */
	NEAREST_MAX = 16,
};

/* Where candidates come from: a list, or nothing but the index. */
struct source {
	const char *(*name)(const void *list, size_t index);
	const void *list;
	size_t count;
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Edit distance without regard to case: insert, delete, replace, and swap two
 * neighbours, the commonest slip of the keyboard.
 */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][LENGTH_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		int x = tolower((unsigned char)a[i - 1]);

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			int y = tolower((unsigned char)b[j - 1]);

			row[j] =
				smaller(above[j - 1] + (x != y), smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && x != y && x == tolower((unsigned char)b[j - 2]) &&
			    y == tolower((unsigned char)a[i - 2]))
				row[j] = smaller(row[j], before[j - 2] + 1);
		}
		size_t *spare = before;

		before = above;
		above = row;
		row = spare;
	}
	return above[b_length];
}

/* How far a name may be from what was written: one slip in three letters, three at most. */
static size_t cutoff(size_t length)
{
	return smaller(length / 3, 3);
}

static size_t search(const struct source *source, const char *name, const char **ret_names,
		     size_t max)
{
	size_t distances[NEAREST_MAX];
	size_t found = 0, length = strnlen(name, LENGTH_MAX + 1), limit = cutoff(length);

	max = smaller(max, NEAREST_MAX);
	if (max == 0 || length == 0 || length > LENGTH_MAX)
		return 0;
	for (size_t i = 0; i < source->count; i++) {
		const char *candidate = source->name(source->list, i);
		size_t other = strnlen(candidate, LENGTH_MAX + 1);

		if (other > LENGTH_MAX || other + limit < length || length + limit < other)
			continue;
		size_t far = distance(name, length, candidate, other);

		/* Equals keep the order of the list; the last gives way to a nearer one. */
		if (far > limit || (found == max && far >= distances[max - 1]))
			continue;
		size_t at = found < max ? found++ : max - 1;

		for (; at > 0 && distances[at - 1] > far; at--) {
			distances[at] = distances[at - 1];
			ret_names[at] = ret_names[at - 1];
		}
		distances[at] = far;
		ret_names[at] = candidate;
	}
	return found;
}

static const char *of_list(const void *list, size_t index)
{
	return ((const char *const *)list)[index];
}

static const char *of_offsets(const void *list, size_t index)
{
	return name_pool + ((const uint16_t *)list)[index];
}

static const char *of_caps(UNUSED const void *list, size_t index)
{
	return names_cap((unsigned)index);
}

static const char *of_constants(UNUSED const void *list, size_t index)
{
	return constant_name(index);
}

static const char *of_indexes(const void *list, size_t index)
{
	return constant_name(((const uint16_t *)list)[index]);
}

size_t names_nearest(enum name_space space, const char *name, const char **ret_names, size_t max)
{
	struct source source = {.name = of_offsets};

	switch (space) {
	case NAMES_CALLS:
		source.list = real_calls;
		source.count = real_calls_count;
		break;
	case NAMES_GROUPS:
		source.list = group_names;
		source.count = group_names_count;
		break;
	case NAMES_CONSTANTS:
		source.name = of_constants;
		source.count = constants_count;
		break;
	case NAMES_ERRNOS:
		source.name = of_indexes;
		source.list = errno_names;
		source.count = errno_names_count;
		break;
	case NAMES_CAPS:
		source.name = of_caps;
		source.count = NAMES_CAP_COUNT;
		if (strncasecmp(name, "CAP_", 4) == 0)
			name += 4;
		break;
	}
	return search(&source, name, ret_names, max);
}

size_t names_nearest_of(const char *const *list, size_t count, const char *name,
			const char **ret_names, size_t max)
{
	struct source source = {.name = of_list, .list = list, .count = count};

	return search(&source, name, ret_names, max);
}
