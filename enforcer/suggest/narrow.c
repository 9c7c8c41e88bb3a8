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
		if (r == 0)
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
