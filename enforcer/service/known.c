/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of seccomp filters lie in no image, so the front reads the policies' files again: as
 * nobody, and a policy counts only if it is the one in force. One that nobody may read is known by its
 * name alone.
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
	struct known_policy policies[BL_PLACES];
	unsigned n;
};

int known_new(struct known **ret_known)
{
	*ret_known = calloc(1, sizeof(**ret_known));
	return *ret_known ? 0 : -ENOMEM;
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

static struct policy *read_again(const struct ruleset_policy *wanted)
{
	CLEANUP(policy_freep) struct policy *policy = NULL;
	uint64_t hash;

	if (policy_read(wanted->path, NULL, &policy) < 0 || load_hash(policy, NULL, &hash) < 0 ||
	    hash != wanted->hash)
		return NULL;
	return STEAL(policy);
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
		policy_free(place->policy);
		place->policy = read_again(&found);
		place->hash = found.hash;
	}
	return place->policy;
}
