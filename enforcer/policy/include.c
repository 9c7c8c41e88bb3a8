/* SPDX-License-Identifier: Apache-2.0 */
/* Where included policies are found, and which file is which. */
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

bool valid_policy_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= POLICY_MAX_NAME &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") == length &&
	       name[0] != '.' && name[0] != '_' && name[0] != '-';
}

static bool ends_in_yaml(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, ".yaml") == 0;
}

bool is_policy_word(const char *name)
{
	return !strchr(name, '/') && !ends_in_yaml(name);
}

const char *directory_of(struct reader *r, const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? reader_copy(r, path, (size_t)(slash - path) + 1) : NULL;
}

struct source *add_source(struct reader *r, const char *path, const char *identity,
			  const char *directory, struct source *parent)
{
	struct source *source = reader_alloc(r, 1, sizeof(*source));

	if (!source || !path || !identity)
		return NULL;
	source->path = path;
	source->identity = identity;
	source->directory = directory;
	source->parent = parent;
	r->sources[r->n_sources++] = source;
	return source;
}

/* The path of a file, or *ret_shipped; NULL and no shipped one: not found (reported). */
static const char *locate(struct reader *r, const struct source *from, const struct wanted *wanted,
			  const struct policy_shipped **ret_shipped)
{
	const char *name = wanted->name, *path = NULL;

	*ret_shipped = NULL;
	if (!is_policy_word(name)) {
		if (from->shipped && name[0] != '/') {
			REFUSE_AT(r, &wanted->pos, "a shipped policy includes by name only");
			return NULL;
		}
		return name[0] == '/'
			       ? name
			       : reader_join(r, from->directory ? from->directory : "", name, "");
	}
	if (!valid_policy_name(name)) {
		REFUSE_AT(r, &wanted->pos,
			  "'%.100s' is no policy's name; use a-z, 0-9, '.', '_' "
			  "and '-', or a path that ends in .yaml",
			  name);
		return NULL;
	}
	if (from->shipped)
		*ret_shipped = find_shipped(r, name);
	else if (from->directory)
		path = existing(r, reader_join(r, from->directory, name, ".yaml"));
	if (path || *ret_shipped)
		return path;
	path = existing(r, reader_join(r, POLICY_DIRECTORY, name, ".yaml"));
	if (!path)
		*ret_shipped = find_shipped(r, name);
	if (!path && !*ret_shipped && !r->oom)
		REFUSE_AT(r, &wanted->pos,
			  "no policy named %s; it is neither beside this file, nor in %s, nor "
			  "shipped with bailiff",
			  name, POLICY_DIRECTORY);
	return path;
}

static bool is_cycle(struct reader *r, const struct source *found, const struct wanted *wanted)
{
	if (!found->open)
		return false;
	REFUSE_AT(r, &wanted->pos, "%.200s includes itself, by way of its includes; leave one out",
		  found->path);
	return true;
}

struct source *find_include(struct reader *r, struct source *from, const struct wanted *wanted,
			    const struct policy_shipped **ret_shipped, bool *ret_new)
{
	const char *path = locate(r, from, wanted, ret_shipped), *identity;
	struct source *source;

	if (*ret_shipped)
		identity = path = reader_join(r, "shipped/", (*ret_shipped)->name, ".yaml");
	else
		identity = path ? identify(r, path) : NULL;
	if (!path || r->oom)
		return NULL;
	*ret_new = false;
	for (size_t i = 0; i < r->n_sources; i++)
		if (strcmp(r->sources[i]->identity, identity) == 0)
			return is_cycle(r, r->sources[i], wanted) ? NULL : r->sources[i];
	if (r->n_sources > POLICY_MAX_INCLUDES) {
		REFUSE_AT(r, &wanted->pos, "more than %d includes in all; merge some",
			  POLICY_MAX_INCLUDES);
		return NULL;
	}
	*ret_new = true;
	source = add_source(r, path, identity, *ret_shipped ? NULL : directory_of(r, path), from);
	if (source)
		source->shipped = *ret_shipped != NULL;
	if (source && !source->directory && !source->shipped)
		source->directory = from->directory ? "" : NULL;
	return source;
}
