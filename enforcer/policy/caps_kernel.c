/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of `capabilities` and `kernel`, and the calls that they come down to. */
#include <errno.h>
#include <string.h>

#include "policy_internal.h"

static void name_capability(struct reader *r, enum policy_list list, const struct doc_node *node,
			    uint32_t rule)
{
	uint8_t action = list == LIST_DENY    ? ACTION_ERRNO
			 : list == LIST_AUDIT ? ACTION_AUDIT
					      : ACTION_ALLOW;
	unsigned cap;

	if (!is_scalar(r, node, "a capability"))
		return;
	if (names_cap_value(node->text, &cap) < 0) {
		refuse_unknown(r, node, "capability", node->text, NAMES_CAPS);
		return;
	}
	if (action > r->cap_action[cap]) {
		r->cap_action[cap] = action;
		r->cap_rule[cap] = rule;
	}
}

void read_capability_entry(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	static const char *const keys[] = {"names", NULL};
	static const char other[] = "a capability is denied with EPERM, to the whole task";
	const struct doc_node *names = node;
	struct rule_options options;
	size_t count, i;
	uint32_t rule;

	if (node->type == DOC_MAPPING) {
		names = doc_get(node, "names");
		check_keys(r, node, keys, true);
		if (!names) {
			REFUSE(r, node, "a rule without a capability; write {names: [...], ...}");
			return;
		}
	} else if (!is_scalar(r, node, "a rule")) {
		return;
	}
	if (!read_options(r, node->type == DOC_MAPPING ? node : NULL, list,
			  OPTION_WHY | OPTION_REPORT, other, &options) ||
	    !is_list(r, names, "names", &count) || !count_entries(r, node, count))
		return;
	rule = add_entry(r, CLASS_CAPABILITIES, list, node, &options);
	for (i = 0; i < count; i++)
		name_capability(r, list, list_item(names, i), rule);
}

static uint64_t surface_values(enum arch arch, const struct policy_surface_call *entry)
{
	uint64_t bits = 0, value;
	bool negative;

	for (size_t i = 0; entry->values[i]; i++)
		if (names_constant(arch, entry->values[i], &value, &negative) == 0)
			bits |= value;
	return bits;
}

/* The entry's condition; false where it can't be said on this ABI (then the whole call is meant: a
 * denial may be too wide, never too narrow). */
static bool surface_condition(struct reader *r, enum arch arch, const struct name_call *call,
			      const struct policy_surface_call *entry, struct policy_match *match)
{
	uint64_t bits, full;
	unsigned index;

	if (!entry->arg || names_arg(call, entry->arg, &index) < 0 || (int)index >= call->nargs)
		return false;
	full = call->args[index].width >= 64 ? UINT64_MAX
					     : ((uint64_t)1 << call->args[index].width) - 1;
	bits = surface_values(arch, entry) & full;
	if (entry->op == 'a' && bits == 0)
		return false;
	match->n_conds = 1;
	match->first_cond =
		add_cond(r, &(struct policy_cond){
				    .arg = (uint8_t)index,
				    .op = entry->op == 'a' ? COND_NOT_IN : COND_IN,
				    .mask = entry->op == 'a' ? bits : full,
				    .first_value = add_value(r, entry->op == 'a' ? 0 : bits),
				    .n_values = 1,
			    });
	return true;
}

/* A surface's call, or an implied rule's, on every ABI. */
static void add_surface_call(struct reader *r, const struct policy_surface_call *entry,
			     uint32_t rule, enum policy_class class, bool defaulted)
{
	for (size_t i = 0; i < r->n_arches && !r->oom; i++) {
		enum arch arch = r->arches[i];
		const struct name_call *call = names_call_by_name(arch, entry->call);
		struct policy_match match = {
			.rule = rule, .class = (uint8_t) class, .level = LEVEL_NAMED};

		if (!call)
			continue;
		if (surface_condition(r, arch, call, entry, &match))
			match.level = LEVEL_ARGUMENTS;
		if (defaulted)
			match.level = LEVEL_DEFAULT;
		add_match(r, arch, call, &match);
	}
}

/* All calls of a surface; those that are refused in a way of their own (clone3), by an implied
 * rule.
 */
static void add_surface(struct reader *r, const struct policy_surface *surface, uint32_t rule,
			bool defaulted)
{
	struct rule_options options = {.action = ACTION_ERRNO};
	struct policy_rule by = r->rules[rule]; /* a copy: the array may move */
	uint32_t implied;

	for (size_t i = 0; i < surface->n_calls && !r->oom; i++) {
		const struct policy_surface_call *entry = &surface->calls[i];

		implied = rule;
		if (entry->error && by.action >= ACTION_ERRNO) {
			options.error = entry->error;
			options.quiet = entry->quiet;
			options.why = by.why;
			implied =
				add_rule(r, CLASS_KERNEL, LIST_IMPLIED, &by.pos, by.text, &options);
		}
		add_surface_call(r, entry, implied, CLASS_KERNEL, defaulted);
	}
}

/* As among matches of a call: the stricter, then one that reports, then the first. */
static void keep_surface(struct reader *r, size_t surface, uint32_t rule)
{
	uint32_t *kept = &r->surface_rule[surface];
	const struct policy_rule *a = &r->rules[rule], *b = &r->rules[*kept];

	if (!(r->surfaces_named & ((uint64_t)1 << surface)) || a->action > b->action ||
	    (a->action == b->action && b->quiet && !a->quiet))
		*kept = rule;
}

static void name_surface(struct reader *r, const struct doc_node *node, uint32_t rule)
{
	size_t count, i;
	const struct policy_surface *surfaces = policy_surfaces(&count);
	const char *names[POLICY_MAX_SURFACES];

	if (!is_scalar(r, node, "a surface"))
		return;
	for (i = 0; i < count; i++) {
		names[i] = surfaces[i].name;
		if (strcmp(surfaces[i].name, node->text) != 0)
			continue;
		if (rule == POLICY_NO_RULE)
			return;
		keep_surface(r, i, rule);
		r->surfaces_named |= (uint64_t)1 << i;
		add_surface(r, &surfaces[i], rule, false);
		return;
	}
	refuse_unknown_of(r, node, "surface", node->text, names, count);
}

void read_kernel_entry(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	static const char *const keys[] = {"surfaces", NULL};
	static const char other[] = "a filter can't know the executable";
	const struct doc_node *names = node;
	struct rule_options options;
	size_t count, i;
	uint32_t rule;

	if (node->type == DOC_MAPPING) {
		names = doc_get(node, "surfaces");
		check_keys(r, node, keys, true);
		if (!names) {
			REFUSE(r, node, "a rule without a surface; write {surfaces: [...], ...}");
			return;
		}
	} else if (!is_scalar(r, node, "a rule")) {
		return;
	}
	if (!read_options(r, node->type == DOC_MAPPING ? node : NULL, list,
			  OPTION_ACTION | OPTION_REPORT | OPTION_WHY, other, &options) ||
	    !is_list(r, names, "surfaces", &count) || !count_entries(r, node, count))
		return;
	rule = add_entry(r, CLASS_KERNEL, list, node, &options);
	for (i = 0; i < count; i++)
		name_surface(r, list_item(names, i), rule);
}

void finish_kernel(struct reader *r)
{
	uint32_t rule = r->policy->default_rule[CLASS_KERNEL];
	size_t count, i;
	const struct policy_surface *surfaces = policy_surfaces(&count);

	memset(r->policy->surface_rule, 0xff, sizeof(r->policy->surface_rule));
	if (r->oom || rule == POLICY_NO_RULE)
		return;
	for (i = 0; i < count; i++)
		r->policy->surface_rule[i] =
			r->surfaces_named & ((uint64_t)1 << i) ? r->surface_rule[i] : rule;
	if (r->rules[rule].action == ACTION_ALLOW)
		return;
	for (i = 0; i < count; i++)
		if (!(r->surfaces_named & ((uint64_t)1 << i)))
			add_surface(r, &surfaces[i], rule, true);
}

/* Without this, the first unshare(CLONE_NEWUSER) would undo the class. */
static void shut_user_namespaces(struct reader *r, const struct diag_pos *pos)
{
	struct rule_options options = {
		.action = ACTION_ERRNO,
		.error = EPERM,
		.why = "a new user namespace hands all capabilities back",
	};
	uint32_t denied = add_rule(r, CLASS_CAPABILITIES, LIST_IMPLIED, pos,
				   "capabilities: no other user namespace", &options);
	uint32_t quiet = POLICY_NO_RULE;

	for (size_t i = 0; i < user_namespace_calls_count && !r->oom; i++) {
		const struct policy_surface_call *entry = &user_namespace_calls[i];

		if (entry->error && quiet == POLICY_NO_RULE) {
			options.error = entry->error;
			options.quiet = entry->quiet;
			quiet = add_rule(r, CLASS_CAPABILITIES, LIST_IMPLIED, pos,
					 "capabilities: no other user namespace", &options);
		}
		add_surface_call(r, entry, entry->error ? quiet : denied, CLASS_CAPABILITIES,
				 false);
	}
}

void finish_capabilities(struct reader *r)
{
	struct policy *p = r->policy;
	uint32_t by_default = p->default_rule[CLASS_CAPABILITIES];
	bool dropped = false;

	if (r->oom || by_default == POLICY_NO_RULE)
		return;
	for (unsigned cap = 0; cap < 64; cap++) {
		uint8_t action = r->cap_action[cap];

		p->cap_rule[cap] = action ? r->cap_rule[cap] : by_default;
		if (!action)
			action = r->rules[by_default].action;
		if (action == ACTION_ALLOW)
			p->caps_allowed |= (uint64_t)1 << cap;
		else if (action == ACTION_AUDIT)
			p->caps_audited |= (uint64_t)1 << cap;
		else if (cap < NAMES_CAP_COUNT)
			dropped = true;
	}
	if (dropped)
		shut_user_namespaces(r, &r->class_pos[CLASS_CAPABILITIES]);
}
