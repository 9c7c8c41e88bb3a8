/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand in the policy's own file. */
#include <string.h>

#include "room.h"

size_t key_index(const struct doc_node *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (strcmp(map->keys[i]->text, key) == 0)
			break;
	return i;
}

const struct doc_node *find_class(const struct state *state, enum policy_class class)
{
	const struct doc_node *map = doc_get(doc_root(state->doc), policy_class_name(class));

	return map && map->type == DOC_MAPPING ? map : NULL;
}

const struct doc_node *find_list(const struct state *state, enum policy_class class,
				 const char *name, size_t *ret_key)
{
	const struct doc_node *map = find_class(state, class);
	size_t key = map ? key_index(map, name) : 0;

	if (!map || key == map->count || map->items[key]->type != DOC_SEQUENCE)
		return NULL;
	*ret_key = key;
	return map->items[key];
}

bool find_entry(const struct state *state, const struct policy_rule *rule, struct found *ret_found)
{
	static const char *const lists[] = {
		[LIST_ALLOW] = "allow", [LIST_DENY] = "deny", [LIST_AUDIT] = "audit"};
	struct found found = {0};

	if (!is_own(state->policy, rule) || rule->list < LIST_ALLOW || rule->list > LIST_AUDIT)
		return false;
	found.list =
		find_list(state, (enum policy_class)rule->class, lists[rule->list], &found.key);
	for (; found.list && found.i < found.list->count; found.i++) {
		found.entry = found.list->items[found.i];
		if (found.entry->pos.line != rule->pos.line ||
		    found.entry->pos.column != rule->pos.column)
			continue;
		found.class = find_class(state, (enum policy_class)rule->class);
		*ret_found = found;
		return true;
	}
	return false;
}
