/* SPDX-License-Identifier: Apache-2.0 */
/* Policies to an image, stage after stage. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define ARENA_BYTES ((size_t)1 << 29)

void ruleset_clear(struct ruleset *set)
{
	if (!set)
		return;
	free(set->blocks);
	*set = (struct ruleset){NULL, 0};
}

bool room(struct compiler *c, void *items, size_t *size, size_t used, size_t more, size_t each)
{
	size_t need;

	if (c->oom || __builtin_add_overflow(used, more, &need) ||
	    grow_array(items, size, need, each) < 0) {
		c->oom = true;
		return false;
	}
	return true;
}

static bool goes_on(const struct compiler *c)
{
	return !c->oom && !c->error && !c->errors;
}

/* Number 0 of each is never used. */
static void reserve(struct compiler *c)
{
	if (!ROOM(c, c->claims, 0, c->claims_size) || !ROOM(c, c->deciders, 0, c->deciders_size) ||
	    !ROOM(c, c->decisions, 0, c->decisions_size))
		return;
	memset(c->claims, 0, sizeof(*c->claims));
	memset(c->deciders, 0, sizeof(*c->deciders));
	memset(c->decisions, 0, sizeof(*c->decisions));
	c->n_claims = c->n_deciders = c->n_decisions = 1;
}

static void compile(struct compiler *c, const struct policy *const *policies, size_t n_policies)
{
	uint32_t start[BL_STATE_CGROUPS + 1];

	reserve(c);
	read_policies(c, policies, n_policies);
	if (goes_on(c))
		collect_by_sets(c);
	if (goes_on(c))
		make_places(c);
	if (!goes_on(c) || automaton_open(c, &c->automaton) < 0)
		return;
	add_scopes(c);
	add_by_claims(c, &c->automaton);
	add_paths(c);
	start_vectors(c, start);
	if (c->oom || c->error)
		return;
	automaton_build(&c->automaton, start);
	add_words(c);
	add_capabilities(c);
	add_surfaces(c);
	add_sockets(c);
	add_addresses(c);
	if (!goes_on(c))
		return;
	hash_policies(c);
	write_texts(c);
}

static void close_compiler(struct compiler *c)
{
	automaton_clear(&c->automaton);
	index_clear(&c->by_index);
	index_clear(&c->conflict_index);
	index_clear(&c->decider_index);
	index_clear(&c->decision_index);
	free(c->rule_sets);
	free(c->claims);
	free(c->edges);
	free(c->deciders);
	free(c->decisions);
	free(c->intervals);
	free(c->rules);
	free(c->texts);
	arena_free(c->arena);
	free(c);
}

int ruleset_compile(const struct policy *const *policies, size_t n_policies,
		    const struct ruleset_options *options, struct diag *diag,
		    struct ruleset *ret_set)
{
	struct compiler *c = calloc(1, sizeof(*c));
	int error;

	if (!c || arena_new(ARENA_BYTES, &c->arena) < 0) {
		free(c);
		return -ENOMEM;
	}
	c->options = options;
	c->diag = diag;
	c->header.key[0] = options->key[0];
	c->header.key[1] = options->key[1];
	c->header.lengths4 = c->header.lengths6[0] = 1;
	compile(c, policies, n_policies);
	error = c->error;
	if (!error && c->oom)
		error = -ENOMEM;
	if (!error && c->errors)
		error = -EINVAL;
	if (!error)
		error = write_image(c, ret_set);
	if (error == -ENOMEM)
		diag_error(diag, NULL, "not enough memory to compile %zu policies", n_policies);
	close_compiler(c);
	return error;
}
