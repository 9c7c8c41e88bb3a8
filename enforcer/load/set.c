/* SPDX-License-Identifier: Apache-2.0 */
/* A set of policies: read, held against the kernel, compiled. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "bailiff/base.h"
#include "bailiff/probe.h"
#include "room.h"

void members_clear(struct members *members)
{
	size_t i;

	for (i = 0; i < members->n; i++) {
		policy_free(members->member[i].policy);
		policy_files_free(members->member[i].files);
	}
	ruleset_clear(&members->image);
	members->n = 0;
}

const struct member *members_find(const struct members *members, const char *name)
{
	size_t i;

	for (i = 0; i < members->n; i++)
		if (strcmp(members->member[i].policy->name, name) == 0)
			return &members->member[i];
	return NULL;
}

static int read_member(const char *path, bool partial, struct members *members, struct diag *diag)
{
	struct member *member = &members->member[members->n];
	const struct member *other;
	int r = policy_files_new(&member->files);

	if (r == 0)
		r = policy_read_files(path, diag, member->files, &member->policy);
	if (r < 0) {
		policy_files_free(STEAL(member->files));
		return r;
	}
	member->partial = partial;
	other = members_find(members, member->policy->name);
	members->n++;
	if (!other)
		return 0;
	diag_error(diag, &(struct diag_pos){.file = member->policy->path},
		   "its name, %s, is that of %s as well; give one of them another",
		   member->policy->name, other->policy->path);
	return -EINVAL;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->policy->name,
		      ((const struct member *)b)->policy->name);
}

void members_sort(struct members *members)
{
	qsort(members->member, members->n, sizeof(members->member[0]), by_name);
}

int set_read(const struct load_options *options, struct members *members, struct diag *diag)
{
	int worst = 0, r;
	size_t i;

	for (i = 0; i < options->n_paths; i++) {
		if (members->n == MAX_MEMBERS) {
			diag_error(diag, NULL, "more than %d policies; load fewer", MAX_MEMBERS);
			return -EINVAL;
		}
		/* All mistakes of all files are told. */
		r = read_member(options->paths[i], options->partial, members, diag);
		if (r < 0 && worst != -EINVAL)
			worst = r;
	}
	return worst;
}

int set_probe(const struct members *members, struct diag *diag)
{
	CLEANUP(probe_freep) struct probe *probe = NULL;
	int worst = 0, r;
	size_t i;

	r = probe_new(diag, &probe);
	for (i = 0; i < members->n && r == 0; i++) {
		r = probe_missing(probe, members->member[i].policy, members->member[i].partial,
				  diag, NULL);
		if (r == -EOPNOTSUPP) {
			worst = r;
			r = 0;
		}
	}
	return r < 0 ? r : worst;
}

static int compile(const struct policy *const *policies, size_t n, bool partial,
		   const struct place_of *last, struct diag *diag, struct ruleset *ret_set)
{
	CLEANUP(load_machine_freep) struct load_machine *machine = NULL;
	struct ruleset_options options = {
		.previous = last->image,
		.before = last->before,
		.n_before = last->n_before,
		.busy = last->busy,
		.user = load_user,
		.resolve = load_resolve,
		.partial = partial,
	};
	int r = load_machine_new(&machine);

	if (r < 0)
		return r;
	if (getrandom(options.key, sizeof(options.key), 0) != sizeof(options.key)) {
		diag_system(diag, errno, "getrandom", "a key", NULL);
		return -EIO;
	}
	options.context = machine;
	return ruleset_compile(policies, n, &options, diag, ret_set);
}

int set_compile(struct members *members, const struct place_of *last, struct diag *diag)
{
	const struct place_of nothing = {.image = NULL};
	const struct policy *policies[MAX_MEMBERS], *whole[MAX_MEMBERS];
	size_t n_whole = 0, i;
	struct ruleset image;
	int r;

	for (i = 0; i < members->n; i++) {
		policies[i] = members->member[i].policy;
		if (!members->member[i].partial)
			whole[n_whole++] = policies[i];
	}
	/* Those that must be held in full are, by themselves, before the others are let off. */
	if (n_whole > 0 && n_whole < members->n) {
		r = compile(whole, n_whole, false, &nothing, NULL, &image);
		if (r < 0) /* once more, to say why */
			r = compile(whole, n_whole, false, &nothing, diag, &image);
		if (r < 0)
			return r;
		ruleset_clear(&image);
	}
	return compile(policies, members->n, n_whole < members->n, last, diag, &members->image);
}

int load_hash(const struct policy *policy, struct diag *diag, uint64_t *ret_hash)
{
	const struct place_of nothing = {.image = NULL};
	struct ruleset set = {.blocks = NULL};
	struct ruleset_policy found;
	int r = compile(&policy, 1, false, &nothing, diag, &set);

	if (r < 0)
		return r;
	r = ruleset_policy(&set, 0, &found);
	if (r == 0)
		*ret_hash = found.hash;
	ruleset_clear(&set);
	return r;
}
