/* SPDX-License-Identifier: Apache-2.0 */
/* A call that was seen: what of it a rule should ask for, and where that rule goes. */
#include <errno.h>
#include <string.h>

#include "room.h"

/* One call as a rule would ask for it. Others that differ in one argument are added to that rule, step
 * by step; those that differ in more get a rule of their own, so that no mixture is allowed. */
struct shape {
	const struct name_call *call;
	enum arch arch;
	unsigned args; /* bit an argument that is asked for */
	uint64_t value[CALL_ARGS];
};

static bool speaks(const struct policy *policy, const struct policy_match *match,
		   const struct event_call *call)
{
	for (uint32_t i = 0; i < match->n_conds; i++) {
		const struct policy_cond *cond = &policy->conds[match->first_cond + i];

		if (!policy_cond_holds(policy, cond, call->args[cond->arg]))
			return false;
	}
	return true;
}

/* Rules of any class that hold and are not outranked by one that allows; or defaults, which are less. */
unsigned call_in_the_way(const struct policy *policy, const struct event_call *call)
{
	const struct policy_call *found =
		call->foreign ? NULL : policy_call(policy, call->arch, call->nr);
	uint32_t by_default = policy->default_rule[CLASS_SYSCALLS];
	bool settled[CLASS_END] = {false}, spoken = false;
	unsigned count = 0;

	if (call->foreign)
		return policy_decide_foreign(policy).action > ACTION_ALLOW;
	if (!found)
		return policy_decide(policy, call->arch, call->nr, call->args).action >
		       ACTION_ALLOW;
	for (uint32_t i = 0; i < found->n_matches; i++) {
		const struct policy_match *match = &policy->matches[found->first_match + i];

		if (settled[match->class] || !speaks(policy, match, call))
			continue;
		if (policy->rules[match->rule].action == ACTION_ALLOW)
			settled[match->class] = true;
		else
			count += 2;
		spoken |= match->class == CLASS_SYSCALLS;
	}
	if (!spoken && by_default != POLICY_NO_RULE &&
	    policy->rules[by_default].action > ACTION_ALLOW)
		count++;
	return count;
}

bool is_telling(const struct name_arg *arg)
{
	if (arg->kind == KIND_POINTER || arg->kind == KIND_FD)
		return false;
	return arg->family || arg->kind == KIND_BITS || strcmp(arg->type, "uid_t") == 0 ||
	       strcmp(arg->type, "gid_t") == 0 || strcmp(arg->name, "protocol") == 0;
}

/* What is left when an exact call is the only thing that outranks a rule. */
static bool is_number(const struct name_arg *arg)
{
	return arg->kind != KIND_POINTER && arg->kind != KIND_FD;
}

static struct shape shape_of(const struct event_call *call, bool (*wanted)(const struct name_arg *))
{
	struct shape shape = {.arch = call->arch};

	shape.call = names_call_by_nr(call->arch, call->nr);
	for (unsigned i = 0; (int)i < shape.call->nargs; i++)
		if (wanted(&shape.call->args[i])) {
			shape.args |= 1u << i;
			shape.value[i] = call->args[i];
		}
	return shape;
}

static int add_shape(struct work *work, const struct shape *shape)
{
	const char *name = shape->call->name, *conds = "", *value;
	struct entry entry = {name, name};

	for (unsigned i = 0; i < CALL_ARGS && conds; i++) {
		if (!(shape->args >> i & 1))
			continue;
		value = value_text(work, shape->arch, shape->call, i, shape->value[i]);
		conds = value ? say(work, "%s%s%s: %s", conds, *conds ? ", " : "",
				    argument_name(work, name, shape->arch, i), value)
			      : NULL;
	}
	if (!conds)
		return -ENOMEM;
	if (*conds) {
		entry.block = say(work, "%s: {%s}", name, conds);
		entry.flow = say(work, "{%s: {%s}}", name, conds);
	}
	return try_rule(work, CLASS_SYSCALLS, "allow", &entry, say(work, "allow %s", entry.block));
}

/* --- A rule that is there already, with one value less -------------------------------------------- */

static bool is_single(const struct doc_node *node)
{
	return node->type == DOC_SCALAR || (node->type == DOC_SEQUENCE && node->count == 1);
}

/* An entry that asks for one value of each argument that is asked for, or several of the one at `key`: then
 * a value more there allows that and nothing else. */
static bool could_extend(const struct shape *shape, const struct doc_node *entry, size_t key)
{
	const struct doc_node *map = entry->items[0];
	unsigned asked = 0, index;

	for (size_t i = 0; i < map->count; i++) {
		if (names_arg(shape->call, map->keys[i]->text, &index) < 0)
			return false; /* why: says something of what it allows now */
		asked |= 1u << index;
		if (i == key ? map->items[i]->type == DOC_MAPPING : !is_single(map->items[i]))
			return false;
	}
	return (shape->args & ~asked) == 0;
}

static int extend(struct work *work, const struct shape *shape, const struct doc_node *entry,
		  size_t key)
{
	const struct doc_node *map = entry->items[0], *node = map->items[key];
	const char *name = map->keys[key]->text, *value, *step;
	struct splice splice;
	struct entry more;
	unsigned arg;

	if (names_arg(shape->call, name, &arg) < 0 || !(shape->args >> arg & 1))
		return 0;
	value = value_text(work, shape->arch, shape->call, arg, shape->value[arg]);
	if (!value)
		return -ENOMEM;
	step = say(work, "allow %s: {%s: %s} beside the values that the rule has",
		   shape->call->name, name, value);
	more = (struct entry){value, value};
	if (node->type == DOC_SCALAR)
		edit_replace(node,
			     say(work, "[%.*s, %s]", (int)(node->end - node->start),
				 work->now.text + node->start, value),
			     &splice);
	else if (!node->flow || !edit_append(work, node, &more, &splice))
		return 0;
	return try_splice(work, &splice, step);
}

static int extend_any(struct work *work, const struct shape *shape)
{
	const struct doc_node *list, *entry;
	size_t key;
	int r = 0;

	list = find_list(&work->now, CLASS_SYSCALLS, "allow", &key);
	for (size_t i = list ? list->count : 0; i-- > 0;) {
		entry = list->items[i];
		if (entry->type != DOC_MAPPING || entry->count != 1 ||
		    strcmp(entry->keys[0]->text, shape->call->name) != 0 ||
		    entry->items[0]->type != DOC_MAPPING)
			continue;
		for (key = 0; r == 0 && key < entry->items[0]->count; key++)
			if (could_extend(shape, entry, key))
				r = extend(work, shape, entry, key);
		if (r)
			break; /* list is gone */
	}
	return r;
}

/* --- Surfaces ----------------------------------------------------------------------------------- */

static int step_surface(struct work *work, const struct event_call *call)
{
	const struct policy *policy = work->now.policy;
	const char *name = names_call_by_nr(call->arch, call->nr)->name;
	size_t count, i, j;
	const struct policy_surface *surfaces = policy_surfaces(&count);
	int r = 0;

	for (i = 0; i < count && r == 0; i++) {
		const struct policy_rule *rule;

		if (policy->surface_rule[i] == POLICY_NO_RULE)
			continue;
		rule = &policy->rules[policy->surface_rule[i]];
		for (j = 0; j < surfaces[i].n_calls; j++)
			if (strcmp(surfaces[i].calls[j].call, name) == 0)
				break;
		if (j < surfaces[i].n_calls && rule->action != ACTION_ALLOW)
			r = try_name(work, CLASS_KERNEL, surfaces[i].name, "surfaces", rule);
	}
	return r;
}

/* --- What of files, exec and network a filter holds ------------------------------------------------- */

/* A socket can be allowed by its family and type; what is refused whatever its object, can't be. */
static int step_held(struct work *work, const struct event_call *call,
		     const struct policy_rule *rule)
{
	static const char *const needs[CLASS_END] = {
		[CLASS_FILES] =
			"no path allows it; for which it is needed is for a person to write",
		[CLASS_EXEC] =
			"memory or a file that this makes could be executed, and to allow that "
			"is for a person to decide",
		[CLASS_NETWORK] = "no address allows it; which one is needed is for a person to "
				  "write, as {connect: [...]} or {bind: [...]}",
	};
	struct shape shape = shape_of(call, is_telling);
	const char *family, *type;
	struct entry entry;
	int r = 0;

	if (rule->class == CLASS_NETWORK && strcmp(shape.call->name, "socket") == 0) {
		family = value_text(work, call->arch, shape.call, 0, call->args[0]);
		type = value_text(work, call->arch, shape.call, 1, call->args[1] & 0xf);
		if (!family || !type)
			return -ENOMEM;
		entry.flow = entry.block = say(work, "{socket: [%s], type: [%s]}", family, type);
		r = try_rule(work, CLASS_NETWORK, "allow", &entry,
			     say(work, "allow %s", entry.flow));
	}
	if (r == 0)
		work->out->reason = say(
			work, "%s has a rule of %s that refuses %s: %s", place_of(work, rule),
			policy_class_name((enum policy_class)rule->class), shape.call->name,
			rule->list == LIST_IMPLIED && rule->why ? rule->why : needs[rule->class]);
	return r;
}

/* --- One step ----------------------------------------------------------------------------------- */

static const char *no_rule_for(struct work *work, const struct event_call *call, uint32_t rule)
{
	const struct policy *policy = work->now.policy;

	if (call->foreign)
		return "it is a call of an architecture that bailiff does not know";
	if (!policy->abi[call->arch].governed)
		return say(
			work,
			"it is a call of %s, which the policy shuts by its architectures; adding "
			"%s there would open all its calls to programs of that kind: that is "
			"for a person to decide",
			arch_name(call->arch), arch_name(call->arch));
	if (rule == policy->unknown_rule || !names_call_by_nr(call->arch, call->nr))
		return say(work,
			   "call number %u is none that bailiff knows, so no rule can name it",
			   call->nr);
	if (rule < policy->n_rules && policy->rules[rule].class == CLASS_CAPABILITIES)
		return "new user namespaces are shut because capabilities drops some: one would "
		       "hand all of them back; they open only when no capability is dropped";
	return NULL;
}

static int step_syscalls(struct work *work, const struct event_call *call,
			 const struct policy_rule *rule)
{
	struct shape shape = shape_of(call, is_telling), exact;
	bool by_arguments = rule->list == LIST_DENY || rule->list == LIST_AUDIT;
	int r = extend_any(work, &shape);

	/* What a deny rule refuses by name, a rule with arguments outranks; without any it does not. */
	if (r == 0)
		r = add_shape(work, &shape);
	if (r == 0 && by_arguments)
		r = narrow_call(work, call, rule);
	exact = shape_of(call, is_number);
	if (r == 0 && exact.args != shape.args) {
		r = add_shape(work, &exact);
		if (r > 0)
			add_line(work, &work->out->notes,
				 say(work,
				     "only a rule with arguments outranks the one that refuses %s, "
				     "so "
				     "it asks for what may differ from run to run",
				     shape.call->name));
	}
	return r;
}

int step_call(struct work *work)
{
	const struct policy *policy = work->now.policy;
	const struct event_call *call = NULL;
	const struct policy_rule *rule;
	struct policy_decision decision;
	int r;

	for (size_t i = 0; i < work->n && !call; i++)
		if (call_in_the_way(policy, &work->events[i]->call))
			call = &work->events[i]->call;
	if (!call)
		return 0;
	decision = call->foreign ? policy_decide_foreign(policy)
				 : policy_decide(policy, call->arch, call->nr, call->args);
	work->out->reason = no_rule_for(work, call, decision.rule);
	if (work->out->reason || decision.rule >= policy->n_rules)
		return work->failed ? -ENOMEM : 0;
	rule = &policy->rules[decision.rule];
	if (rule->class == CLASS_KERNEL)
		r = step_surface(work, call);
	else if (rule->class == CLASS_SYSCALLS)
		r = step_syscalls(work, call, rule);
	else
		r = step_held(work, call, rule);
	if (r == 0 && !work->out->reason)
		work->out->reason = outranked_by(work, rule);
	return work->failed ? -ENOMEM : r;
}
