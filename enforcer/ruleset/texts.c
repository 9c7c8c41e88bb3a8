/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The section for people: names of policies, lines of rules. A head, the policies, all rules in the
 * image's order, then the strings, each with its NUL; a string is named by its offset there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compiler.h"

#define NO_STRING UINT32_MAX

struct texts_head {
	uint32_t abi, n_policies, n_rules, strings_bytes;
};
struct texts_policy {
	uint64_t places, hash, scope_hash;
	uint32_t name, path, description;
	uint32_t first_rule, n_rules;
	uint8_t bit, audit, unused[2];
};
struct texts_rule {
	uint32_t file, text, why, line;
	uint16_t error;
	uint8_t class, list, action, quiet, unused[2];
};
_Static_assert(sizeof(struct texts_head) == 16, "no padding in texts_head");
_Static_assert(sizeof(struct texts_policy) == 48, "no padding in texts_policy");
_Static_assert(sizeof(struct texts_rule) == 24, "no padding in texts_rule");

/* --- Written ------------------------------------------------------------------------------------ */

struct strings {
	char *bytes;
	size_t n, size;
	const char *last[3]; /* what stood in each column before, and where */
	uint32_t last_at[3];
};

static uint32_t add_string(struct compiler *c, struct strings *s, const char *text)
{
	size_t length = text ? strlen(text) + 1 : 0, at = s->n;

	if (!text)
		return NO_STRING;
	if (at + length > INT32_MAX || !room(c, &s->bytes, &s->size, at, length, 1)) {
		c->oom = true;
		return NO_STRING;
	}
	memcpy(s->bytes + at, text, length);
	s->n += length;
	return (uint32_t)at;
}

/* The rules of a file, and those of an include, share its name; an implied one its rule's text. */
static uint32_t add_column(struct compiler *c, struct strings *s, size_t column, const char *text)
{
	if (!text || text != s->last[column]) {
		s->last_at[column] = add_string(c, s, text);
		s->last[column] = text;
	}
	return s->last_at[column];
}

static void append(struct compiler *c, const void *bytes, size_t length)
{
	if (!length || !room(c, &c->texts, &c->texts_size, c->n_texts, length, 1))
		return;
	memcpy(c->texts + c->n_texts, bytes, length);
	c->n_texts += length;
}

static void write_rule(struct compiler *c, struct strings *strings, const struct loaded *loaded,
		       uint32_t i)
{
	const struct policy_rule *rule = &loaded->policy->rules[i];
	const struct texts_rule out = {
		.file = add_column(c, strings, 0, rule->pos.file),
		.text = add_column(c, strings, 1, rule->text),
		.why = add_column(c, strings, 2, rule->why),
		.line = rule->pos.line,
		.error = rule->error,
		.class = rule->class,
		.list = rule->list,
		.action = rule->action,
		.quiet = rule->quiet,
	};

	c->rules[loaded->first_rule + i] = (struct bl_rule){
		.error = rule->error ? rule->error : EPERM,
		.flags = (uint8_t)((rule->action > ACTION_ERRNO ? BL_RULE_KILL : 0) |
				   (rule->quiet ? BL_RULE_QUIET : 0)),
		.policy = (uint8_t)loaded->bit,
		.text = (uint32_t)c->n_texts,
	};
	append(c, &out, sizeof(out));
}

void write_texts(struct compiler *c)
{
	struct texts_head head = {BL_ABI, c->n_loaded, c->n_rules, 0};
	struct strings strings = {.n = 0};

	c->rules = calloc(c->n_rules + 1u, sizeof(*c->rules));
	c->oom |= !c->rules;
	append(c, &head, sizeof(head));
	for (unsigned i = 0; i < c->n_loaded && !c->oom; i++) {
		const struct loaded *l = &c->loaded[i];
		struct texts_policy out = {
			.places = l->places,
			.hash = l->hash,
			.scope_hash = l->scope_hash,
			.name = add_string(c, &strings, l->policy->name),
			.path = add_string(c, &strings, l->policy->path),
			.description = add_string(c, &strings, l->policy->description),
			.first_rule = l->first_rule,
			.n_rules = l->policy->n_rules,
			.bit = (uint8_t)l->bit,
			.audit = l->policy->audit,
		};

		append(c, &out, sizeof(out));
	}
	for (unsigned i = 0; i < c->n_loaded; i++)
		for (uint32_t j = 0; j < c->loaded[i].policy->n_rules && !c->oom; j++)
			write_rule(c, &strings, &c->loaded[i], j);
	append(c, strings.bytes, strings.n);
	head.strings_bytes = (uint32_t)strings.n;
	if (!c->oom)
		memcpy(c->texts, &head, sizeof(head));
	free(strings.bytes);
}

/* --- Read, trusting nothing --------------------------------------------------------------------- */

struct texts {
	const char *bytes; /* of the section */
	size_t length;
	struct texts_head head;
	size_t rules, strings; /* offsets */
};

static int open_texts(const struct ruleset *set, struct texts *ret_texts)
{
	const struct bl_header *first = bl_block(set, 0);
	struct texts t = {.bytes = NULL};
	uint64_t need;

	if (!first || set->n_blocks < FIRST_PLACES || first->abi != BL_ABI ||
	    first->texts > set->n_blocks)
		return -EINVAL;
	t.bytes = (const char *)set->blocks + (size_t)first->texts * BL_BLOCK;
	t.length = first->texts_bytes;
	if (t.length > ((size_t)set->n_blocks - first->texts) * BL_BLOCK ||
	    t.length < sizeof(t.head))
		return -EINVAL;
	memcpy(&t.head, t.bytes, sizeof(t.head));
	need = sizeof(t.head) + (uint64_t)t.head.n_policies * sizeof(struct texts_policy);
	t.rules = need;
	need += (uint64_t)t.head.n_rules * sizeof(struct texts_rule);
	t.strings = need;
	need += t.head.strings_bytes;
	if (t.head.abi != BL_ABI || need != t.length ||
	    (t.head.strings_bytes && t.bytes[t.length - 1] != '\0'))
		return -EINVAL;
	*ret_texts = t;
	return 0;
}

/* NULL: none, or a bad one (then *ret_bad). */
static const char *string_at(const struct texts *t, uint32_t at, bool needed, bool *ret_bad)
{
	if (at < t->head.strings_bytes)
		return t->bytes + t->strings + at;
	*ret_bad |= needed || at != NO_STRING;
	return NULL;
}

int ruleset_policy(const struct ruleset *set, size_t i, struct ruleset_policy *ret_policy)
{
	struct ruleset_policy out;
	struct texts_policy in;
	struct texts t;
	bool bad = false;

	if (open_texts(set, &t) < 0)
		return -EINVAL;
	if (i >= t.head.n_policies)
		return -ENOENT;
	memcpy(&in, t.bytes + sizeof(t.head) + i * sizeof(in), sizeof(in));
	out = (struct ruleset_policy){
		.name = string_at(&t, in.name, true, &bad),
		.path = string_at(&t, in.path, true, &bad),
		.description = string_at(&t, in.description, false, &bad),
		.bit = in.bit,
		.audit = in.audit,
		.places = in.places,
		.hash = in.hash,
		.scope_hash = in.scope_hash,
		.first_rule = in.first_rule,
		.n_rules = in.n_rules,
	};
	if (bad || in.bit >= BL_PLACES || in.audit > 1 || in.n_rules > t.head.n_rules ||
	    in.first_rule > t.head.n_rules - in.n_rules)
		return -EINVAL;
	*ret_policy = out;
	return 0;
}

static int policy_of_rule(const struct ruleset *set, uint32_t rule, const char **ret_name)
{
	struct ruleset_policy policy;
	int error;

	for (size_t i = 0; i < BL_PLACES; i++) {
		error = ruleset_policy(set, i, &policy);
		if (error < 0)
			return error;
		if (rule >= policy.first_rule && rule - policy.first_rule < policy.n_rules) {
			*ret_name = policy.name;
			return 0;
		}
	}
	return -ENOENT;
}

int ruleset_rule(const struct ruleset *set, uint32_t rule, struct ruleset_rule *ret_rule)
{
	const char *policy;
	struct ruleset_rule out;
	struct texts_rule in;
	struct texts t;
	bool bad = false;
	int error;

	if (open_texts(set, &t) < 0)
		return -EINVAL;
	if (rule >= t.head.n_rules)
		return -ENOENT;
	error = policy_of_rule(set, rule, &policy);
	if (error < 0)
		return error;
	memcpy(&in, t.bytes + t.rules + (size_t)rule * sizeof(in), sizeof(in));
	out = (struct ruleset_rule){
		.policy = policy,
		.file = string_at(&t, in.file, true, &bad),
		.line = in.line,
		.why = string_at(&t, in.why, false, &bad),
		.text = string_at(&t, in.text, true, &bad),
		.class = in.class,
		.list = in.list,
		.action = in.action,
		.error = in.error,
		.quiet = in.quiet,
	};
	if (bad || in.class < CLASS_SYSCALLS || in.class >= CLASS_END || in.list < LIST_DEFAULT ||
	    in.list > LIST_IMPLIED || in.action < ACTION_ALLOW || in.action > ACTION_KILL ||
	    in.quiet > 1 || in.error > 4095)
		return -EINVAL;
	*ret_rule = out;
	return 0;
}
