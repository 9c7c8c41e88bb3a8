/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy asks for, and what of it the running kernel has no hook for. */
#include <errno.h>
#include <stdlib.h>

#include "bailiff/probe.h"

#define FILE_OPS ((1u << (BL_OP_EXECUTE + 1)) - 1) /* enum policy_access, in the same order */
_Static_assert(ACCESS_ALL == FILE_OPS, "accesses are the first operations");

const char *probe_purpose(unsigned bit)
{
	static const char *const names[32] = {
		"read",
		"write",
		"create",
		"delete",
		"rename",
		"link",
		"chmod",
		"chown",
		"xattr",
		"mknod",
		"execute",
		"exec",
		"exec (map)",
		"unix bind",
		"unix connect",
		NULL,
		"bind",
		"connect",
		"listen",
		"socket",
		"capabilities",
		NULL,
		"W^X",
		NULL,
		"bailiff itself",
		"other names",
		NULL,
		NULL,
		NULL,
		NULL,
		"seccomp records",
		"labels",
	};
	const struct policy_surface *surfaces;
	size_t n;

	_Static_assert(BL_OP_BIND == 16 && BL_OP_CAPABILITY == 20 && BL_OP_WORD == 22 &&
			       BL_OP_SELF == 24 && BL_OP_ESCAPE == 25,
		       "names stand at their numbers");
	if (bit < 32)
		return names[bit];
	surfaces = policy_surfaces(&n);
	return bit - 32 < n ? surfaces[bit - 32].name : NULL;
}

static uint64_t needs_path(const struct policy_path_rule *path, enum policy_class class)
{
	if (path->words)
		return PROBE_WORD;
	if (class == CLASS_FILES)
		return path->access | PROBE_ESCAPE;
	return PROBE_OP(BL_OP_EXEC) | PROBE_OP(BL_OP_MAP) | PROBE_ESCAPE;
}

static uint64_t needs_net(const struct policy_net_rule *net)
{
	static const uint64_t ops[] = {
		[NET_BIND] = PROBE_BIND,
		[NET_CONNECT] = PROBE_CONNECT,
		[NET_LISTEN] = PROBE_LISTEN,
		[NET_SOCKET] = PROBE_SOCKET,
	};
	uint64_t needs = ops[net->op];
	uint32_t i;

	for (i = 0; i < net->n_addresses; i++)
		if (net->addresses[i].kind == NET_UNIX_PATH ||
		    net->addresses[i].kind == NET_UNIX_ABSTRACT)
			needs |= net->op == NET_BIND ? PROBE_OP(BL_OP_UNIX_BIND)
						     : PROBE_OP(BL_OP_UNIX_CONNECT);
	return needs;
}

/* A default speaks of everything in its class. */
static uint64_t needs_default(enum policy_class class)
{
	switch (class) {
	case CLASS_FILES:
		return FILE_OPS | PROBE_ESCAPE;
	case CLASS_EXEC:
		return PROBE_OP(BL_OP_EXEC);
	case CLASS_NETWORK:
		return PROBE_BIND | PROBE_CONNECT | PROBE_LISTEN | PROBE_SOCKET |
		       PROBE_OP(BL_OP_UNIX_BIND) | PROBE_OP(BL_OP_UNIX_CONNECT);
	default:
		return 0;
	}
}

void probe_needs(const struct policy *policy, uint64_t *needs)
{
	const struct policy_rule *rule;
	uint32_t i, at;
	size_t surface, n;

	for (i = 0; i < policy->n_rules; i++) {
		rule = &policy->rules[i];
		needs[i] = rule->list == LIST_DEFAULT ? needs_default(rule->class) : 0;
		if (rule->class == CLASS_CAPABILITIES && rule->list != LIST_IMPLIED)
			needs[i] = PROBE_CAPABILITY;
	}
	for (i = 0; i < policy->n_path_rules; i++) {
		at = policy->path_rules[i].rule;
		needs[at] |= needs_path(&policy->path_rules[i], policy->rules[at].class);
	}
	for (i = 0; i < policy->n_net_rules; i++)
		needs[policy->net_rules[i].rule] |= needs_net(&policy->net_rules[i]);
	(void)policy_surfaces(&n);
	for (surface = 0; surface < n && surface < POLICY_MAX_SURFACES; surface++)
		if (policy->surface_rule[surface] != POLICY_NO_RULE)
			needs[policy->surface_rule[surface]] |= PROBE_SURFACE(surface);
	for (i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].action < ACTION_AUDIT)
			needs[i] = 0;
}

/* The hook, or the group of them, whose absence matters to somebody. */
bool probe_is_missing(const struct probe *probe, size_t number)
{
	const struct probe_hook *hook = probe_hook(number), *other;
	size_t i;

	if (hook->optional || probe_takes(probe, number))
		return false;
	for (i = 0; hook->group && (other = probe_hook(i)); i++) {
		if (other->group != hook->group || i == number)
			continue;
		/* One of the group will do; the first of it speaks for all. */
		if (probe_takes(probe, i) || i < number)
			return false;
	}
	return true;
}

static void tell(const struct probe *probe, const struct policy_rule *rule, size_t number,
		 bool partial, struct diag *diag)
{
	const char *lacks = probe_lacks(probe, number), *without = probe_hook(number)->without;

	if (partial)
		diag_warning(diag, &rule->pos, "%s: not enforced in full: %s, and %s",
			     policy_class_name(rule->class), lacks, without);
	else
		diag_error(diag, &rule->pos,
			   "%s: can't be enforced in full: %s, and %s; leave it out, or load with "
			   "--partial",
			   policy_class_name(rule->class), lacks, without);
}

/* Bits of what hooks serve that the kernel lacks. */
static uint64_t lacking_bits(const struct probe *probe)
{
	const struct probe_hook *hook;
	uint64_t bits = 0;
	size_t i;

	for (i = 0; (hook = probe_hook(i)); i++)
		if (probe_is_missing(probe, i))
			bits |= hook->serves;
	return bits;
}

static size_t tell_all(const struct probe *probe, const struct policy_rule *rule, uint64_t needs,
		       bool partial, struct diag *diag)
{
	const struct probe_hook *hook;
	size_t i, n = 0;

	for (i = 0; needs && (hook = probe_hook(i)); i++) {
		if (!(hook->serves & needs) || !probe_is_missing(probe, i))
			continue;
		tell(probe, rule, i, partial, diag);
		n++;
	}
	return n;
}

int probe_missing(const struct probe *probe, const struct policy *policy, bool partial,
		  struct diag *diag, size_t *ret_missing)
{
	uint64_t lacking = lacking_bits(probe);
	CLEANUP(free_ptr) uint64_t *needs = NULL;
	size_t missing = 0;
	uint32_t i;

	if (lacking & PROBE_LABEL) {
		diag_error(diag, &(struct diag_pos){.file = policy->path},
			   "this kernel lacks hooks that every policy takes; `bailiff probe` lists "
			   "them");
		return -EOPNOTSUPP;
	}
	needs = calloc(policy->n_rules + 1, sizeof(*needs));
	if (!needs)
		return -ENOMEM;
	if (lacking)
		probe_needs(policy, needs);
	for (i = 0; i < policy->n_rules; i++)
		missing += tell_all(probe, &policy->rules[i], needs[i] & lacking, partial, diag);
	if (ret_missing)
		*ret_missing = missing;
	return missing && !partial ? -EOPNOTSUPP : 0;
}
