/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policies of some directories as one set, into the kernel or not at all. What else is loaded, by
 * hand, stays beside them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/load.h"
#include "room.h"

struct set {
	struct policy **policies;
	size_t n, size;
	const char *scoped[BL_PLACES]; /* their files */
	char **paths;
	size_t n_paths, paths_size;
	struct ruleset force; /* what is in force; no blocks: nothing */
	uint32_t generation;  /* 0: it has to be loaded again in any case */
	const char *drop[BL_PLACES];
	size_t n_drop;
	service_took *took;
	void *context;
	bool news; /* a file that was not looked after when it was read */
};

static void set_clear(struct set *set)
{
	for (size_t i = 0; i < set->n; i++)
		policy_free(set->policies[i]);
	for (size_t i = 0; i < set->n_paths; i++)
		free(set->paths[i]);
	free(set->policies);
	free(set->paths);
	ruleset_clear(&set->force);
	*set = (struct set){.took = set->took, .context = set->context};
}

/* --- Reading ------------------------------------------------------------------------------------ */

static bool is_policy_file(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > 5 && strcmp(name + n - 5, ".yaml") == 0;
}

static int compare_paths(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int list_directory(struct set *set, const char *directory, struct diag *diag)
{
	DIR *dir = opendir(directory);
	size_t first = set->n_paths;
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
		r = grow_array(&set->paths, &set->paths_size, set->n_paths + 1,
			       sizeof(*set->paths));
		if (r == 0 &&
		    asprintf(&set->paths[set->n_paths], "%s/%s", directory, entry->d_name) < 0)
			r = -ENOMEM;
		if (r == 0)
			set->n_paths++;
	}
	closedir(dir);
	if (set->n_paths > first)
		qsort(set->paths + first, set->n_paths - first, sizeof(*set->paths), compare_paths);
	return r;
}

/* Each policy has another name, or it is not said which one is meant. */
static void check_name(const struct set *set, const struct policy *policy, struct diag *diag)
{
	for (size_t i = 0; i < set->n; i++)
		if (strcmp(set->policies[i]->name, policy->name) == 0)
			diag_error(diag, &(struct diag_pos){.file = policy->path},
				   "the name %s is %s's already; give one of them another",
				   policy->name, set->policies[i]->path);
}

static int read_policy(struct set *set, const char *path, struct diag *diag,
		       struct policy **ret_policy)
{
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	const char *file;
	int r = policy_files_new(&files);

	if (r == 0)
		r = policy_read_files(path, diag, files, ret_policy);
	for (size_t i = 0; files && (file = policy_files_path(files, i)); i++)
		set->news |= set->took(set->context, file);
	return r;
}

/* One without scope is for `run`, or to be included: no matter of ours. */
static int read_one(struct set *set, const char *path, struct diag *diag)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	int r = read_policy(set, path, diag, &policy);

	if (r < 0 || !policy || !policy->scope.present)
		return r;
	check_name(set, policy, diag);
	if (set->n == BL_PLACES) {
		diag_error(diag, NULL, "more than %u policies have a scope; take some out",
			   BL_PLACES);
		return -EINVAL;
	}
	set->scoped[set->n] = path;
	r = grow_array(&set->policies, &set->size, set->n + 1, sizeof(struct policy *));
	if (r == 0)
		set->policies[set->n++] = STEAL(policy);
	return r;
}

static int read_once(struct set *set, char *const *directories, struct diag *diag)
{
	int r = 0, wrong = 0;

	for (size_t i = 0; directories[i] && r == 0; i++)
		r = list_directory(set, directories[i], diag);
	for (size_t i = 0; i < set->n_paths && r == 0; i++) {
		r = read_one(set, set->paths[i], diag);
		if (r < 0 && r != -ENOMEM) { /* the others' mistakes are told too */
			wrong = r;
			r = 0;
		}
	}
	return r < 0 ? r : wrong < 0 ? wrong : diag_errors(diag) ? -EINVAL : 0;
}

/* What changed before it was looked after is read now. */
static int read_all(struct set *set, char *const *directories, struct diag *diag)
{
	CLEANUP(diag_freep) struct diag *first = NULL;
	int r = diag_new(&first);

	if (r == 0)
		r = read_once(set, directories, first);
	if (r == -ENOMEM || (r == 0 && !set->news && !diag_count(first)))
		return r;
	set_clear(set);
	return read_once(set, directories, diag);
}

/* --- What is in force --------------------------------------------------------------------------- */

/* Does its file lie in one of the directories? Then it came from there. */
static bool is_ours(char *const *directories, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	for (size_t i = 0; slash && directories[i]; i++)
		if (strlen(directories[i]) == n && memcmp(directories[i], path, n) == 0)
			return true;
	return false;
}

/* Those that came from the directories and are there no more. */
static void find_dropped(struct set *set, char *const *directories)
{
	struct ruleset_policy was;
	size_t j;

	for (size_t i = 0; set->force.blocks && ruleset_policy(&set->force, i, &was) == 0; i++) {
		for (j = 0; j < set->n && strcmp(set->policies[j]->name, was.name) != 0; j++)
			;
		if (j == set->n && is_ours(directories, was.path) && set->n_drop < BL_PLACES)
			set->drop[set->n_drop++] = was.name;
	}
}

static bool is_in_force(const struct set *set, const struct policy *policy)
{
	struct ruleset_policy was;
	uint64_t hash;

	for (size_t i = 0; set->force.blocks && ruleset_policy(&set->force, i, &was) == 0; i++)
		if (strcmp(was.name, policy->name) == 0)
			return load_hash(policy, NULL, &hash) == 0 && hash == was.hash;
	return false;
}

/* What is in force, and by these very programs. 0: nothing is, or another build's. */
static void look(struct set *set)
{
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;

	if (lsm_open(NULL, NULL, &lsm) < 0 || lsm_image(lsm, &set->generation, &set->force) < 0 ||
	    !lsm_is_current(lsm))
		set->generation = 0;
}

static bool is_same(const struct set *set)
{
	bool same = set->generation && !set->n_drop;

	for (size_t i = 0; i < set->n && same; i++)
		same = is_in_force(set, set->policies[i]);
	return same;
}

/* --- In force ----------------------------------------------------------------------------------- */

static int apply(const struct set *set, struct diag *diag, uint32_t *ret_generation)
{
	const struct load_options options = {
		.paths = set->scoped,
		.n_paths = set->n,
		.drop = set->drop,
		.n_drop = set->n_drop,
	};
	struct load_result result;
	int r = load_apply(&options, diag, &result);

	if (r == 0)
		*ret_generation = result.generation;
	return r;
}

int service_load(char *const *directories, service_took *took, void *context, struct diag *diag,
		 uint32_t *ret_generation, bool *ret_same, unsigned *ret_policies)
{
	struct set set = {.took = took, .context = context};
	int r = read_all(&set, directories, diag);

	if (r == 0 && !set.n)
		r = -ENOENT;
	if (r == 0) {
		look(&set);
		find_dropped(&set, directories);
		*ret_same = is_same(&set);
		if (*ret_same)
			*ret_generation = set.generation;
		else
			r = apply(&set, diag, ret_generation);
	}
	if (r == 0)
		*ret_policies = (unsigned)set.n;
	set_clear(&set);
	return r;
}
