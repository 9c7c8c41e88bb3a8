/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file system as the patterns divide it. A place is a path, or all paths that the same patterns
 * match so far; patterns have no slash-star-star but at their end, so a pattern's n-th component speaks
 * of a path's n-th, and no place is reached twice.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

uint32_t ops_allowed(const struct decision *decisions)
{
	uint32_t ops = 0;

	for (unsigned op = 0; op < N_OPS; op++)
		if (allows(&decisions[op]))
			ops |= 1u << op;
	return ops;
}

/* --- Names against components --------------------------------------------------------------------- */

/* Behind the bracket that opens at *at; does it hold the byte? The reader has checked that it closes. */
static bool in_bracket(const char **at, const char *end, unsigned char byte)
{
	const char *p = *at + 1;
	bool negated = p < end && (*p == '!' || *p == '^'), found = false, first = true;

	p += negated;
	for (; p < end && (first || *p != ']'); p++, first = false) {
		unsigned char low = (unsigned char)*p, high = low;

		if (p + 2 < end && p[1] == '-' && p[2] != ']') {
			high = (unsigned char)p[2];
			p += 2;
		}
		found |= low <= byte && byte <= high;
	}
	*at = p + 1;
	return found != negated;
}

static bool matches(const struct component *c, const char *name)
{
	const char *at = c->text, *end = c->text + c->length, *star = NULL, *back = NULL;

	if (c->kind == COMPONENT_STAR)
		return true;
	if (c->kind == COMPONENT_LITERAL)
		return strlen(name) == c->length && memcmp(name, c->text, c->length) == 0;
	while (*name) {
		const char *next = at + 1;

		if (at < end && *at == '*') {
			star = at = next;
			back = name;
			continue;
		}
		if (at < end &&
		    (*at == '?' ||
		     (*at == '[' ? (next = at, in_bracket(&next, end, (unsigned char)*name))
				 : *at == *name))) {
			at = next;
			name++;
			continue;
		}
		if (!star)
			return false;
		at = star;
		name = ++back;
	}
	while (at < end && *at == '*')
		at++;
	return at == end;
}

/* --- A place --------------------------------------------------------------------------------------- */

static void consider(struct decision *decisions, const struct pattern *pattern, uint32_t rank)
{
	for (unsigned op = 0; op < N_OPS; op++) {
		struct decision *d = &decisions[op];

		if (!(pattern->ops >> op & 1) || rank < d->rank ||
		    (rank == d->rank && pattern->action <= d->action))
			continue;
		*d = (struct decision){pattern->rule, rank, pattern->action, pattern->beneath};
	}
}

/* The component that a pattern ends in: the deeper the more specific; a class's default has 0. */
static uint32_t rank_of(const struct pattern *pattern)
{
	uint32_t n = pattern->n_parts;

	return n * 4 + (n ? pattern->parts[n - 1].kind : 0) + 1;
}

/* A pattern that matches the place's whole path. */
static void arrive(struct landlock_place *place, const struct pattern *pattern)
{
	consider(place->here, pattern, rank_of(pattern));
	if (pattern->beneath)
		consider(place->below, pattern, rank_of(pattern));
}

static struct landlock_place *new_place(struct landlock *landlock, struct landlock_place *above)
{
	struct landlock_place *place = NULL;

	if (landlock->n_places >= LANDLOCK_MAX_PLACES)
		landlock->too_many = true;
	else
		place = arena_alloc(landlock->arena, 1, sizeof(*place));
	if (!place) {
		landlock->oom |= !landlock->too_many;
		return NULL;
	}
	landlock->n_places++;
	place->owner = landlock;
	place->above = above;
	if (above) {
		place->depth = above->depth + 1;
		memcpy(place->here, above->below, sizeof(place->here));
		memcpy(place->below, above->below, sizeof(place->below));
	}
	return place;
}

static bool goes_on(const struct landlock *landlock, uint32_t pattern, const char *name,
		    uint32_t also, uint32_t depth)
{
	const struct component *c = &landlock->patterns[pattern].parts[depth];

	if (pattern == also || c->kind == COMPONENT_STAR)
		return true;
	return name && matches(c, name);
}

struct candidates {
	const uint32_t *patterns;
	uint32_t n;
};

static void take(struct landlock_place *place, const struct candidates *candidates,
		 const char *name, uint32_t also)
{
	struct landlock *landlock = place->owner;

	for (uint32_t i = 0; i < candidates->n; i++) {
		uint32_t p = candidates->patterns[i];

		if (!goes_on(landlock, p, name, also, place->depth - 1))
			continue;
		if (landlock->patterns[p].n_parts == place->depth)
			arrive(place, &landlock->patterns[p]);
		else
			place->live[place->n_live++] = p;
	}
}

/* What a name leads to; NULL: one that no literal or partly wild component matches, but for that of the
 * pattern `also`. The candidates are the patterns that could match it, in two lists. */
static struct landlock_place *descend(struct landlock_place *above, const char *name, uint32_t also,
				      struct candidates first, struct candidates second)
{
	struct landlock *landlock = above->owner;
	struct landlock_place *place = new_place(landlock, above);

	if (!place)
		return NULL;
	place->live = arena_alloc(landlock->arena, first.n + second.n + 1, sizeof(*place->live));
	if (!place->live) {
		landlock->oom = true;
		return NULL;
	}
	take(place, &first, name, also);
	take(place, &second, name, also);
	return place;
}

static struct landlock_place *descend_to(struct landlock_place *above, const char *name)
{
	struct candidates all = {above->live, above->n_live}, none = {NULL, 0};

	return descend(above, name, UINT32_MAX, all, none);
}

static void set_default(const struct landlock *landlock, struct decision *decisions,
			enum policy_class class, uint32_t ops)
{
	uint32_t rule = landlock->policy->default_rule[class];

	for (unsigned op = 0; op < N_OPS; op++)
		if (ops >> op & 1)
			decisions[op] = (struct decision){
				.rule = rule,
				.action = rule_denies(landlock, rule) ? ACTION_ERRNO : ACTION_ALLOW,
			};
}

static void set_defaults(const struct landlock *landlock, struct decision *decisions)
{
	set_default(landlock, decisions, CLASS_FILES, OPS_FILES);
	set_default(landlock, decisions, CLASS_EXEC, OP_EXEC);
	set_default(landlock, decisions, CLASS_NETWORK, OPS_UNIX);
}

struct landlock_place *places_root(struct landlock *landlock)
{
	struct landlock_place *root = new_place(landlock, NULL);
	uint32_t i;

	if (!root)
		return NULL;
	set_defaults(landlock, root->here);
	memcpy(root->below, root->here, sizeof(root->below));
	root->live = arena_alloc(landlock->arena, landlock->n_patterns + 1, sizeof(*root->live));
	if (!root->live) {
		landlock->oom = true;
		return NULL;
	}
	for (i = 0; i < landlock->n_patterns; i++)
		if (landlock->patterns[i].n_parts == 0)
			arrive(root, &landlock->patterns[i]);
		else
			root->live[root->n_live++] = i;
	return root;
}

/* --- A path by itself ------------------------------------------------------------------------------ */

/* Does the pattern speak of the path whose n components are these? */
static bool speaks_of(const struct pattern *pattern, char *const *names, uint32_t n)
{
	if (pattern->n_parts > n || (pattern->n_parts < n && !pattern->beneath))
		return false;
	for (uint32_t i = 0; i < pattern->n_parts; i++)
		if (!matches(&pattern->parts[i], names[i]))
			return false;
	return true;
}

void decide_path(const struct landlock *landlock, const char *path, struct decision *ret_decisions)
{
	char copy[PATH_MAX], *names[PATH_MAX / 2], *rest = copy, *name;
	uint32_t n = 0;

	set_defaults(landlock, ret_decisions);
	snprintf(copy, sizeof(copy), "%s", path);
	while ((name = strsep(&rest, "/")))
		if (*name)
			names[n++] = name;
	for (size_t i = 0; i < landlock->n_patterns; i++)
		if (speaks_of(&landlock->patterns[i], names, n))
			consider(ret_decisions, &landlock->patterns[i],
				 rank_of(&landlock->patterns[i]));
}

/* --- All of them ----------------------------------------------------------------------------------- */

struct literal {
	const char *name;
	uint32_t pattern;
};

static int compare_literals(const void *left, const void *right)
{
	const struct literal *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : (a->pattern > b->pattern) - (a->pattern < b->pattern);
}

static int compare_names(const void *left, const void *right)
{
	const struct child *a = left, *b = right;

	return strcmp(a->name, b->name);
}

/* A place's patterns by their next component: literal ones in the order of their names, wild ones. */
struct sorted {
	struct literal *literals;
	uint32_t *by_name; /* the same patterns */
	uint32_t *wild;
	uint32_t n_literals, n_wild;
};

static bool sort_live(struct landlock_place *place, struct sorted *sorted)
{
	struct landlock *landlock = place->owner;
	uint32_t n = place->n_live;

	sorted->literals = arena_alloc(landlock->arena, n, sizeof(*sorted->literals));
	sorted->by_name = arena_alloc(landlock->arena, n, sizeof(uint32_t));
	sorted->wild = arena_alloc(landlock->arena, n, sizeof(uint32_t));
	if (!sorted->literals || !sorted->by_name || !sorted->wild) {
		landlock->oom = true;
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t p = place->live[i];
		const struct component *c = &landlock->patterns[p].parts[place->depth];

		if (c->kind == COMPONENT_LITERAL)
			sorted->literals[sorted->n_literals++] = (struct literal){c->text, p};
		else
			sorted->wild[sorted->n_wild++] = p;
	}
	qsort(sorted->literals, sorted->n_literals, sizeof(*sorted->literals), compare_literals);
	for (uint32_t i = 0; i < sorted->n_literals; i++)
		sorted->by_name[i] = sorted->literals[i].pattern;
	return true;
}

static void spread_names(struct landlock_place *place, const struct sorted *sorted)
{
	struct landlock *landlock = place->owner;
	struct candidates wild = {sorted->wild, sorted->n_wild};
	struct landlock_place *child;
	uint32_t i, end;

	place->children =
		arena_alloc(landlock->arena, sorted->n_literals + 1, sizeof(*place->children));
	landlock->oom |= !place->children;
	for (i = 0; i < sorted->n_literals && !landlock->oom; i = end) {
		const char *name = sorted->literals[i].name;

		for (end = i + 1; end < sorted->n_literals; end++)
			if (strcmp(sorted->literals[end].name, name) != 0)
				break;
		child = descend(place, name, UINT32_MAX,
				(struct candidates){sorted->by_name + i, end - i}, wild);
		if (!child)
			return;
		place->children[place->n_children++] = (struct child){name, child};
		places_spread(child);
	}
}

static void spread_parts(struct landlock_place *place, const struct sorted *sorted)
{
	struct landlock *landlock = place->owner;
	struct candidates wild = {sorted->wild, sorted->n_wild}, none = {NULL, 0};
	struct landlock_place *part;

	place->parts = arena_alloc(landlock->arena, sorted->n_wild + 1, sizeof(*place->parts));
	landlock->oom |= !place->parts;
	for (uint32_t i = 0; i < sorted->n_wild && !landlock->oom && !landlock->too_many; i++) {
		uint32_t p = sorted->wild[i];

		if (landlock->patterns[p].parts[place->depth].kind != COMPONENT_PART)
			continue;
		part = descend(place, NULL, p, wild, none);
		if (!part)
			return;
		place->parts[place->n_parts++] = part;
		places_spread(part);
	}
}

/* As deep as the deepest pattern, which has at most 2,048 components. */
void places_spread(struct landlock_place *place)
{
	struct landlock *landlock = place->owner;
	struct sorted sorted = {.n_literals = 0};

	if (!place->n_live || landlock->oom || landlock->too_many || !sort_live(place, &sorted))
		return;
	spread_names(place, &sorted);
	spread_parts(place, &sorted);
	if (landlock->oom || landlock->too_many)
		return;
	place->other =
		descend(place, NULL, UINT32_MAX, (struct candidates){sorted.wild, sorted.n_wild},
			(struct candidates){NULL, 0});
	if (place->other)
		places_spread(place->other);
}

void each_place(struct landlock_place *place,
		void (*tell)(struct landlock_place *place, void *context), void *context)
{
	tell(place, context);
	for (uint32_t i = 0; i < place->n_children; i++)
		each_place(place->children[i].place, tell, context);
	for (uint32_t i = 0; i < place->n_parts; i++)
		each_place(place->parts[i], tell, context);
	if (place->other)
		each_place(place->other, tell, context);
}

/* --- For who walks --------------------------------------------------------------------------------- */

const struct landlock_place *landlock_root(const struct landlock *landlock)
{
	return landlock->root;
}

/* Nothing goes on: all below is alike, if not like the place itself. */
static struct landlock_place *rest_of(struct landlock_place *place)
{
	if (!place->above || place->above->rest != place) {
		if (!place->rest)
			place->rest = descend_to(place, NULL);
		if (!place->rest)
			return NULL;
		weigh(place->rest);
		return place->rest;
	}
	return place;
}

/* A directory can have very many names that no wildcard is about: they are all one place. */
static bool matches_part(const struct landlock_place *place, const char *name)
{
	const struct landlock *landlock = place->owner;

	for (uint32_t i = 0; i < place->n_live; i++) {
		const struct component *c = &landlock->patterns[place->live[i]].parts[place->depth];

		if (c->kind == COMPONENT_PART && matches(c, name))
			return true;
	}
	return false;
}

const struct landlock_place *landlock_step(struct landlock *landlock,
					   const struct landlock_place *place, const char *name)
{
	struct child key = {.name = name}, *found = NULL;
	struct landlock_place *next;

	if (!place->n_live)
		return rest_of((struct landlock_place *)place);
	if (place->n_children)
		found = bsearch(&key, place->children, place->n_children, sizeof(key),
				compare_names);
	if (found)
		return found->place;
	if (!place->n_parts || !matches_part(place, name))
		return place->other;
	next = descend_to((struct landlock_place *)place, name);
	if (!next)
		return NULL;
	places_spread(next);
	if (landlock->oom || landlock->too_many)
		return NULL;
	weigh(next);
	return next;
}

const char *landlock_named(const struct landlock_place *place, size_t i)
{
	return i < place->n_children ? place->children[i].name : NULL;
}

uint64_t landlock_all(const struct landlock_place *place)
{
	return place->granted;
}

uint64_t landlock_some(const struct landlock_place *place)
{
	return place->anywhere;
}

uint64_t landlock_listed(const struct landlock_place *place)
{
	return place->listed;
}

uint64_t landlock_file(const struct landlock_place *place)
{
	return rights_of_file(ops_allowed(place->here)) & place->owner->handled.fs;
}
