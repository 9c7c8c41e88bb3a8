/* SPDX-License-Identifier: Apache-2.0 */
/* Whose rule a denial goes back to. */
#include <stdlib.h>
#include <string.h>

#include "room.h"

/* The static place that a path leads to: of a name that matches partly wild components, that of the other
 * names. */
static const struct landlock_place *nearest(const struct landlock *landlock, const char *path)
{
	const struct landlock_place *place = landlock->root;
	char name[256];
	size_t length, i;

	for (path += strspn(path, "/"); *path && place->n_live; path += strspn(path, "/")) {
		length = strcspn(path, "/");
		if (length >= sizeof(name))
			break;
		memcpy(name, path, length);
		name[length] = '\0';
		path += length;
		for (i = 0; i < place->n_children; i++)
			if (strcmp(place->children[i].name, name) == 0)
				break;
		if (i < place->n_children)
			place = place->children[i].place;
		else if (place->other)
			place = place->other;
	}
	return place;
}

/* Of several ops, that which is denied. */
static const struct decision *denial(const struct decision *decisions, uint32_t ops)
{
	for (unsigned op = 0; op < N_OPS; op++)
		if (ops >> op & 1 && !allows(&decisions[op]))
			return &decisions[op];
	return NULL;
}

struct search {
	uint32_t ops, rule;
};

static void look(struct landlock_place *place, void *context)
{
	struct search *search = context;
	const struct decision *found;

	if (search->rule != POLICY_NO_RULE)
		return;
	found = denial(place->here, search->ops);
	if (!found && !place->n_live)
		found = denial(place->below, search->ops);
	if (found)
		search->rule = found->rule;
}

bool landlock_allows(const struct landlock *landlock, unsigned bit, const char *path,
		     uint32_t *ret_rule)
{
	struct decision decisions[N_OPS];
	uint32_t ops = right_ops(bit), allowed;
	const struct decision *found;
	bool good;

	decide_path(landlock, path, decisions);
	allowed = ops_allowed(decisions) & ops;
	good = 1ull << bit == LANDLOCK_IOCTL_DEV || 1ull << bit == LANDLOCK_REFER ? allowed != 0
										  : allowed == ops;
	found = good ? NULL : denial(decisions, ops);
	*ret_rule = found ? found->rule : decisions[__builtin_ctz(ops)].rule;
	return good;
}

uint32_t landlock_blame(const struct landlock *landlock, unsigned bit, const char *path)
{
	struct search search = {.ops = right_ops(bit), .rule = POLICY_NO_RULE};
	const struct landlock_place *place;
	uint32_t rule;

	if (1ull << bit & (LANDLOCK_OF_FILES | LANDLOCK_READ_DIR) &&
	    !landlock_allows(landlock, bit, path, &rule))
		return rule;
	/* What lies nearest first, then what the directories above could not be granted for. */
	for (place = nearest(landlock, path); place && search.rule == POLICY_NO_RULE;
	     place = place->above)
		each_place((struct landlock_place *)place, look, &search);
	return search.rule;
}

uint32_t landlock_blame_port(const struct landlock *landlock, unsigned bit, uint16_t port)
{
	if (bit >= LANDLOCK_NET_BITS || !landlock->by_port[bit])
		return POLICY_NO_RULE;
	/* Else the kernel has not told the port: it knows none of an address without a family. */
	return rule_denies(landlock, landlock->by_port[bit][port]) ? landlock->by_port[bit][port]
								   : landlock->denier[bit];
}

uint32_t landlock_blame_abstract(const struct landlock *landlock)
{
	return landlock->handled.scoped & LANDLOCK_SCOPE_ABSTRACT_UNIX ? landlock->abstract
								       : POLICY_NO_RULE;
}

uint32_t landlock_alone(const struct landlock_place *place)
{
	const struct decision *here = &place->here[0], *below = &place->below[0]; /* ACCESS_READ */

	if (place->all & ACCESS_READ || !allows(here) || here->rank == below->rank || allows(below))
		return POLICY_NO_RULE;
	return here->rule;
}

bool landlock_implies_loader(const struct landlock *landlock, const char *path)
{
	struct decision decisions[N_OPS];

	if (!(landlock->handled.fs & LANDLOCK_EXECUTE) || !(landlock->root->some & OP_EXEC))
		return false;
	decide_path(landlock, path, decisions);
	return ops_allowed(decisions) & ACCESS_EXECUTE;
}
