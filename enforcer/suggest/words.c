/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a policy, written: names, values, paths, and texts for people. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

const char *say(struct work *work, const char *format, ...)
{
	const char *copy = NULL;
	char *text = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length >= 0)
		copy = arena_strndup(work->arena, text, (size_t)length);
	if (length >= 0)
		free(text);
	work->failed |= !copy;
	return copy;
}

/* A line for people, told once. What came from outside is escaped; steps hold YAML, which quote() has
 * done already. */
void add_line(struct work *work, struct suggest_list *list, const char *line)
{
	size_t length = line ? strlen(line) : 0, size = 4 * length + 1;
	CLEANUP(free_ptr) char *safe = malloc(size);
	const char *copy;

	if (!line || !safe) {
		work->failed = true;
		return;
	}
	if (list == &work->out->steps)
		memcpy(safe, line, length + 1);
	else
		escape_text(line, length, safe, size);
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->line[i], safe) == 0)
			return;
	copy = arena_strndup(work->arena, safe, strlen(safe));
	if (!copy || grow_array(&list->line, &list->size, list->n + 1, sizeof(*list->line)) < 0)
		work->failed = true;
	else
		list->line[list->n++] = copy;
}

/* --- YAML --------------------------------------------------------------------------------------- */

static bool is_plain(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '/' && *text != '_')
		return false;
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("/_-.+", *at))
			return false;
	return true;
}

/* A character of valid UTF-8; moves behind it. */
static uint32_t next_character(const char **at)
{
	const unsigned char *u = (const unsigned char *)*at;
	unsigned more = *u >= 0xf0 ? 3 : *u >= 0xe0 ? 2 : *u >= 0xc0 ? 1 : 0;
	uint32_t c = more == 3 ? *u & 7 : more == 2 ? *u & 15 : more == 1 ? *u & 31 : *u;

	for (unsigned i = 1; i <= more; i++)
		c = c << 6 | (u[i] & 0x3f);
	*at += more + 1;
	return c;
}

/* What a reader of the file could not see, or could be misled by. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xffff) ||
	       c >= 0xe0000;
}

const char *quote(struct work *work, const char *text, const char **ret_reason)
{
	const char *at = text, *out;
	char *buffer = NULL;
	size_t length = 0;
	FILE *stream;
	uint32_t c;

	if (!utf8_valid(text, strlen(text))) {
		*ret_reason =
			"its name is not valid UTF-8, so a policy, which is, can't name it; a "
			"pattern with ? for each such byte can";
		return NULL;
	}
	if (is_plain(text))
		return say(work, "%s", text);
	stream = open_memstream(&buffer, &length);
	while (stream && *at) {
		const char *from = at;

		c = next_character(&at);
		if (c == '"' || c == '\\')
			fprintf(stream, "\\%c", (int)c);
		else if (!is_hidden(c))
			fwrite(from, 1, (size_t)(at - from), stream);
		else if (c == '\n' || c == '\t')
			fputs(c == '\n' ? "\\n" : "\\t", stream);
		else
			fprintf(stream,
				c < 0x100     ? "\\x%02x"
				: c < 0x10000 ? "\\u%04x"
					      : "\\U%08x",
				c);
	}
	if (!stream || fclose(stream) != 0) {
		work->failed = true;
		return NULL;
	}
	out = say(work, "\"%s\"", buffer);
	free(buffer);
	return out;
}

const char *literal(struct work *work, const char *path)
{
	char *out = arena_alloc(work->arena, 3 * strlen(path) + 1, 1), *to = out;

	if (!out) {
		work->failed = true;
		return NULL;
	}
	for (; *path; path++)
		if (strchr("*?[", *path))
			to += sprintf(to, "[%c]", *path);
		else
			*to++ = *path;
	return out;
}

/* --- Arguments ---------------------------------------------------------------------------------- */

uint64_t argument_mask(const struct name_call *call, unsigned arg)
{
	unsigned width = call && call->nargs > (int)arg ? call->args[arg].width : 64;

	return width >= 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1;
}

static bool part_of(enum arch arch, const char *text, size_t length, uint64_t *ret_value)
{
	char name[128], *end;
	bool negative;

	while (length > 0 && *text == ' ')
		text++, length--;
	while (length > 0 && text[length - 1] == ' ')
		length--;
	if (length == 0 || length >= sizeof(name))
		return false;
	memcpy(name, text, length);
	name[length] = '\0';
	if (names_constant(arch, name, ret_value, &negative) == 0) {
		if (negative)
			*ret_value |= ~(uint64_t)UINT32_MAX;
		return true;
	}
	if (!isdigit((unsigned char)*name) && *name != '-')
		return false;
	if (strncmp(name, "0o", 2) == 0)
		*ret_value = strtoull(name + 2, &end, 8);
	else if (name[0] == '0' && isdigit((unsigned char)name[1]))
		return false; /* which a policy refuses */
	else
		*ret_value =
			*name == '-' ? (uint64_t)strtoll(name, &end, 0) : strtoull(name, &end, 0);
	return *end == '\0';
}

bool value_of(enum arch arch, const char *text, uint64_t *ret_value)
{
	uint64_t value = 0, part;

	for (const char *bar;; text = bar + 1) {
		bar = strchrnul(text, '|');
		if (!part_of(arch, text, (size_t)(bar - text), &part))
			return false;
		value |= part;
		if (!*bar)
			break;
	}
	*ret_value = value;
	return true;
}

const char *value_text(struct work *work, enum arch arch, const struct name_call *call,
		       unsigned arg, uint64_t value)
{
	uint64_t mask = argument_mask(call, arg), same;
	const struct policy *policy = work->now.policy;
	const struct name_call *other;
	char text[512];
	bool good = true, number;

	value &= mask;
	number = !names_decode(arch, call, arg, value, text, sizeof(text));
	for (enum arch a = 0; a < ARCH_COUNT && good && !number; a++) {
		other = policy->abi[a].governed ? names_call_by_name(a, call->name) : NULL;
		if (other)
			good = value_of(a, text, &same) &&
			       (same & argument_mask(other, arg)) == value;
	}
	/* Numbers: as people count, unless that needs a sign or is long. */
	if (!good || (number && (*text == '-' || value >= 0x10000)))
		snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return say(work, "%s", text);
}

/* As the policy's own rules of this call have it, if they do. */
static const char *name_in_use(struct work *work, const struct name_call *call, unsigned arg)
{
	static const char *const lists[] = {"allow", "deny", "audit"};
	const struct doc_node *list, *entry;
	unsigned index;
	size_t key;

	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		list = find_list(&work->now, CLASS_SYSCALLS, lists[l], &key);
		for (size_t i = 0; list && i < list->count; i++) {
			entry = list->items[i];
			if (entry->type != DOC_MAPPING || entry->count != 1 ||
			    strcmp(entry->keys[0]->text, call->name) != 0 ||
			    entry->items[0]->type != DOC_MAPPING)
				continue;
			for (key = 0; key < entry->items[0]->count; key++)
				if (names_arg(call, entry->items[0]->keys[key]->text, &index) ==
					    0 &&
				    index == arg)
					return say(work, "%s", entry->items[0]->keys[key]->text);
		}
	}
	return NULL;
}

const char *argument_name(struct work *work, const char *name, enum arch arch, unsigned arg)
{
	const struct name_call *call = names_call_by_name(arch, name), *other;
	const struct name_arg *info = call && call->nargs > (int)arg ? &call->args[arg] : NULL;
	const char *tries[] = {info ? name_in_use(work, call, arg) : NULL,
			       info ? info->alias : NULL, info ? info->name : NULL};

	for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
		bool fits = tries[i] != NULL;

		for (enum arch a = 0; a < ARCH_COUNT && fits; a++) {
			unsigned index;

			other = work->now.policy->abi[a].governed ? names_call_by_name(a, name)
								  : NULL;
			if (other)
				fits = names_arg(other, tries[i], &index) == 0 && index == arg;
		}
		if (fits)
			return tries[i];
	}
	return say(work, "arg%u", arg);
}

const char *place_of(struct work *work, const struct policy_rule *rule)
{
	return say(work, "%s:%u", rule->pos.file ? rule->pos.file : work->out->file,
		   rule->pos.line);
}

const char *outranked_by(struct work *work, const struct policy_rule *rule)
{
	return say(work,
		   "%s has a rule of %s that refuses it, and nothing that %s could say outranks "
		   "it%s%s",
		   place_of(work, rule), policy_class_name((enum policy_class)rule->class),
		   work->out->file, work->failure ? ": " : "", work->failure ? work->failure : "");
}

bool is_own(const struct policy *policy, const struct policy_rule *rule)
{
	return rule->pos.file && strcmp(rule->pos.file, policy->path) == 0;
}
