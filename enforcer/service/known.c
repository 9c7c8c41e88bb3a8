/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of seccomp filters lie in no image, but in the copies of what is loaded. A copy counts only
 * if it is what is in force.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bailiff/load.h"
#include "room.h"

struct known_policy {
	char *name;
	uint64_t hash;
	struct policy *policy; /* NULL: it can't be had */
};
struct known {
	known_open *open;
	void *context;
	struct known_policy policies[BL_PLACES];
	unsigned n;
};

int known_new(known_open *open, void *context, struct known **ret_known)
{
	struct known *known = calloc(1, sizeof(*known));

	if (!known)
		return -ENOMEM;
	known->open = open;
	known->context = context;
	*ret_known = known;
	return 0;
}

void known_free(struct known *known)
{
	if (!known)
		return;
	for (unsigned i = 0; i < known->n; i++) {
		free(known->policies[i].name);
		policy_free(known->policies[i].policy);
	}
	free(known);
}

/* -EAGAIN: not now. */
static int read_copy(const struct known *known, uint32_t generation,
		     const struct ruleset_policy *wanted, struct policy **ret_policy)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	CLEANUP(close_fd) int fd = known->open(known->context, generation, wanted->name);
	uint64_t hash;
	int r = fd < 0 ? fd : load_kept_read(fd, &policy);

	if (r == 0)
		r = load_hash(policy, NULL, &hash);
	if (r == 0 && hash != wanted->hash)
		r = -EBADMSG;
	if (r == 0)
		*ret_policy = STEAL(policy);
	return r;
}

/* Policies have 64 bits, so there are at most as many in force; names that have gone make room. */
static struct known_policy *place_for(struct known *known, const char *name)
{
	struct known_policy *place;

	for (unsigned i = 0; i < known->n; i++)
		if (strcmp(known->policies[i].name, name) == 0)
			return &known->policies[i];
	if (known->n < BL_PLACES)
		place = &known->policies[known->n];
	else
		place = &known->policies[0];
	if (place->name) {
		free(place->name);
		policy_free(place->policy);
	}
	*place = (struct known_policy){.name = strdup(name)};
	if (!place->name)
		return NULL;
	if (known->n < BL_PLACES)
		known->n++;
	return place;
}

const struct policy *known_policy(struct known *known, const struct ruleset *image,
				  const char *name)
{
	const struct bl_header *head = (const struct bl_header *)image->blocks;
	struct known_policy *place;
	struct ruleset_policy found;
	size_t i = 0;

	while (ruleset_policy(image, i, &found) == 0 && strcmp(found.name, name) != 0)
		i++;
	if (ruleset_policy(image, i, &found) < 0)
		return NULL;
	place = place_for(known, name);
	if (!place)
		return NULL;
	if (place->hash != found.hash) {
		policy_free(STEAL(place->policy));
		if (read_copy(known, head->generation, &found, &place->policy) != -EAGAIN)
			place->hash = found.hash;
	}
	return place->policy;
}
