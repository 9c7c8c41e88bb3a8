/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of `syscalls`. */
#include <string.h>

#include "policy_internal.h"

#define NO_BY	"a filter can't know the executable; use files, exec or network, and bailiff load"
#define OPTIONS (OPTION_ACTION | OPTION_REPORT | OPTION_WHY)

/* One call on one ABI, without conditions. */
static void add_plain(struct reader *r, enum arch arch, const struct name_call *call, uint32_t rule,
		      enum policy_level level)
{
	struct policy_match match = {
		.rule = rule, .level = (uint8_t)level, .class = CLASS_SYSCALLS};

	add_match(r, arch, call, &match);
}

/* Calls that only other ABIs have are left out of the tables; the policy stays portable. */
static bool check_call(struct reader *r, const struct doc_node *node, const char *name)
{
	for (size_t i = 0; i < r->n_arches; i++)
		if (names_call_by_name(r->arches[i], name))
			return true;
	if (names_call_exists(name))
		WARN_AT(r, node,
			"%.60s does not exist on this policy's architectures; the rule is "
			"skipped",
			name);
	else
		refuse_unknown(r, node, "call", name, NAMES_CALLS);
	return false;
}

static void lower_group(struct reader *r, const struct doc_node *node, uint32_t rule)
{
	const struct name_call *call;
	size_t count, i, j;
	const struct name_member *members = names_group(node->text, &count);

	if (!members) {
		refuse_unknown(r, node, "group", node->text, NAMES_GROUPS);
		return;
	}
	for (i = 0; i < r->n_arches; i++) {
		for (j = 0; j < count; j++) {
			call = names_call_by_name(r->arches[i], members[j].call);
			if (call)
				add_plain(r, r->arches[i], call, rule, LEVEL_GROUP);
		}
	}
}

/* "name" or "@group" */
static void lower_name(struct reader *r, const struct doc_node *node, uint32_t rule)
{
	const struct name_call *call;

	if (node->text[0] == '@') {
		lower_group(r, node, rule);
		return;
	}
	if (!check_call(r, node, node->text))
		return;
	for (size_t i = 0; i < r->n_arches; i++) {
		call = names_call_by_name(r->arches[i], node->text);
		if (call)
			add_plain(r, r->arches[i], call, rule, LEVEL_NAMED);
	}
}

/* {calls: [...], options} */
static void read_calls(struct reader *r, enum policy_list list, const struct doc_node *map)
{
	static const char *const keys[] = {"calls", NULL};
	const struct doc_node *calls = doc_get(map, "calls");
	struct rule_options options;
	size_t count, i;
	uint32_t rule;

	check_keys(r, map, keys, true);
	if (!read_options(r, map, list, OPTIONS, NO_BY, &options) ||
	    !is_list(r, calls, "calls", &count) || !count_entries(r, map, count))
		return;
	rule = add_entry(r, CLASS_SYSCALLS, list, map, &options);
	for (i = 0; i < count && !r->oom; i++)
		if (is_scalar(r, list_item(calls, i), "a call"))
			lower_name(r, list_item(calls, i), rule);
}

/* {name: {argument: condition, options}} */
static void read_conditional(struct reader *r, enum policy_list list, const struct doc_node *name,
			     const struct doc_node *map, uint32_t rule)
{
	bool loud = true, restrictive = list == LIST_DENY;

	if (!check_call(r, name, name->text))
		return;
	for (size_t i = 0; i < r->n_arches && !r->oom; i++) {
		const struct name_call *call = names_call_by_name(r->arches[i], name->text);
		struct policy_match match = {
			.rule = rule, .level = LEVEL_ARGUMENTS, .class = CLASS_SYSCALLS};

		if (!call)
			continue;
		/* A mistake on one ABI is one on the next, too. */
		if (!lower_conditions(r, r->arches[i], call, map, restrictive, loud, &match))
			return;
		loud = false;
		add_match(r, r->arches[i], call, &match);
	}
}

static bool has_conditions(const struct doc_node *map)
{
	for (size_t i = 0; i < map->count; i++)
		if (!is_option(map->keys[i]->text))
			return true;
	return false;
}

static void read_named(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	const struct doc_node *name = node->keys[0], *value = node->items[0], *map = NULL;
	struct rule_options options;
	uint32_t rule;

	if (value->type == DOC_MAPPING) {
		map = value;
	} else if (value->type != DOC_SCALAR || value->length > 0) {
		REFUSE(r, value,
		       "%.60s needs a mapping of its arguments; write {%.60s: {ARGUMENT: "
		       "VALUE}}",
		       name->text, name->text);
		return;
	}
	if (!read_options(r, map, list, OPTIONS, NO_BY, &options) || !count_entries(r, node, 1))
		return;
	rule = add_entry(r, CLASS_SYSCALLS, list, node, &options);
	if (!map || !has_conditions(map))
		lower_name(r, name, rule);
	else if (name->text[0] == '@')
		REFUSE(r, name, "a group has no arguments; name the calls one by one");
	else
		read_conditional(r, list, name, map, rule);
}

void read_syscall_entry(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	struct rule_options options;

	if (node->type == DOC_SCALAR) {
		if (!is_scalar(r, node, "a rule") || !count_entries(r, node, 1))
			return;
		read_options(r, NULL, list, OPTIONS, NO_BY, &options);
		lower_name(r, node, add_entry(r, CLASS_SYSCALLS, list, node, &options));
	} else if (node->type == DOC_SEQUENCE) {
		REFUSE(r, node, "a list in a list; write {calls: [...]}");
	} else if (doc_get(node, "calls")) {
		read_calls(r, list, node);
	} else if (node->count == 1 && !is_option(node->keys[0]->text)) {
		read_named(r, list, node);
	} else {
		size_t names = 0;

		for (size_t i = 0; i < node->count; i++)
			names += !is_option(node->keys[i]->text);
		if (names > 1)
			REFUSE(r, node,
			       "several calls in one rule; write {calls: [...]}, or a rule "
			       "for each");
		else if (names == 1)
			REFUSE(r, node,
			       "options belong inside of the call's braces: {NAME: "
			       "{action: kill}}");
		else
			REFUSE(r, node, "a rule without a call; write {calls: [...], ...}");
	}
}
