/* SPDX-License-Identifier: Apache-2.0 */
/* Whom each policy governs. */
#include <errno.h>
#include <stdlib.h>

#include "compiler.h"

struct users {
	struct user {
		uint32_t uid;
		unsigned bit;
	} * items;
	size_t n, size;
};

/* A number as the reader lets it through: decimal, 0x..., 0o.... */
static uint32_t read_uid(const char *text)
{
	int base = 10;

	if (text[0] == '0' && text[1] == 'x')
		base = 16;
	else if (text[0] == '0' && text[1] == 'o')
		base = 8;
	return (uint32_t)strtoul(base == 10 ? text : text + 2, NULL, base);
}

static bool find_user(struct compiler *c, const struct policy *policy, const char *name,
		      uint32_t *ret_uid)
{
	const struct diag_pos top = {policy->path, 0, 0};
	int error = -ENOENT;

	if (name[0] >= '0' && name[0] <= '9') {
		*ret_uid = read_uid(name);
		return true;
	}
	if (c->options->user)
		error = c->options->user(c->options->context, name, ret_uid);
	if (error == 0)
		return true;
	if (error != -ENOENT) {
		c->error = error;
		diag_system(c->diag, error, "look up user", name, NULL);
	} else if (c->options->partial) {
		diag_warning(c->diag, &top,
			     "not enforced: the scope names user '%s', whom this "
			     "machine does not know",
			     name);
	} else {
		REFUSE(c, &top,
		       "the scope names user '%s', whom this machine does not know; write a "
		       "number, or make the user first",
		       name);
	}
	return false;
}

static uint64_t add_users(struct compiler *c, const struct loaded *loaded, struct users *users)
{
	const struct policy_scope *scope = &loaded->policy->scope;
	uint64_t sum = 0;
	uint32_t uid;

	for (uint32_t i = 0; i < scope->n_users && !c->oom && !c->error; i++) {
		if (!find_user(c, loaded->policy, scope->users[i], &uid) ||
		    !ROOM(c, users->items, users->n, users->size))
			continue;
		users->items[users->n++] = (struct user){uid, loaded->bit};
		sum += mix(3, uid);
	}
	return sum;
}

static uint64_t add_patterns(struct compiler *c, const struct loaded *loaded, uint32_t root,
			     const char *const *patterns, uint32_t count, uint32_t claim)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count && !c->oom && !c->error; i++) {
		const char *pattern = patterns[i];

		if (root == BL_STATE_ROOT)
			pattern = resolve_pattern(c, pattern, NULL, loaded->policy);
		if (!pattern)
			continue;
		automaton_add(&c->automaton, root, pattern, claim);
		sum += hash_text(root, pattern);
	}
	return sum;
}

static int compare_users(const void *left, const void *right)
{
	const struct user *a = left, *b = right;

	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	return a->bit < b->bit ? -1 : a->bit > b->bit;
}

static void write_users(struct compiler *c, struct users *users)
{
	size_t i, j;

	if (users->n)
		qsort(users->items, users->n, sizeof(*users->items), compare_users);
	for (i = 0; i < users->n && !c->oom; i = j) {
		struct bl_decision decision = {0};

		for (j = i; j < users->n && users->items[j].uid == users->items[i].uid; j++)
			decision.decided |= (uint64_t)1 << users->items[j].bit;
		add_number_edge(c, BL_FROM_USER, users->items[i].uid, share_decision(c, &decision));
	}
	free(users->items);
}

void add_scopes(struct compiler *c)
{
	struct users users = {.n = 0};

	for (unsigned i = 0; i < c->n_loaded && !c->oom && !c->error; i++) {
		struct loaded *loaded = &c->loaded[i];
		const struct policy_scope *scope = &loaded->policy->scope;
		bool host = scope->host || !scope->present;
		uint64_t bit = (uint64_t)1 << loaded->bit, hash;
		struct claim claim = {.places = bit, .scope = true};
		uint32_t index = add_claim(c, &claim);

		hash = add_patterns(c, loaded, BL_STATE_ROOT, scope->executables,
				    scope->n_executables, index);
		hash += add_patterns(c, loaded, BL_STATE_CGROUPS, scope->cgroups, scope->n_cgroups,
				     index);
		hash += add_users(c, loaded, &users);
		loaded->scope_hash = mix(hash, (uint64_t)host << 1 | scope->launched);
		c->header.host |= host ? bit : 0;
		c->header.launched |= scope->launched ? bit : 0;
	}
	write_users(c, &users);
}
