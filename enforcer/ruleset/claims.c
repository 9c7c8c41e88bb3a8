/* SPDX-License-Identifier: Apache-2.0 */
/* What rules say of places in the file system, and of unix sockets' names. */
#include <errno.h>
#include <string.h>

#include "compiler.h"

#define COMPONENT_MAX BL_NAME_MAX
#define FILE_OPS      ((1u << (BL_OP_EXECUTE + 1)) - 1)
#define UNIX_OPS      (1u << BL_OP_UNIX_BIND | 1u << BL_OP_UNIX_CONNECT)

uint32_t add_claim(struct compiler *c, const struct claim *claim)
{
	if (!ROOM(c, c->claims, c->n_claims, c->claims_size))
		return 0;
	c->claims[c->n_claims] = *claim;
	return (uint32_t)c->n_claims++;
}

void fill_claim(const struct compiler *c, const struct loaded *loaded, uint32_t rule,
		struct claim *ret_claim)
{
	const struct policy_rule *source = &loaded->policy->rules[rule];

	*ret_claim = (struct claim){
		.places = rule_places(c, loaded, rule),
		.source = source,
		.rule = loaded->first_rule + rule,
		.error = source->action == ACTION_ERRNO ? source->error : 0,
		/* The others were refused, or are to become a kill. */
		.action = source->action > ACTION_ERRNO ? ACTION_KILL : source->action,
		.by = source->n_by > 0,
		.quiet = source->quiet,
	};
}

void tell_conflict(struct compiler *c, uint32_t first, uint32_t second)
{
	const struct claim *x = &c->claims[first], *y = &c->claims[second], *t;
	size_t at = 0;

	if (x->rule > y->rule) {
		t = x;
		x = y;
		y = t;
	}
	/* A pair is told once. */
	if (index_next(&c->conflict_index, mix(x->rule, y->rule), &at))
		return;
	if (index_add(&c->conflict_index, mix(x->rule, y->rule), 1) < 0)
		c->oom = true;
	REFUSE(c, &y->source->pos,
	       "errno %u here and errno %u at %s:%u are of equal rank, and both speak of the same; "
	       "write one errno, or make one rule more specific",
	       y->error, x->error, x->source->pos.file, x->source->pos.line);
}

/* --- Patterns ----------------------------------------------------------------------------------- */

/* Is what came from outside a pattern as the reader lets them through? */
static bool is_pattern(const char *text)
{
	const char *at = text, *end;

	if (text[0] != '/' || strlen(text) > PATTERN_MAX)
		return false;
	for (; *at; at = end) {
		end = strchrnul(++at, '/');
		if (end - at > COMPONENT_MAX)
			return false;
	}
	for (at = text; *at; at++) {
		if (*at != '[')
			continue;
		at += at[1] == '!' || at[1] == '^' ? 2 : 1;
		at += *at == ']';
		at += strcspn(at, "]/");
		if (*at != ']')
			return false;
	}
	return true;
}

const char *resolve_pattern(struct compiler *c, const char *pattern, const struct policy_rule *rule,
			    const struct policy *policy)
{
	const struct diag_pos top = {policy->path, 0, 0}, *pos = rule ? &rule->pos : &top;
	CLEANUP(free_ptr) char *path = NULL;
	const char *copy;
	int error;

	if (!c->options->resolve || c->oom || c->error)
		return pattern;
	error = c->options->resolve(c->options->context, pattern, &path);
	if (error < 0) {
		c->error = error;
		diag_system(c->diag, error, "resolve", pattern, NULL);
		return NULL;
	}
	if (!path || strcmp(path, pattern) == 0)
		return pattern;
	if (!is_pattern(path)) {
		REFUSE(c, pos, "%s leads to %s, which can't be a pattern; write the path itself",
		       pattern, path);
		return NULL;
	}
	diag_note(c->diag, pos, "%s is %s here", pattern, path);
	copy = arena_strndup(c->arena, path, strlen(path));
	c->oom |= !copy;
	return copy;
}

static void add_path_rule(struct compiler *c, const struct loaded *loaded,
			  const struct policy_path_rule *path_rule)
{
	const struct policy_rule *rule = &loaded->policy->rules[path_rule->rule];
	struct claim claim;
	uint32_t index;

	if (path_rule->n_patterns == 0)
		return;
	fill_claim(c, loaded, path_rule->rule, &claim);
	claim.ops = rule->class == CLASS_FILES ? path_rule->access & FILE_OPS
					       : 1u << BL_OP_EXEC | 1u << BL_OP_MAP;
	if (!claim.places || !claim.ops)
		return;
	index = add_claim(c, &claim);
	for (uint32_t i = 0; i < path_rule->n_patterns && !c->oom && !c->error; i++) {
		const char *pattern =
			resolve_pattern(c, path_rule->patterns[i], rule, loaded->policy);

		if (pattern)
			automaton_add(&c->automaton, BL_STATE_ROOT, pattern, index);
	}
}

/* Listening is not told apart from binding there: a rule that would be needed for it is refused. */
static void refuse_listen(struct compiler *c, const struct policy_rule *rule, const char *text)
{
	if (rule->action == ACTION_ALLOW)
		return;
	if (c->options->partial)
		diag_warning(c->diag, &rule->pos, "not enforced: listen on %s", text);
	else
		REFUSE(c, &rule->pos,
		       "listen on %s can't be denied or told of apart from bind; write bind", text);
}

static void add_unix_rule(struct compiler *c, const struct loaded *loaded,
			  const struct policy_net_rule *net_rule)
{
	const struct policy_rule *rule = &loaded->policy->rules[net_rule->rule];
	struct claim claim;
	uint32_t index = 0;

	fill_claim(c, loaded, net_rule->rule, &claim);
	claim.ops = net_rule->op == NET_BIND ? 1u << BL_OP_UNIX_BIND : 1u << BL_OP_UNIX_CONNECT;
	for (uint32_t i = 0; i < net_rule->n_addresses && claim.places && !c->oom; i++) {
		const struct policy_net_address *address = &net_rule->addresses[i];
		const char *pattern = address->pattern;

		if (address->kind != NET_UNIX_PATH && address->kind != NET_UNIX_ABSTRACT)
			continue;
		if (net_rule->op == NET_LISTEN) {
			refuse_listen(c, rule, address->text);
			continue;
		}
		if (!index)
			index = add_claim(c, &claim);
		if (address->kind == NET_UNIX_ABSTRACT) {
			automaton_add(&c->automaton, BL_STATE_NAMES, pattern + 1, index);
			continue;
		}
		c->header.unix_paths |= loaded->places;
		pattern = resolve_pattern(c, pattern, rule, loaded->policy);
		if (pattern)
			automaton_add(&c->automaton, BL_STATE_ROOT, pattern, index);
	}
}

void add_paths(struct compiler *c)
{
	for (unsigned i = 0; i < c->n_loaded; i++) {
		const struct loaded *loaded = &c->loaded[i];
		const struct policy *policy = loaded->policy;

		for (uint32_t j = 0; j < policy->n_path_rules && !c->oom; j++)
			add_path_rule(c, loaded, &policy->path_rules[j]);
		for (uint32_t j = 0; j < policy->n_net_rules && !c->oom; j++)
			add_unix_rule(c, loaded, &policy->net_rules[j]);
	}
}

void start_vectors(struct compiler *c, uint32_t start[BL_STATE_CGROUPS + 1])
{
	static const struct {
		enum policy_class class;
		uint16_t ops;
		bool names;
	} classes[] = {
		{CLASS_FILES, FILE_OPS, false},
		{CLASS_EXEC, 1u << BL_OP_EXEC, false},
		{CLASS_NETWORK, UNIX_OPS, true},
	};

	for (uint32_t root = 0; root <= BL_STATE_CGROUPS; root++)
		start[root] = 1;
	for (unsigned i = 0; i < c->n_loaded; i++)
		for (size_t j = 0; j < ARRAY_LEN(classes); j++) {
			uint32_t rule = c->loaded[i].policy->default_rule[classes[j].class], index;
			struct claim claim;

			if (rule == POLICY_NO_RULE)
				continue;
			fill_claim(c, &c->loaded[i], rule, &claim);
			claim.ops = classes[j].ops;
			index = add_claim(c, &claim);
			start[BL_STATE_ROOT] =
				vector_apply(&c->automaton, start[BL_STATE_ROOT], index);
			if (classes[j].names)
				start[BL_STATE_NAMES] =
					vector_apply(&c->automaton, start[BL_STATE_NAMES], index);
		}
}
