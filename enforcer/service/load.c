/* SPDX-License-Identifier: Apache-2.0 */
/* The policies of some directories as one set, into the kernel or not at all. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bailiff/probe.h"
#include "room.h"

struct set {
	struct policy **policies;
	size_t n, size;
	char **paths;
	size_t n_paths, paths_size;
};

static void set_clear(struct set *set)
{
	for (size_t i = 0; i < set->n; i++)
		policy_free(set->policies[i]);
	for (size_t i = 0; i < set->n_paths; i++)
		free(set->paths[i]);
	free(set->policies);
	free(set->paths);
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

/* One without scope is for `run`, or to be included: no matter of ours. */
static int read_one(struct set *set, const char *path, struct diag *diag)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	int r = policy_read(path, diag, &policy);

	if (r < 0 || !policy->scope.present)
		return r;
	check_name(set, policy, diag);
	r = grow_array(&set->policies, &set->size, set->n + 1, sizeof(struct policy *));
	if (r == 0)
		set->policies[set->n++] = STEAL(policy);
	return r;
}

static int read_all(struct set *set, char *const *directories, struct diag *diag)
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

/* --- Compiling ---------------------------------------------------------------------------------- */

static int compile(const struct policy *const *policies, size_t n, const struct ruleset *previous,
		   uint64_t busy, struct diag *diag, struct ruleset *ret_set)
{
	struct ruleset_options options = {
		.previous = previous,
		.busy = busy,
		.user = machine_user,
		.resolve = machine_resolve,
	};

	if (getrandom(options.key, sizeof(options.key), 0) != sizeof(options.key)) {
		diag_system(diag, errno, "get", "random bytes", NULL);
		return -EIO;
	}
	return ruleset_compile(policies, n, &options, diag, ret_set);
}

int service_hash(const struct policy *policy, struct diag *diag, uint64_t *ret_hash)
{
	struct ruleset set = {.blocks = NULL};
	struct ruleset_policy found;
	int r = compile(&policy, 1, NULL, 0, diag, &set);

	if (r < 0)
		return r;
	r = ruleset_policy(&set, 0, &found);
	if (r == 0)
		*ret_hash = found.hash;
	ruleset_clear(&set);
	return r;
}

static int check_kernel(const struct set *set, struct diag *diag)
{
	CLEANUP(probe_freep) struct probe *probe = NULL;
	int r = probe_new(diag, &probe), wrong = 0;

	for (size_t i = 0; i < set->n && r == 0; i++)
		if (probe_missing(probe, set->policies[i], false, diag, NULL) < 0)
			wrong = -EOPNOTSUPP;
	return r < 0 ? r : wrong;
}

/* --- In force ----------------------------------------------------------------------------------- */

static int publish(struct lsm *lsm, const struct set *set, bool replaced, struct diag *diag,
		   uint32_t *ret_generation, bool *ret_same)
{
	struct ruleset previous = {.blocks = NULL}, fresh = {.blocks = NULL};
	const struct bl_header *head;
	uint32_t generation = 0;
	uint64_t busy = 0;
	uint8_t hash[24];
	int r, had = lsm_image(lsm, &generation, &previous);

	r = lsm_busy(lsm, &busy);
	if (r < 0)
		diag_system(diag, -r, "read", "the tasks' labels", NULL);
	else
		r = compile((const struct policy *const *)set->policies, set->n,
			    had == 0 ? &previous : NULL, busy, diag, &fresh);
	if (r == 0) {
		head = (const struct bl_header *)fresh.blocks;
		lsm_hash(lsm, hash);
		*ret_same = had == 0 && !replaced && memcmp(hash, head->hash, sizeof(hash)) == 0;
		if (!*ret_same)
			r = lsm_publish(lsm, &fresh, diag, &generation);
	}
	if (r == 0)
		*ret_generation = generation;
	ruleset_clear(&previous);
	ruleset_clear(&fresh);
	return r;
}

static int load(const struct set *set, struct diag *diag, uint32_t *ret_generation, bool *ret_same)
{
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	struct lsm_options options = {.pins = NULL};
	bool replaced;
	int r = probe_kernel(diag);

	if (r == 0)
		r = check_kernel(set, diag);
	if (r == 0)
		r = lsm_take(&options, diag, &lsm, &replaced);
	return r < 0 ? r : publish(lsm, set, replaced, diag, ret_generation, ret_same);
}

int service_load(char *const *directories, struct diag *diag, uint32_t *ret_generation,
		 bool *ret_same, unsigned *ret_policies)
{
	struct set set = {.policies = NULL};
	int r = read_all(&set, directories, diag);

	if (r == 0 && !set.n)
		r = -ENOENT;
	if (r == 0)
		r = load(&set, diag, ret_generation, ret_same);
	if (r == 0)
		*ret_policies = (unsigned)set.n;
	set_clear(&set);
	return r;
}
