/* SPDX-License-Identifier: Apache-2.0 */
/* The policies themselves: which bit each has, whether they can be held at all, what tells two of
 * them apart. */
#include <errno.h>
#include <string.h>

#include "compiler.h"

/* Rules that the kernel's side can't hold as they are written. */
static void check_rules(struct compiler *c, const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->n_rules; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		if (rule->class == CLASS_SYSCALLS ||
		    (rule->action != ACTION_TRAP && rule->action != ACTION_KILL_THREAD))
			continue;
		if (c->options->partial)
			diag_warning(c->diag, &rule->pos,
				     "%s kills the whole process here: a hook has no other way",
				     rule->action == ACTION_TRAP ? "trap" : "kill-thread");
		else
			REFUSE(c, &rule->pos,
			       "%s is no verdict of a hook; write kill, or errno NAME",
			       rule->action == ACTION_TRAP ? "trap" : "kill-thread");
	}
}

/* A filter can't be put on a running task. */
static void check_syscalls(struct compiler *c, const struct policy *policy)
{
	const struct policy_scope *scope = &policy->scope;
	uint32_t rule = policy->default_rule[CLASS_SYSCALLS];
	bool only_launched = scope->launched && !scope->host && !scope->n_cgroups &&
			     !scope->n_executables && !scope->n_users;

	if (rule == POLICY_NO_RULE || only_launched || c->options->scopeless)
		return;
	if (c->options->partial)
		diag_warning(c->diag, &policy->rules[rule].pos,
			     "not enforced on tasks that bailiff run did not start: syscalls");
	else
		REFUSE(c, &policy->rules[rule].pos,
		       "a filter of syscalls can't be put on a running task; write scope: "
		       "{launched: true}, or take the class syscalls out");
}

static void check_policy(struct compiler *c, const struct policy *policy)
{
	const struct diag_pos top = {policy->path, 0, 0};

	if (!policy->scope.present && !c->options->scopeless)
		REFUSE(c, &top,
		       "policy '%s' has no scope, so `load` does not know whom it governs; add "
		       "scope: {...}",
		       policy->name);
	else
		check_syscalls(c, policy);
	check_rules(c, policy);
}

/* The i-th policy of the set in force; -ENOENT past the last. */
static int policy_before(const struct compiler *c, size_t i, struct ruleset_policy *ret_policy)
{
	const struct ruleset_before *before;

	if (c->options->previous)
		return ruleset_policy(c->options->previous, i, ret_policy);
	if (i >= c->options->n_before)
		return -ENOENT;
	before = &c->options->before[i];
	*ret_policy = (struct ruleset_policy){
		.name = before->name, .bit = before->bit, .scope_hash = before->scope_hash};
	return 0;
}

/* The bits of the image in force, by name. Returns all that it uses. */
static uint64_t keep_bits(struct compiler *c, uint64_t *ret_given)
{
	struct ruleset_policy before;
	uint64_t used = 0, given = 0;

	for (size_t i = 0; policy_before(c, i, &before) == 0; i++) {
		used |= (uint64_t)1 << before.bit;
		for (unsigned j = 0; j < c->n_loaded; j++)
			if (strcmp(c->loaded[j].policy->name, before.name) == 0) {
				c->loaded[j].bit = before.bit;
				given |= (uint64_t)1 << j;
			}
	}
	*ret_given = given;
	return used;
}

static void give_bits(struct compiler *c)
{
	uint64_t given, used = keep_bits(c, &given) | c->options->busy;

	for (unsigned i = 0; i < c->n_loaded; i++) {
		const struct diag_pos top = {c->loaded[i].policy->path, 0, 0};

		if (given >> i & 1)
			continue;
		if (used == UINT64_MAX) {
			REFUSE(c, &top,
			       "no place is free for policy '%s': tasks still carry all %u; try "
			       "again when policies taken out have been purged of them",
			       c->loaded[i].policy->name, BL_PLACES);
			return;
		}
		c->loaded[i].bit = (unsigned)__builtin_ctzll(~used);
		used |= (uint64_t)1 << c->loaded[i].bit;
	}
}

void read_policies(struct compiler *c, const struct policy *const *policies, size_t count)
{
	if (count > BL_PLACES) {
		REFUSE(c, NULL, "%zu policies; at most %u can be loaded at once", count, BL_PLACES);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct diag_pos top = {policies[i]->path, 0, 0};

		for (size_t j = 0; j < i; j++)
			if (strcmp(policies[i]->name, policies[j]->name) == 0)
				REFUSE(c, &top, "a policy named '%s' is there already: %s",
				       policies[i]->name, policies[j]->path);
		c->loaded[i] = (struct loaded){.policy = policies[i], .first_rule = c->n_rules};
		c->n_rules += policies[i]->n_rules;
		c->n_loaded++;
		check_policy(c, policies[i]);
	}
	give_bits(c);
}

/* --- Equal policies have equal hashes; the order of rules changes nothing ----------------------- */

static uint64_t hash_rule(const struct policy *policy, uint32_t rule)
{
	const struct policy_rule *r;
	uint64_t by = 0;

	if (rule == POLICY_NO_RULE)
		return 1;
	r = &policy->rules[rule];
	for (uint32_t i = 0; i < r->n_by; i++)
		by += hash_text(7, r->by[i]);
	return mix(by, (uint64_t)r->class << 48 | (uint64_t)r->action << 40 |
			       (uint64_t)r->quiet << 32 | r->error);
}

static uint64_t hash_address(const struct policy_net_address *a)
{
	uint64_t hash = hash_bytes(a->kind, a->address, sizeof(a->address));

	hash = mix(hash, (uint64_t)a->prefix << 48 | (uint64_t)a->port_low << 32 |
				 (uint64_t)a->port_high << 16 | (uint16_t)a->protocol);
	return hash_text(mix(hash, (uint64_t)a->family << 32 | a->type), a->pattern);
}

static uint64_t hash_lists(const struct policy *policy)
{
	uint64_t sum = 0, rule;

	for (uint32_t i = 0; i < policy->n_path_rules; i++) {
		const struct policy_path_rule *p = &policy->path_rules[i];

		rule = mix(hash_rule(policy, p->rule), (uint64_t)p->access << 16 | p->words);
		sum += p->n_patterns ? 0 : rule;
		for (uint32_t j = 0; j < p->n_patterns; j++)
			sum += hash_text(rule, p->patterns[j]);
	}
	for (uint32_t i = 0; i < policy->n_net_rules; i++) {
		const struct policy_net_rule *n = &policy->net_rules[i];

		rule = mix(hash_rule(policy, n->rule), n->op);
		for (uint32_t j = 0; j < n->n_addresses; j++)
			sum += mix(rule, hash_address(&n->addresses[j]));
	}
	return sum;
}

static uint64_t hash_calls(const struct policy *policy)
{
	uint64_t sum = 0, hash;

	for (enum arch arch = 0; arch < ARCH_COUNT; arch++)
		for (uint32_t i = 0; i < policy->abi[arch].n_calls; i++) {
			const struct policy_call *call = &policy->abi[arch].calls[i];

			for (uint32_t j = 0; j < call->n_matches; j++) {
				const struct policy_match *m =
					&policy->matches[call->first_match + j];

				hash = mix((uint64_t)arch << 32 | call->nr,
					   hash_rule(policy, m->rule) + m->level);
				for (uint32_t k = 0; k < m->n_conds; k++) {
					const struct policy_cond *cond =
						&policy->conds[m->first_cond + k];

					hash = mix(hash, cond->mask);
					hash = mix(hash, (uint64_t)cond->arg << 8 | cond->op);
					hash = hash_bytes(hash, policy->values + cond->first_value,
							  cond->n_values * sizeof(uint64_t));
				}
				sum += hash;
			}
		}
	return sum;
}

static uint64_t hash_policy(const struct loaded *loaded)
{
	const struct policy *policy = loaded->policy;
	uint64_t hash = hash_text(BL_ABI, policy->name);

	hash = mix(hash, (uint64_t)policy->audit << 1 | policy->no_new_privs);
	hash = mix(hash, loaded->scope_hash);
	for (size_t class = 0; class < CLASS_END; class ++)
		hash = mix(hash,
			   hash_rule(policy, class ? policy->default_rule[class] : POLICY_NO_RULE));
	hash = mix(mix(hash, policy->caps_allowed), policy->caps_audited);
	for (size_t i = 0; i < POLICY_MAX_SURFACES; i++)
		hash = mix(hash, hash_rule(policy, policy->surface_rule[i]));
	return mix(mix(hash, hash_lists(policy)), hash_calls(policy));
}

static bool has_class(const struct loaded *loaded, enum policy_class class)
{
	return loaded->policy->default_rule[class] != POLICY_NO_RULE;
}

void hash_policies(struct compiler *c)
{
	struct bl_header *h = &c->header;
	struct ruleset_policy before;
	uint64_t words[3] = {0};

	for (unsigned i = 0; i < c->n_loaded; i++) {
		struct loaded *l = &c->loaded[i];
		uint64_t bit = (uint64_t)1 << l->bit;

		l->hash = hash_policy(l);
		for (size_t k = 0; k < ARRAY_LEN(words); k++)
			words[k] += mix(l->hash, k + 1);
		h->policies |= bit;
		h->files |= has_class(l, CLASS_FILES) ? l->places : 0;
		h->exec |= has_class(l, CLASS_EXEC) ? l->places : 0;
		h->network |= has_class(l, CLASS_NETWORK) ? l->places : 0;
		h->capabilities |= has_class(l, CLASS_CAPABILITIES) ? l->places : 0;
		h->kernel |= has_class(l, CLASS_KERNEL) ? l->places : 0;
		h->audit |= l->policy->audit ? l->places : 0;
		for (size_t j = 0; policy_before(c, j, &before) == 0; j++) {
			if (strcmp(before.name, l->policy->name) == 0 &&
			    before.scope_hash == l->scope_hash)
				h->kept |= bit;
		}
	}
	memcpy(h->hash, words, sizeof(h->hash));
}
