/* SPDX-License-Identifier: Apache-2.0 */
/* A rule that refuses or tells of a call, taken back for what was seen. */
#include <errno.h>
#include <string.h>

#include "room.h"

/* Takes the value out of a list of values that are refused. */
static bool drop_splice(struct work *work, const struct event_call *call,
			const struct doc_node *map, size_t key, unsigned arg, struct splice *ret)
{
	uint64_t mask = argument_mask(names_call_by_nr(call->arch, call->nr), arg), value;
	const struct doc_node *node = map->items[key];

	for (size_t i = 0; i < node->count; i++)
		if (node->items[i]->type == DOC_SCALAR &&
		    value_of(call->arch, node->items[i]->text, &value) &&
		    ((value ^ call->args[arg]) & mask) == 0)
			return edit_remove(work, map, key, i, ret);
	return false;
}

static int drop_value(struct work *work, const struct event_call *call, const struct found *found,
		      const struct doc_node *map, size_t key, unsigned arg)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const struct doc_node *node = map->items[key];
	struct splice splice;

	if (node->type == DOC_SCALAR || node->count == 1)
		return try_drop(work, found, NULL, NULL);
	if (!drop_splice(work, call, map, key, arg, &splice))
		return 0;
	return try_splice(work, &splice,
			  say(work, "no longer refuse one value of %s to %s", map->keys[key]->text,
			      known->name));
}

/* {lt: 5} becomes {lt: 5, not: [3]} */
static bool except_splice(struct work *work, const struct doc_node *map, size_t key,
			  const char *value, struct splice *ret)
{
	const struct doc_node *cond = map->items[key], *node = doc_get(cond, "not");
	struct entry entry = {value, value};

	if (node && node->type == DOC_SCALAR) {
		edit_replace(node,
			     say(work, "[%.*s, %s]", (int)(node->end - node->start),
				 work->now.text + node->start, value),
			     ret);
		return true;
	}
	if (node)
		return edit_append(work, node, &entry, ret);
	entry = (struct entry){NULL, say(work, "[%s]", value)};
	return entry.flow && cond->count > 0 &&
	       edit_key(work, cond, cond->count - 1, "not", &entry, false, ret);
}

static int except_value(struct work *work, const struct event_call *call,
			const struct doc_node *map, size_t key, unsigned arg)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const char *value = value_text(work, call->arch, known, arg, call->args[arg]);
	struct splice splice;

	if (!value)
		return -ENOMEM;
	if (!except_splice(work, map, key, value, &splice))
		return 0;
	return try_splice(work, &splice,
			  say(work, "do not refuse %s when %s is %s", known->name,
			      map->keys[key]->text, value));
}

static int narrow_arguments(struct work *work, const struct event_call *call,
			    const struct found *found, const struct doc_node *map)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	unsigned arg;
	int r = 0;

	/* First those that are compared by their bits; the document is gone when one has worked. */
	for (int pass = 0; pass < 2 && r == 0; pass++)
		for (size_t key = 0; r == 0 && key < map->count; key++) {
			bool bits = map->items[key]->type == DOC_MAPPING;

			if (bits != (pass == 0) || names_arg(known, map->keys[key]->text, &arg) < 0)
				continue;
			r = bits ? except_value(work, call, map, key, arg)
				 : drop_value(work, call, found, map, key, arg);
		}
	return r;
}

/* --- All but the very call: "not this value of one, or not that of the other", a rule each --------- */

/* Where the rule's conditions become such that the argument is not what was seen. 1: there; 0: then it
 * never holds; -1: that can't be written here. */
static int except_place(struct work *work, const struct event_call *call,
			const struct doc_node *map, unsigned arg, struct splice *ret)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const char *value = value_text(work, call->arch, known, arg, call->args[arg]);
	size_t key, last = map->count;
	const struct doc_node *node;
	struct entry entry;
	unsigned index;

	for (key = 0; key < map->count; key++) {
		if (names_arg(known, map->keys[key]->text, &index) < 0)
			continue;
		last = key;
		if (index == arg)
			break;
	}
	if (!value || last == map->count)
		return -1;
	if (key == map->count) {
		entry = (struct entry){NULL, say(work, "{not: [%s]}", value)};
		return entry.flow && edit_key(work, map, last,
					      argument_name(work, known->name, call->arch, arg),
					      &entry, false, ret)
			       ? 1
			       : -1;
	}
	node = map->items[key];
	if (node->type == DOC_MAPPING)
		return except_splice(work, map, key, value, ret) ? 1 : -1;
	if (node->type == DOC_SCALAR || node->count == 1)
		return 0;
	return drop_splice(work, call, map, key, arg, ret) ? 1 : -1;
}

/* What a list of values that a condition excepts has; NULL: it says something else, or more. */
static const struct doc_node *excepted(const struct doc_node *cond)
{
	return cond && cond->type == DOC_MAPPING && cond->count == 1 ? doc_get(cond, "not") : NULL;
}

static bool has_value(const struct doc_node *list, const char *text)
{
	if (!list || list->type == DOC_SCALAR)
		return list && strcmp(list->text, text) == 0;
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->type == DOC_SCALAR && strcmp(list->items[i]->text, text) == 0)
			return true;
	return false;
}

/* Does the condition hold wherever `mine` does, from which `value` is excepted, unless that is NULL? */
static bool covers(const struct doc_node *cond, const struct doc_node *mine, const char *value)
{
	const struct doc_node *list = excepted(cond);
	size_t count = list && list->type == DOC_SEQUENCE ? list->count : 1;

	if (mine && doc_differences(cond, mine) == 0)
		return true;
	for (size_t i = 0; list && i < count; i++) {
		const struct doc_node *item = list->type == DOC_SEQUENCE ? list->items[i] : list;

		if (item->type != DOC_SCALAR || (!(value && strcmp(item->text, value) == 0) &&
						 !has_value(excepted(mine), item->text)))
			return false;
	}
	return list != NULL;
}

/* By its index, for an argument has several names; else, as why:, by its key. */
static const struct doc_node *same_key(const struct name_call *known, const struct doc_node *map,
				       const char *key)
{
	unsigned wanted, index;

	if (names_arg(known, key, &wanted) < 0)
		return doc_get(map, key);
	for (size_t i = 0; i < map->count; i++)
		if (names_arg(known, map->keys[i]->text, &index) == 0 && index == wanted)
			return map->items[i];
	return NULL;
}

/* Are all calls that `map` refuses, but for those with this value, refused by `other` too? Of the same arguments, so
 * that it is no less special. */
static bool repeats(const struct name_call *known, const struct doc_node *map,
		    const struct doc_node *other, unsigned arg, const char *value)
{
	bool there = false;
	unsigned index;

	for (size_t i = 0; i < other->count; i++) {
		const char *key = other->keys[i]->text;
		const struct doc_node *mine = same_key(known, map, key);
		bool argument = names_arg(known, key, &index) == 0, this = argument && index == arg;

		there |= this;
		if (!mine && !this)
			return false;
		if (argument ? !covers(other->items[i], mine, this ? value : NULL)
			     : doc_differences(other->items[i], mine) != 0)
			return false;
	}
	for (size_t i = 0; i < map->count; i++)
		if (!same_key(known, other, map->keys[i]->text))
			return false;
	return there;
}

static bool is_refused_anyway(struct work *work, const struct event_call *call,
			      const struct found *found, const struct doc_node *map, unsigned arg)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const char *value = value_text(work, call->arch, known, arg, call->args[arg]);

	for (size_t i = 0; value && i < found->list->count; i++) {
		const struct doc_node *entry = found->list->items[i];

		if (i != found->i && entry->type == DOC_MAPPING && entry->count == 1 &&
		    entry->items[0]->type == DOC_MAPPING &&
		    strcmp(entry->keys[0]->text, found->entry->keys[0]->text) == 0 &&
		    repeats(known, map, entry->items[0], arg, value))
			return true;
	}
	return false;
}

static int narrow_exactly(struct work *work, const struct event_call *call,
			  const struct found *found, const struct doc_node *map)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const struct doc_node *entry = found->entry;
	const char *between = edit_between(work, found), *all = "", *text = work->now.text;
	struct splice splice;
	int r;

	if (!between || !map->flow || entry->start > map->start || entry->end < map->end)
		return 0;
	for (unsigned arg = 0; (int)arg < known->nargs; arg++) {
		if (!is_telling(&known->args[arg]))
			continue;
		r = except_place(work, call, map, arg, &splice);
		if (r < 0 ||
		    (r > 0 && (splice.at < entry->start || splice.at + splice.remove > entry->end)))
			return work->failed ? -ENOMEM : 0;
		if (r == 0 || is_refused_anyway(work, call, found, map, arg))
			continue;
		all = say(work, "%s%s%.*s%s%.*s", all, *all ? between : "",
			  (int)(splice.at - entry->start), text + entry->start, splice.insert,
			  (int)(entry->end - splice.at - splice.remove),
			  text + splice.at + splice.remove);
		if (!all)
			return -ENOMEM;
	}
	if (!*all)
		return 0;
	edit_replace(entry, all, &splice);
	return try_splice(work, &splice,
			  say(work, "do not refuse the very call of %s", known->name));
}

int narrow_call(struct work *work, const struct event_call *call, const struct policy_rule *rule)
{
	const struct name_call *known = names_call_by_nr(call->arch, call->nr);
	const struct doc_node *entry, *map;
	struct found found;
	unsigned arg;
	int r;

	if (!find_entry(&work->now, rule, &found))
		return 0;
	entry = found.entry;
	if (entry->type == DOC_MAPPING && entry->count == 1 && !doc_get(entry, "calls")) {
		map = entry->items[0];
		for (size_t key = 0; map->type == DOC_MAPPING && key < map->count; key++)
			if (names_arg(known, map->keys[key]->text, &arg) == 0) {
				r = narrow_exactly(work, call, &found, map);
				return r ? r : narrow_arguments(work, call, &found, map);
			}
	}
	/* By its name: a group's other calls would open with it. */
	if (entry->type == DOC_SCALAR && entry->text[0] == '@')
		return 0;
	return try_drop(work, &found, "calls", known->name);
}
