/* SPDX-License-Identifier: Apache-2.0 */
/* Path patterns, and the rules of `files` and `exec`. Patterns are bytes: nothing is folded. */
#include <string.h>

#include "policy_internal.h"

#define COMPONENT_MAX 255

static const struct {
	const char *word;
	uint16_t bit;
} accesses[] = {
	{"read", ACCESS_READ},	   {"write", ACCESS_WRITE},	{"create", ACCESS_CREATE},
	{"delete", ACCESS_DELETE}, {"rename", ACCESS_RENAME},	{"link", ACCESS_LINK},
	{"chmod", ACCESS_CHMOD},   {"chown", ACCESS_CHOWN},	{"xattr", ACCESS_XATTR},
	{"mknod", ACCESS_MKNOD},   {"execute", ACCESS_EXECUTE},
};

/* The end of a bracket expression that opens at `text`, or NULL. Behind [ (and ! or ^) a ] is
 * itself. */
static const char *skip_bracket(const char *text)
{
	const char *at = text + 1;

	if (*at == '!' || *at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at && *at != ']' && *at != '/')
		at++;
	return *at == ']' ? at : NULL;
}

static bool ranges_ordered(const char *open, const char *close)
{
	const char *at = open + 1;

	for (at += *at == '!' || *at == '^'; at < close; at++) {
		if (at[1] != '-' || at + 2 >= close)
			continue;
		if ((unsigned char)at[0] > (unsigned char)at[2])
			return false;
		at += 2;
	}
	return true;
}

/* What is wrong is told where a reader is given. */
#define SAY(r, node, ...)                                                                          \
	do {                                                                                       \
		if (r)                                                                             \
			REFUSE(r, node, __VA_ARGS__);                                              \
	} while (0)

bool check_brackets(struct reader *r, const struct doc_node *node, const char *text)
{
	const char *close;

	for (; *text; text++) {
		if (*text != '[')
			continue;
		close = skip_bracket(text);
		if (!close) {
			SAY(r, node,
			    "a '[' without its ']'; close it, or write [[] for the "
			    "character");
			return false;
		}
		if (!ranges_ordered(text, close)) {
			SAY(r, node, "a range in brackets runs backwards; write [a-z]");
			return false;
		}
		text = close;
	}
	return true;
}

static bool check_component(struct reader *r, const struct doc_node *node, const char *text,
			    size_t length)
{
	if (length == 0)
		SAY(r, node,
		    "an empty component ('//', or '/' at the end); leave it out, or end "
		    "in /** for all below");
	else if ((length == 1 && text[0] == '.') || (length == 2 && memcmp(text, "..", 2) == 0))
		SAY(r, node, "'.' and '..' have no place in a pattern; write the path itself");
	else if (length > COMPONENT_MAX)
		SAY(r, node, "a component of %zu bytes; a file's name has at most %d", length,
		    COMPONENT_MAX);
	else if (length != 2 && memmem(text, length, "**", 2))
		SAY(r, node, "'**' must be a whole component; write /**/, or '*' within one");
	else
		return true;
	return false;
}

static bool check_path(struct reader *r, const struct doc_node *node, const char *what)
{
	const char *at, *end;

	if (node->text[0] != '/') {
		SAY(r, node, "'%.100s' is not absolute; %s begins with '/'", node->text, what);
		return false;
	}
	if (node->length > POLICY_MAX_PATH) {
		SAY(r, node, "a path of %zu bytes; it has at most %d", node->length,
		    POLICY_MAX_PATH);
		return false;
	}
	for (at = node->text; node->length > 1 && at; at = end) {
		at++;
		end = strchr(at, '/');
		if (!check_component(r, node, at, end ? (size_t)(end - at) : strlen(at)))
			return false;
	}
	return check_brackets(r, node, node->text);
}

bool check_pattern(struct reader *r, const struct doc_node *node, const char *what)
{
	return is_scalar(r, node, what) && check_path(r, node, what);
}

bool policy_is_pattern(const char *text)
{
	struct doc_node node = {.text = text, .length = strlen(text)};

	return check_path(NULL, &node, "");
}

bool policy_is_abstract(const char *text)
{
	size_t length = strlen(text);

	return length >= 2 && length - 1 <= POLICY_MAX_ABSTRACT && text[0] == '@' &&
	       check_brackets(NULL, NULL, text);
}

/* A final slash-star-star is a directory and all below it: that is no search. */
bool is_wild(const char *pattern)
{
	size_t length = strlen(pattern), wild = strcspn(pattern, "*?[");

	return wild < length && !(wild + 2 == length && strcmp(pattern + wild, "**") == 0);
}

static bool count_wild(struct reader *r, const struct doc_node *node)
{
	if (r->n_wild < POLICY_MAX_WILD_RULES) {
		r->n_wild++;
		return true;
	}
	if (!r->too_many_wild)
		REFUSE(r, node,
		       "more than %u rules with a wildcard other than a final /**; name "
		       "directories",
		       POLICY_MAX_WILD_RULES);
	r->too_many_wild = true;
	return false;
}

const char *const *read_patterns(struct reader *r, const struct doc_node *node, const char *what,
				 uint32_t *ret_count)
{
	const char **patterns;
	size_t count, i;
	bool good = true;

	if (!is_list(r, node, "the list of paths", &count))
		return NULL;
	patterns = reader_alloc(r, count, sizeof(*patterns));
	if (!patterns)
		return NULL;
	for (i = 0; i < count; i++) {
		const struct doc_node *item = list_item(node, i);

		if (check_pattern(r, item, what))
			patterns[i] = reader_copy(r, item->text, item->length);
		else
			good = false;
	}
	*ret_count = (uint32_t)count;
	return good ? patterns : NULL;
}

static void add_path_rule(struct reader *r, const struct policy_path_rule *path_rule)
{
	uint32_t n = r->policy->n_path_rules;

	if (r->oom || grow_array(&r->path_rules, &r->path_rules_size, (size_t)n + 1,
				 sizeof(*r->path_rules)) < 0) {
		r->oom = true;
		return;
	}
	r->path_rules[n] = *path_rule;
	r->policy->n_path_rules++;
}

static bool read_access(struct reader *r, const struct doc_node *node, uint16_t *ret_access)
{
	const char *words[ARRAY_LEN(accesses)];
	uint16_t access = 0;
	bool good = true;
	size_t count, i, j;

	if (!is_list(r, node, "access", &count))
		return false;
	for (i = 0; i < count; i++) {
		const struct doc_node *item = list_item(node, i);

		if (!is_scalar(r, item, "an access")) {
			good = false;
			continue;
		}
		for (j = 0; j < ARRAY_LEN(accesses); j++) {
			words[j] = accesses[j].word;
			if (strcmp(words[j], item->text) == 0)
				break;
		}
		if (j < ARRAY_LEN(accesses)) {
			access |= accesses[j].bit;
			continue;
		}
		refuse_unknown_of(r, item, "access", item->text, words, ARRAY_LEN(accesses));
		good = false;
	}
	*ret_access = access;
	return good;
}

static uint16_t exec_word(const char *text)
{
	if (strcmp(text, "anonymous-memory") == 0)
		return EXEC_ANONYMOUS_MEMORY;
	if (strcmp(text, "writable-then-executable") == 0)
		return EXEC_WRITABLE_THEN_EXECUTABLE;
	return 0;
}

/* The patterns (and, in exec, the words) of a rule. False when one was refused. */
static bool read_paths(struct reader *r, enum policy_class class, const struct doc_node *node,
		       struct policy_path_rule *out)
{
	const char **patterns;
	size_t count, i;
	bool good = true;

	if (!is_list(r, node, "paths", &count) || !count_entries(r, node, count))
		return false;
	patterns = reader_alloc(r, count, sizeof(*patterns));
	for (i = 0; patterns && i < count; i++) {
		const struct doc_node *item = list_item(node, i);
		uint16_t word =
			class == CLASS_EXEC && item->type == DOC_SCALAR ? exec_word(item->text) : 0;

		if (word) {
			out->words |= word;
			continue;
		}
		if (class == CLASS_EXEC && item->type == DOC_SCALAR && item->length > 0 &&
		    item->text[0] != '/') {
			REFUSE(r, item,
			       "'%.100s' is neither a path nor a word of exec; use an absolute "
			       "path, anonymous-memory or writable-then-executable",
			       item->text);
			good = false;
			continue;
		}
		if (!check_pattern(r, item, "a path") ||
		    (is_wild(item->text) && !count_wild(r, item))) {
			good = false;
			continue;
		}
		patterns[out->n_patterns++] = reader_copy(r, item->text, item->length);
	}
	out->patterns = patterns;
	return good && patterns;
}

static void read_path_entry(struct reader *r, enum policy_class class, enum policy_list list,
			    const struct doc_node *node)
{
	static const char *const keys[][3] = {{"paths", "access", NULL}, {"paths", NULL}};
	struct policy_path_rule out = {.access = class == CLASS_FILES ? ACCESS_ALL : 0};
	const struct doc_node *paths = node, *access, *map = NULL;
	struct rule_options options;
	uint16_t words;
	bool good = true;

	if (node->type == DOC_MAPPING) {
		map = node;
		paths = doc_get(map, "paths");
		access = doc_get(map, "access");
		good = check_keys(r, map, keys[class == CLASS_EXEC], true);
		if (!paths) {
			REFUSE(r, map, "a rule without paths; write {paths: [...], ...}");
			return;
		}
		if (access && class == CLASS_FILES)
			good &= read_access(r, access, &out.access);
	} else if (!is_scalar(r, node, "a rule")) {
		return;
	}
	good &= read_options(r, map, list, OPTION_ALL, "", &options);
	good &= read_paths(r, class, paths, &out);
	if (!good)
		return;
	out.rule = add_entry(r, class, list, node, &options);
	words = out.words;
	out.words = 0;
	if (out.n_patterns > 0)
		add_path_rule(r, &out);
	if (words)
		add_path_rule(r, &(struct policy_path_rule){.rule = out.rule, .words = words});
}

void read_file_entry(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	read_path_entry(r, CLASS_FILES, list, node);
}

void read_exec_entry(struct reader *r, enum policy_list list, const struct doc_node *node)
{
	read_path_entry(r, CLASS_EXEC, list, node);
}
