/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of `files`, `exec` and `network` a filter can hold, lowered to matches of calls, which decide,
 * compile and prove treat like all others. `load` does not look at them: its hooks see the objects
 * themselves.
 */
#include <errno.h>

#include "policy_internal.h"

const struct policy *lend_tables(struct reader *r)
{
	r->policy->rules = r->rules;
	r->policy->path_rules = r->path_rules;
	r->policy->net_rules = r->net_rules;
	return r->policy;
}

static bool lower_cond(struct reader *r, const struct name_call *call, const struct lower_cond *in,
		       struct policy_cond *out)
{
	unsigned index;
	uint64_t full;

	if (names_arg(call, in->arg, &index) < 0 || (int)index >= call->nargs)
		return false;
	full = call->args[index].width >= 64 ? UINT64_MAX
					     : ((uint64_t)1 << call->args[index].width) - 1;
	*out = (struct policy_cond){
		.arg = (uint8_t)index,
		.op = in->op,
		.mask = in->mask ? in->mask & full : full,
		.first_value = r->policy->n_values,
		.n_values = (uint32_t)in->n_values,
	};
	for (size_t i = 0; i < in->n_values; i++)
		add_value(r, in->values[i]);
	return true;
}

void lower_call(struct reader *r, const char *name, const struct lower_cond *conds, size_t n_conds,
		uint32_t rule, enum policy_level level)
{
	for (size_t i = 0; i < r->n_arches && !r->oom && rule != POLICY_NO_RULE; i++) {
		const struct name_call *call = names_call_by_name(r->arches[i], name);
		struct policy_match match = {.rule = rule,
					     .first_cond = r->policy->n_conds,
					     .level = (uint8_t)level,
					     .class = r->rules[rule].class};
		struct policy_cond cond;
		bool known = true;

		if (!call)
			continue;
		for (size_t j = 0; j < n_conds && known; j++) {
			known = lower_cond(r, call, &conds[j], &cond);
			if (known)
				add_cond(r, &cond);
		}
		/* A denial may be too wide, never too narrow. */
		if (known)
			match.n_conds = (uint16_t)n_conds;
		else
			match.level = LEVEL_NAMED;
		add_match(r, r->arches[i], call, &match);
	}
}

/* By its ring io_uring does unseen what these calls do; so may one that was inherited. */
void shut_rings(struct reader *r, enum policy_class class, const char *text, const char *why)
{
	static const char *const calls[] = {"io_uring_setup", "io_uring_enter",
					    "io_uring_register"};
	struct rule_options options = {.action = ACTION_ERRNO, .error = EPERM, .why = why};
	uint32_t rule = add_rule(r, class, LIST_IMPLIED, &r->class_pos[class], text, &options);

	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		lower_call(r, calls[i], NULL, 0, rule, LEVEL_NAMED);
}

/* The calls of those accesses that Landlock has no right for: where they are denied for every path, so
 * are the calls. The hooks of `load` judge the setting and removing of attributes, so reading is open. */
void finish_files(struct reader *r)
{
	static const struct {
		uint16_t access;
		const char *call;
	} calls[] = {
		{ACCESS_CHMOD, "chmod"},	 {ACCESS_CHMOD, "fchmod"},
		{ACCESS_CHMOD, "fchmodat"},	 {ACCESS_CHMOD, "fchmodat2"},
		{ACCESS_CHOWN, "chown"},	 {ACCESS_CHOWN, "lchown"},
		{ACCESS_CHOWN, "fchown"},	 {ACCESS_CHOWN, "fchownat"},
		{ACCESS_CHOWN, "chown32"},	 {ACCESS_CHOWN, "lchown32"},
		{ACCESS_CHOWN, "fchown32"},	 {ACCESS_XATTR, "setxattr"},
		{ACCESS_XATTR, "lsetxattr"},	 {ACCESS_XATTR, "fsetxattr"},
		{ACCESS_XATTR, "setxattrat"},	 {ACCESS_XATTR, "removexattr"},
		{ACCESS_XATTR, "lremovexattr"},	 {ACCESS_XATTR, "fremovexattr"},
		{ACCESS_XATTR, "removexattrat"}, {ACCESS_LINK, "link"},
		{ACCESS_LINK, "linkat"},
	};
	uint32_t rules[ACCESS_KINDS];
	bool any = false;

	if (r->oom || r->policy->default_rule[CLASS_FILES] == POLICY_NO_RULE)
		return;
	closed_access(lend_tables(r), rules);
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		uint32_t rule = rules[__builtin_ctz(calls[i].access)];

		any |= rule != POLICY_NO_RULE;
		lower_call(r, calls[i].call, NULL, 0, rule, LEVEL_NAMED);
	}
	if (any)
		shut_rings(r, CLASS_FILES, "files: no io_uring",
			   "io_uring makes links and sets attributes without a call that a filter "
			   "sees");
}
