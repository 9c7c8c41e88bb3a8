/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of some directories as one set, into the kernel or not at all. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/load.h"
#include "room.h"

struct paths {
	char **paths;
	size_t n, size;
};

static void paths_clear(struct paths *found)
{
	for (size_t i = 0; i < found->n; i++)
		free(found->paths[i]);
	free(found->paths);
}

static bool is_policy_file(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int list_directory(struct paths *found, const char *directory, struct diag *diag)
{
	DIR *dir = opendir(directory);
	size_t first = found->n;
	struct dirent *entry;
	int r = 0;

	if (!dir) {
		r = -errno;
		diag_system(diag, -r, "open the directory", directory, NULL);
		return r;
	}
	while (r == 0 && (entry = readdir(dir))) {
		if (!is_policy_file(entry->d_name))
			continue;
		r = grow_array(&found->paths, &found->size, found->n + 1, sizeof(*found->paths));
		if (r == 0 &&
		    asprintf(&found->paths[found->n], "%s/%s", directory, entry->d_name) < 0)
			r = -ENOMEM;
		if (r == 0)
			found->n++;
	}
	closedir(dir);
	if (found->n > first)
		qsort(found->paths + first, found->n - first, sizeof(*found->paths), compare_paths);
	return r;
}

int service_load(char *const *directories, struct diag *diag, uint32_t *ret_generation,
		 bool *ret_same, unsigned *ret_policies)
{
	struct load_options options = {.alone = true, .scoped = true, .unless_same = true};
	struct paths found = {.paths = NULL};
	struct load_result result;
	int r = 0;

	for (size_t i = 0; directories[i] && r == 0; i++)
		r = list_directory(&found, directories[i], diag);
	options.paths = (const char *const *)found.paths;
	options.n_paths = found.n;
	if (r == 0) /* without one, what is loaded stays */
		r = found.n ? load_apply(&options, diag, &result) : -ENOENT;
	if (r == 0) {
		*ret_generation = result.generation;
		*ret_same = result.same;
		*ret_policies = result.n_policies;
	}
	paths_clear(&found);
	return r;
}
