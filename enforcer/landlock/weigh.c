/* SPDX-License-Identifier: Apache-2.0 */
/* What is allowed at a place and below it, from what lies deepest up. */
#include <limits.h>
#include <string.h>

#include "room.h"

static void add_child(struct landlock_place *place, const struct landlock_place *child, bool named)
{
	place->all_below &= child->all;
	place->some_below |= child->some;
	place->anywhere |= child->anywhere;
	if (!named)
		place->listed |= child->anywhere;
}

void weigh(struct landlock_place *place)
{
	uint32_t here = ops_allowed(place->here), below = ops_allowed(place->below), i;

	place->all_below = ~0u;
	place->some_below = 0;
	place->anywhere = place->listed = 0;
	for (i = 0; i < place->n_children; i++) {
		weigh(place->children[i].place);
		add_child(place, place->children[i].place, true);
	}
	for (i = 0; i < place->n_parts; i++) {
		weigh(place->parts[i]);
		add_child(place, place->parts[i], false);
	}
	if (place->other) {
		weigh(place->other);
		add_child(place, place->other, false);
	} else {
		place->all_below = place->some_below = below;
		place->anywhere |= rights_of(below, below);
		place->listed |= rights_of(below, below);
	}
	place->all = here & place->all_below;
	place->some = here | place->some_below;
	place->granted = rights_of(place->all, place->all_below);
	place->anywhere |= place->granted | rights_of_file(here);
	place->listed &= ~place->granted;
}

/* --- Directories that may be listed ---------------------------------------------------------------- */

#define READ_OP 0u /* of ACCESS_READ */

/* `path` is the place's, of `length` bytes (0: the root's), and again once this has answered: one for all,
 * as a pattern can be 2,000 components deep. */
static bool listable(const struct landlock_place *place, char path[PATH_MAX], size_t length,
		     bool (*is_file)(void *context, const char *path), void *context)
{
	bool all = true;

	if (place->granted & LANDLOCK_READ_DIR)
		return true;
	/* Denied by itself alone: as no directory it is nothing to list. */
	if (!allows(&place->here[READ_OP]))
		return !place->n_live && allows(&place->below[READ_OP]) && is_file(context, path);
	if (!place->other || !(place->other->granted & LANDLOCK_READ_DIR))
		return false;
	for (uint32_t i = 0; i < place->n_parts; i++)
		if (!(place->parts[i]->granted & LANDLOCK_READ_DIR))
			return false;
	for (uint32_t i = 0; i < place->n_children && all; i++) {
		size_t more = strlen(place->children[i].name) + 1;

		if (length + more >= PATH_MAX)
			return false;
		path[length] = '/';
		memcpy(path + length + 1, place->children[i].name, more);
		all = listable(place->children[i].place, path, length + more, is_file, context);
		path[length] = '\0';
	}
	return all;
}

bool landlock_listable(const struct landlock_place *place, const char *path,
		       bool (*is_file)(void *context, const char *path), void *context)
{
	char copy[PATH_MAX];
	size_t length = place->above ? strlen(path) : 0;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, path, length);
	copy[length] = '\0';
	return listable(place, copy, length, is_file, context);
}
