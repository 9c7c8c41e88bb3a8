/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of all classes have in common: options, actions, the rule itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_internal.h"

#define NEAREST 3
#define NEAREST_LIMIT                                                                              \
	200 /* names looked up for so many mistakes; then only the mistake is said   \
			   */

void *reader_alloc(struct reader *r, size_t count, size_t size)
{
	void *p = r->oom ? NULL : arena_alloc(r->arena, count ? count : 1, size);

	if (!p)
		r->oom = true;
	return p;
}

const char *reader_copy(struct reader *r, const char *text, size_t length)
{
	const char *copy = r->oom ? NULL : arena_strndup(r->arena, text, length);

	if (!copy)
		r->oom = true;
	return copy;
}

const char *reader_join(struct reader *r, const char *a, const char *b, const char *c)
{
	const char *joined = r->oom ? NULL : arena_printf(r->arena, "%s%s%s", a, b, c);

	if (!joined)
		r->oom = true;
	return joined;
}

struct diag_pos reader_place(const struct reader *r, const struct doc_node *node)
{
	/* The node's own file name dies with its document. */
	return (struct diag_pos){r->source->path, node->pos.line, node->pos.column};
}

static const char *const option_names[] = {"action", "report", "why", "by"};

bool is_option(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(option_names); i++)
		if (strcmp(option_names[i], key) == 0)
			return true;
	return false;
}

bool is_scalar(struct reader *r, const struct doc_node *node, const char *what)
{
	if (node->type == DOC_SCALAR && node->length > 0)
		return true;
	if (node->type == DOC_SCALAR)
		REFUSE(r, node, "%s is empty; write it, or leave out its key", what);
	else
		REFUSE(r, node, "%s must be plain text, not a %s", what,
		       node->type == DOC_SEQUENCE ? "list" : "mapping");
	return false;
}

bool is_list(struct reader *r, const struct doc_node *node, const char *what, size_t *ret_count)
{
	if (node->type == DOC_SCALAR && node->length > 0) {
		*ret_count = 1;
		return true;
	}
	if (node->type == DOC_SEQUENCE && node->count > 0) {
		*ret_count = node->count;
		return true;
	}
	if (node->type == DOC_MAPPING)
		REFUSE(r, node, "%s must be a list, not a mapping", what);
	else
		REFUSE(r, node, "%s is empty; name at least one, or leave out its key", what);
	return false;
}

const struct doc_node *list_item(const struct doc_node *list, size_t i)
{
	return list->type == DOC_SEQUENCE ? list->items[i] : list;
}

bool read_bool(struct reader *r, const struct doc_node *node, const char *key, bool *ret_value)
{
	if (node->type == DOC_SCALAR && node->plain) {
		if (strcmp(node->text, "true") == 0 || strcmp(node->text, "yes") == 0) {
			*ret_value = true;
			return true;
		}
		if (strcmp(node->text, "false") == 0 || strcmp(node->text, "no") == 0) {
			*ret_value = false;
			return true;
		}
	}
	REFUSE(r, node, "%s is yes or no; write true, yes, false or no, without quotes", key);
	return false;
}

static void append_names(char *out, size_t size, const char *const *names, size_t count)
{
	size_t used = 0, i;

	out[0] = '\0';
	for (i = 0; i < count; i++) {
		int n = snprintf(out + used, size - used, "%s%s",
				 i == 0		  ? ""
				 : i + 1 == count ? " or "
						  : ", ",
				 names[i]);

		if (n < 0 || (size_t)n >= size - used)
			break;
		used += (size_t)n;
	}
}

static void refuse_nearest(struct reader *r, const struct doc_node *node, const char *what,
			   const char *name, const char *const *near, size_t count)
{
	char text[256];

	append_names(text, sizeof(text), near, count);
	if (count > 0)
		REFUSE(r, node, "unknown %s '%.100s'; did you mean %s?", what, name, text);
	else
		REFUSE(r, node, "unknown %s '%.100s'; no known name is like it", what, name);
}

void refuse_unknown(struct reader *r, const struct doc_node *node, const char *what,
		    const char *name, enum name_space space)
{
	const char *near[NEAREST];
	size_t count =
		r->errors < NEAREST_LIMIT ? names_nearest(space, name, near, ARRAY_LEN(near)) : 0;

	refuse_nearest(r, node, what, name, near, count);
}

void refuse_unknown_of(struct reader *r, const struct doc_node *node, const char *what,
		       const char *name, const char *const *list, size_t count)
{
	const char *near[NEAREST];
	char text[512];
	size_t found = 0;

	if (r->errors < NEAREST_LIMIT)
		found = names_nearest_of(list, count, name, near, ARRAY_LEN(near));
	if (found > 0) {
		refuse_nearest(r, node, what, name, near, found);
		return;
	}
	append_names(text, sizeof(text), list, count);
	REFUSE(r, node, "unknown %s '%.100s'; use %s", what, name, text);
}

bool check_keys(struct reader *r, const struct doc_node *map, const char *const *keys, bool options)
{
	const char *all[32];
	size_t count = 0, i, j;
	bool good = true;

	for (i = 0; keys[i]; i++)
		all[count++] = keys[i];
	for (i = 0; options && i < ARRAY_LEN(option_names); i++)
		all[count++] = option_names[i];
	for (i = 0; i < map->count; i++) {
		for (j = 0; j < count; j++)
			if (strcmp(map->keys[i]->text, all[j]) == 0)
				break;
		if (j < count)
			continue;
		refuse_unknown_of(r, map->keys[i], "key", map->keys[i]->text, all, count);
		good = false;
	}
	return good;
}

static bool read_errno(struct reader *r, const struct doc_node *node, const char *name,
		       struct rule_options *options)
{
	uint64_t number;
	bool negative;
	int value, is = 0;

	if (name[0] >= '0' && name[0] <= '9')
		is = read_number(r, node, name, strlen(name), &number, &negative);
	if (is < 0)
		return false;
	if (is > 0 && (number < 1 || number > 4095)) {
		REFUSE(r, node, "errno %.20s is out of range; an errno is 1 to 4095", name);
		return false;
	}
	if (is == 0) {
		if (names_errno_value(name, &value) < 0) {
			refuse_unknown(r, node, "errno", name, NAMES_ERRNOS);
			return false;
		}
		number = (uint64_t)value;
	}
	options->action = ACTION_ERRNO;
	options->error = (uint16_t)number;
	return true;
}

static const struct {
	const char *word;
	uint8_t action;
	bool defaults_only;
} action_words[] = {
	{"allow", ACTION_ALLOW, true}, {"audit", ACTION_AUDIT, true},
	{"deny", ACTION_ERRNO, true},  {"kill", ACTION_KILL, false},
	{"trap", ACTION_TRAP, false},  {"kill-thread", ACTION_KILL_THREAD, false},
};

bool read_action(struct reader *r, const struct doc_node *node, bool is_default,
		 struct rule_options *options)
{
	if (!is_scalar(r, node, is_default ? "default" : "action"))
		return false;
	options->error = 0;
	if (strncmp(node->text, "errno ", 6) == 0)
		return read_errno(r, node, node->text + 6 + strspn(node->text + 6, " "), options);
	for (size_t i = 0; i < ARRAY_LEN(action_words); i++) {
		if (strcmp(action_words[i].word, node->text) != 0)
			continue;
		if (action_words[i].defaults_only && !is_default)
			break;
		options->action = action_words[i].action;
		if (options->action == ACTION_ERRNO)
			options->error = EPERM;
		return true;
	}
	if (is_default)
		REFUSE(r, node,
		       "unknown default '%.100s'; use allow, audit, deny, errno NAME, "
		       "kill, kill-thread or trap",
		       node->text);
	else
		REFUSE(r, node,
		       "unknown action '%.100s'; use errno NAME, kill, kill-thread or "
		       "trap (a list's name says the rest)",
		       node->text);
	return false;
}

static bool check_option(struct reader *r, const struct doc_node *node, const char *key,
			 enum policy_list list, unsigned allowed, unsigned bit, const char *other)
{
	static const char *const lists[] = {[LIST_ALLOW] = "allow", [LIST_AUDIT] = "audit"};

	if (!(allowed & bit)) {
		REFUSE(r, node, "%s can't stand here; %s", key, other);
		return false;
	}
	if ((bit & (OPTION_ACTION | OPTION_REPORT)) && list != LIST_DENY) {
		REFUSE(r, node, "%s can't stand in a list named %s; it belongs in deny", key,
		       lists[list]);
		return false;
	}
	return true;
}

bool read_options(struct reader *r, const struct doc_node *map, enum policy_list list,
		  unsigned allowed, const char *other, struct rule_options *ret_options)
{
	struct rule_options options = {.action = ACTION_ERRNO, .error = EPERM};
	bool report, good = true;

	if (list != LIST_DENY) {
		options.action = list == LIST_ALLOW ? ACTION_ALLOW : ACTION_AUDIT;
		options.error = 0;
	}
	for (size_t i = 0; map && i < map->count; i++) {
		const struct doc_node *key = map->keys[i], *value = map->items[i];
		size_t bit;

		for (bit = 0; bit < ARRAY_LEN(option_names); bit++)
			if (strcmp(key->text, option_names[bit]) == 0)
				break;
		if (bit == ARRAY_LEN(option_names))
			continue;
		if (!check_option(r, key, key->text, list, allowed, 1u << bit, other)) {
			good = false;
			continue;
		}
		if (1u << bit == OPTION_ACTION) {
			good &= read_action(r, value, false, &options);
		} else if (1u << bit == OPTION_REPORT) {
			report = true;
			good &= read_bool(r, value, "report", &report);
			options.quiet = !report;
		} else if (1u << bit == OPTION_WHY) {
			if (!is_scalar(r, value, "why")) {
				good = false;
			} else if (value->length > POLICY_MAX_WHY) {
				REFUSE(r, value, "why is longer than %d bytes; say it shorter",
				       POLICY_MAX_WHY);
				good = false;
			} else {
				options.why = reader_copy(r, value->text, value->length);
			}
		} else {
			options.by = read_patterns(r, value, "an executable", &options.n_by);
			good &= options.by != NULL;
		}
	}
	*ret_options = options;
	return good;
}

bool count_entries(struct reader *r, const struct doc_node *node, size_t entries)
{
	if (entries <= POLICY_MAX_RULES - r->n_entries) {
		r->n_entries += (uint32_t)entries;
		return true;
	}
	if (!r->too_many)
		REFUSE(r, node, "more than %u rules in all; write patterns, or split the policy",
		       POLICY_MAX_RULES);
	r->too_many = true;
	return false;
}

uint32_t add_rule(struct reader *r, enum policy_class class, enum policy_list list,
		  const struct diag_pos *pos, const char *text, const struct rule_options *options)
{
	uint32_t index = r->policy->n_rules;
	struct diag_pos at = *pos; /* it may lie in the array that grows */

	if (r->oom ||
	    grow_array(&r->rules, &r->rules_size, (size_t)index + 1, sizeof(*r->rules)) < 0) {
		r->oom = true;
		return POLICY_NO_RULE;
	}
	r->rules[index] = (struct policy_rule){
		.pos = at,
		.class = (uint8_t) class,
		.list = (uint8_t)list,
		.action = options->action,
		.quiet = options->quiet,
		.error = options->error,
		.why = options->why,
		.text = text,
		.by = options->by,
		.n_by = options->n_by,
	};
	r->policy->n_rules++;
	return index;
}

/* Appends to a text of at most POLICY_TEXT bytes; false when it is full. */
struct text {
	char bytes[POLICY_TEXT + 1];
	size_t length;
};

static bool append(struct text *out, const char *more)
{
	size_t n = strlen(more), room = POLICY_TEXT - out->length;

	memcpy(out->bytes + out->length, more, n < room ? n : room);
	out->length += n < room ? n : room;
	return n <= room;
}

static bool append_node(struct text *out, const struct doc_node *node)
{
	bool map = node->type == DOC_MAPPING;

	if (node->type == DOC_SCALAR)
		return append(out, node->text);
	if (!append(out, map ? "{" : "["))
		return false;
	for (size_t i = 0; i < node->count; i++) {
		if (i > 0 && !append(out, ", "))
			return false;
		if (map && (!append(out, node->keys[i]->text) || !append(out, ": ")))
			return false;
		if (!append_node(out, node->items[i]))
			return false;
	}
	return append(out, map ? "}" : "]");
}

const char *node_text(struct reader *r, const struct doc_node *node)
{
	char safe[4 * POLICY_TEXT + 1];
	struct text out = {.length = 0};
	size_t n;

	if (node->type == DOC_MAPPING && node->count == 1) {
		/* "ioctl: {cmd: [TIOCSTI]}", as it stands in the list. */
		if (append(&out, node->keys[0]->text) && append(&out, ": "))
			append_node(&out, node->items[0]);
	} else {
		append_node(&out, node);
	}
	/* The cut may have gone through a character; escape_text() shows what is left of it. */
	while (out.length == POLICY_TEXT && out.length > 0 &&
	       ((unsigned char)out.bytes[out.length - 1] & 0x80))
		out.length--;
	n = escape_text(out.bytes, out.length, safe, sizeof(safe));
	return reader_copy(r, safe, n);
}

uint32_t add_entry(struct reader *r, enum policy_class class, enum policy_list list,
		   const struct doc_node *node, const struct rule_options *options)
{
	struct diag_pos pos = reader_place(r, node);
	const char *text = node_text(r, node);

	return text ? add_rule(r, class, list, &pos, text, options) : POLICY_NO_RULE;
}
