/* SPDX-License-Identifier: Apache-2.0 */
/* An edit, tried: written, read back, compiled, and asked what was seen. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

void state_clear(struct state *state)
{
	policy_files_free(state->files);
	doc_free(state->doc);
	policy_free(state->policy);
	filter_free(state->filter);
	ruleset_clear(&state->set);
	*state = (struct state){0};
}

static int compile_set(struct state *state, struct diag *diag)
{
	const struct ruleset_options options = {.key = {0x626c, 0x7375}, .scopeless = true};
	const struct policy *policies[] = {state->policy};
	struct ruleset_policy found;
	int r = ruleset_compile(policies, 1, &options, diag, &state->set);

	if (r == 0)
		r = ruleset_policy(&state->set, 0, &found);
	if (r == 0)
		state->policies = (uint64_t)1 << found.bit;
	return r;
}

int state_make(struct work *work, const char *text, size_t length, struct diag *diag,
	       struct state *ret_state)
{
	const struct filter_mode mode = {.audit = false};
	struct state state = {.text = text, .length = length};
	const char *path;
	int r = policy_files_edited(work->before.files, text, length, &state.files);

	path = r == 0 ? policy_files_first(state.files) : NULL;
	if (path)
		r = policy_read_files(path, diag, state.files, &state.policy);
	if (r == 0) /* so it is a mapping */
		r = doc_parse(text, length, path, NULL, &state.doc);
	if (r == 0 && work->calls)
		r = filter_compile(state.policy, &mode, diag, &state.filter);
	else if (r == 0)
		r = compile_set(&state, diag);
	if (r < 0)
		state_clear(&state);
	else
		*ret_state = state;
	return r;
}

unsigned in_the_way(const struct work *work, const struct state *state)
{
	struct answer answer;
	unsigned count = 0;

	for (size_t i = 0; i < work->n; i++) {
		if (work->calls)
			count += call_in_the_way(state->policy, &work->events[i]->call);
		else if (!ask(state, &work->questions[i], &answer))
			count += 1000;
		else if (answer.action != ACTION_ALLOW)
			/* A rule that speaks of this stands closer than the default. */
			count += answer.rule != POLICY_NO_RULE &&
						 state->policy->rules[answer.rule].list !=
							 LIST_DEFAULT
					 ? 2
					 : 1;
	}
	return count;
}

static const char *first_error(struct work *work, const struct diag *diag)
{
	const struct diag_entry *entry;

	for (size_t i = 0; i < diag_count(diag); i++) {
		entry = diag_at(diag, i);
		if (entry->severity == DIAG_ERROR)
			return say(work, "%s", entry->text);
	}
	return work->failure;
}

int try_splice(struct work *work, const struct splice *splice, const char *step)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	size_t inserted = splice->insert ? strlen(splice->insert) : 0, length, tail;
	struct state state;
	char *text;
	int r;

	if (work->failed || !splice->insert || diag_new(&diag) < 0)
		return -ENOMEM;
	tail = splice->at + splice->remove;
	length = work->now.length - splice->remove + inserted;
	text = arena_alloc(work->arena, length + 1, 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, work->now.text, splice->at);
	memcpy(text + splice->at, splice->insert, inserted);
	memcpy(text + splice->at + inserted, work->now.text + tail, work->now.length - tail);
	r = state_make(work, text, length, diag, &state);
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		work->failure = first_error(work, diag);
		return 0;
	}
	/* Layout that was misread would show here: elsewhere in the document, or nowhere. */
	if (doc_differences(doc_root(work->now.doc), doc_root(state.doc)) != 1 ||
	    in_the_way(work, &state) >= in_the_way(work, &work->now)) {
		state_clear(&state);
		return 0;
	}
	state_clear(&work->now);
	work->now = state;
	add_line(work, &work->out->steps, step);
	return work->failed ? -ENOMEM : 1;
}

static const char *default_text(struct work *work, enum policy_class class)
{
	const struct policy *policy = work->now.policy;
	uint32_t rule = policy->default_rule[class];
	static const char *const words[] = {
		[ACTION_ALLOW] = "allow",
		[ACTION_AUDIT] = "audit",
		[ACTION_TRAP] = "trap",
		[ACTION_KILL] = "kill",
		[ACTION_KILL_THREAD] = "kill-thread",
	};
	const struct policy_rule *by_default;
	const char *name;

	if (rule == POLICY_NO_RULE)
		return NULL;
	by_default = &policy->rules[rule];
	if (by_default->action != ACTION_ERRNO)
		return words[by_default->action];
	name = names_errno(by_default->error);
	if (by_default->error == EPERM)
		return "deny";
	return name ? say(work, "errno %s", name) : say(work, "errno %u", by_default->error);
}

int try_rule(struct work *work, enum policy_class class, const char *list,
	     const struct entry *entry, const char *step)
{
	const struct doc_node *map = find_class(&work->now, class), *node;
	const char *by_default;
	struct splice splice;
	size_t key;
	bool good;

	if (!entry->flow || !step)
		return -ENOMEM;
	node = find_list(&work->now, class, list, &key);
	if (node) {
		good = edit_append(work, node, entry, &splice);
	} else if (map && key_index(map, list) == map->count && map->count > 0) {
		key = key_index(map, "default");
		good = edit_key(work, map, key < map->count ? key : map->count - 1, list, entry,
				true, &splice);
	} else if (!map) {
		by_default = default_text(work, class);
		good = by_default &&
		       edit_class(work, policy_class_name(class), by_default, list, entry, &splice);
	} else {
		good = false;
	}
	return good ? try_splice(work, &splice, step) : 0;
}

/* The whole entry: its list stays, if it is in brackets, or goes with its last entry. */
static int drop_entry(struct work *work, const struct found *found)
{
	const char *line = NULL;
	struct splice splice;
	size_t from = found->entry->start, to = found->entry->end;

	if (!edit_remove(work, found->class, found->key, found->i, &splice))
		return 0;
	while (to > from && strchr(" \t\r\n", work->now.text[to - 1]))
		to--;
	for (size_t at = from; at < to; at++)
		if (work->now.text[at] == '\n')
			line = "take out the whole rule";
	if (!line)
		line = say(work, "take out %.*s", (int)(to - from < 200 ? to - from : 200),
			   work->now.text + from);
	return try_splice(work, &splice, line);
}

int try_drop(struct work *work, const struct found *found, const char *words, const char *word)
{
	const struct doc_node *entry = found->entry, *list;
	struct splice splice;
	size_t key = word && entry->type == DOC_MAPPING ? key_index(entry, words) : 0;

	if (!word || entry->type != DOC_MAPPING || key == entry->count)
		return drop_entry(work, found);
	list = entry->items[key];
	if (list->type != DOC_SEQUENCE || list->count < 2)
		return drop_entry(work, found);
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i]->type != DOC_SCALAR || strcmp(list->items[i]->text, word) != 0)
			continue;
		if (!edit_remove(work, entry, key, i, &splice))
			return 0;
		return try_splice(work, &splice, say(work, "take %s out of %s", word, words));
	}
	return 0;
}
