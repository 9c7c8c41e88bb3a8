/* SPDX-License-Identifier: Apache-2.0 */
/* Files, programs, addresses, capabilities, surfaces: which rule allows what a hook refused. */
#include <errno.h>
#include <string.h>

#include "room.h"

static const char *access_word(enum bl_op op)
{
	static const char *const words[] = {
		[BL_OP_READ] = "read",	   [BL_OP_WRITE] = "write",	[BL_OP_CREATE] = "create",
		[BL_OP_DELETE] = "delete", [BL_OP_RENAME] = "rename",	[BL_OP_LINK] = "link",
		[BL_OP_CHMOD] = "chmod",   [BL_OP_CHOWN] = "chown",	[BL_OP_XATTR] = "xattr",
		[BL_OP_MKNOD] = "mknod",   [BL_OP_EXECUTE] = "execute",
	};

	return op <= BL_OP_EXECUTE ? words[op] : NULL;
}

static const char *net_key(enum bl_op op)
{
	switch (op) {
	case BL_OP_BIND:
	case BL_OP_UNIX_BIND:
		return "bind";
	case BL_OP_LISTEN:
		return "listen";
	case BL_OP_SOCKET:
		return "socket";
	default:
		return "connect";
	}
}

static const char *word_text(uint32_t word)
{
	return word == BL_WORD_ANONYMOUS ? "anonymous-memory" : "writable-then-executable";
}

static const char *socket_text(struct work *work, const struct question *q)
{
	const struct name_call *call = names_call_by_name(arch_native(), "socket");
	const char *family = call ? value_text(work, arch_native(), call, 0, q->a) : NULL;
	const char *type = call ? value_text(work, arch_native(), call, 1, q->b) : NULL;

	if (!family || !type)
		return NULL;
	return q->b ? say(work, "{socket: [%s], type: [%s]}", family, type)
		    : say(work, "{socket: [%s]}", family);
}

/* The rule, with what tells whose it is inside of its braces. */
static const char *rule_text(struct work *work, const struct question *q, const char *by,
			     const char **ret_reason)
{
	const char *by_text = by ? say(work, ", by: [%s]", by) : "", *text;

	if (work->class == CLASS_FILES) {
		text = path_text(work, q, ret_reason);
		return text ? say(work, "{paths: [%s], access: [%s]%s}", text, access_word(q->op),
				  by_text)
			    : NULL;
	}
	if (work->class == CLASS_EXEC) {
		text = q->op == BL_OP_WORD ? word_text(q->a) : path_text(work, q, ret_reason);
		if (!text || !by)
			return text;
		return say(work, "{paths: [%s]%s}", text, by_text);
	}
	if (q->op == BL_OP_SOCKET) {
		text = socket_text(work, q);
		return text ? say(work, "%.*s%s}", (int)strlen(text) - 1, text, by_text) : NULL;
	}
	text = address_text(work, q, ret_reason);
	return text ? say(work, "{%s: [%s]%s}", net_key(q->op), text, by_text) : NULL;
}

static int add_object(struct work *work, const struct question *q, const char *by)
{
	const char *reason = NULL, *text = rule_text(work, q, by, &reason);
	struct entry entry = {text, text};

	if (!text) {
		work->out->reason = reason;
		return reason ? 0 : -ENOMEM;
	}
	return try_rule(work, work->class, "allow", &entry, say(work, "allow %s", text));
}

/* --- A rule that is there already ----------------------------------------------------------------- */

static bool is_only(const struct doc_node *list, const char *word)
{
	return list && list->type == DOC_SEQUENCE && list->count == 1 &&
	       list->items[0]->type == DOC_SCALAR && strcmp(list->items[0]->text, word) == 0;
}

static size_t common_prefix(const struct doc_node *list, const char *path)
{
	size_t best = 0;

	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i]->type == DOC_SCALAR ? list->items[i]->text : "";
		size_t n = 0, slash = 0;

		for (; text[n] && text[n] == path[n]; n++)
			slash = text[n] == '/' ? n + 1 : slash;
		best = slash > best ? slash : best;
	}
	return best;
}

/* Where one more word says just what was seen: the list to which, and the word. */
static bool could_extend(struct work *work, const struct question *q, const struct doc_node *entry,
			 const struct doc_node **ret_list, const char **ret_word, size_t *ret_near)
{
	const struct doc_node *paths, *access;
	const char *reason = NULL, *word = access_word(q->op), *pattern;

	if (entry->type != DOC_MAPPING)
		return false;
	if (work->class == CLASS_NETWORK) {
		*ret_list = doc_get(entry, net_key(q->op));
		*ret_near = 2;
		if (entry->count != 1 || q->op == BL_OP_SOCKET || !*ret_list)
			return false;
		*ret_word = address_text(work, q, &reason);
		return true;
	}
	paths = doc_get(entry, "paths");
	access = doc_get(entry, "access");
	if (work->class != CLASS_FILES || entry->count != 2 || !paths || !access ||
	    paths->type != DOC_SEQUENCE)
		return false;
	pattern = literal(work, q->path);
	if (pattern && is_only(paths, pattern)) {
		*ret_list = access;
		*ret_word = word;
		*ret_near = SIZE_MAX;
		return true;
	}
	if (!is_only(access, word))
		return false;
	*ret_list = paths;
	*ret_word = path_text(work, q, &reason);
	*ret_near = common_prefix(paths, q->path);
	return *ret_near > 1; /* in the same part of the tree, below "/" */
}

static int extend(struct work *work, const struct question *q)
{
	const struct doc_node *list, *more, *into = NULL;
	const char *word, *best = NULL;
	size_t key, near = 0, nearest = 0;
	struct splice splice;
	struct entry entry;

	list = find_list(&work->now, work->class, "allow", &key);
	for (size_t i = 0; list && i < list->count; i++)
		if (could_extend(work, q, list->items[i], &more, &word, &near) && near > nearest &&
		    more->type == DOC_SEQUENCE && word) {
			nearest = near;
			into = more;
			best = word;
		}
	entry = (struct entry){best, best};
	if (!into || !edit_append(work, into, &entry, &splice))
		return 0;
	return try_splice(
		work, &splice,
		say(work, "allow %s beside what the rule on line %u allows", best, into->pos.line));
}

/* --- One step ----------------------------------------------------------------------------------- */

/* A name is all that a rule of these classes has: allowed, or no longer refused. */
int try_name(struct work *work, enum policy_class class, const char *name, const char *words,
	     const struct policy_rule *rule)
{
	struct entry entry = {NULL, name};
	struct found found;

	if (rule->list == LIST_DEFAULT)
		return try_rule(work, class, "allow", &entry, say(work, "allow %s", name));
	if (!find_entry(&work->now, rule, &found))
		return 0;
	return try_drop(work, &found, words, name);
}

static int step_named(struct work *work, const struct question *q, const struct policy_rule *rule)
{
	size_t count;
	const struct policy_surface *surfaces = policy_surfaces(&count);
	const char *name = q->op == BL_OP_SURFACE ? surfaces[q->a].name : names_cap(q->a);
	int r;

	if (q->op == BL_OP_SURFACE)
		return try_name(work, CLASS_KERNEL, name, "surfaces", rule);
	r = try_name(work, CLASS_CAPABILITIES, name, "names", rule);
	if (r == 0) /* as it may be written */
		r = try_name(work, CLASS_CAPABILITIES, say(work, "CAP_%s", name), "names", rule);
	return r;
}

static int step_ruled(struct work *work, const struct question *q, const struct policy_rule *rule)
{
	const char *reason = NULL, *by, *pattern;
	int r = extend(work, q);

	if (r == 0)
		r = add_object(work, q, NULL);
	if (r != 0 || work->out->reason)
		return r;
	/* The same place is named by a rule that refuses it: one for this program alone outranks
	 * that, and leaves the others refused. */
	pattern = q->exe ? literal(work, q->exe) : NULL;
	by = pattern ? quote(work, pattern, &reason) : NULL;
	if (by)
		r = add_object(work, q, by);
	if (r == 0)
		r = narrow_object(work, q, rule);
	return r;
}

int step_object(struct work *work)
{
	const struct question *q = NULL;
	const struct policy_rule *rule;
	struct answer answer;
	int r;

	for (size_t i = 0; i < work->n && !q; i++)
		if (!ask(&work->now, &work->questions[i], &answer) || answer.action != ACTION_ALLOW)
			q = &work->questions[i];
	if (!q)
		return 0;
	if (!ask(&work->now, q, &answer) || answer.rule == POLICY_NO_RULE) {
		work->out->reason = "which rule decides it can't be told";
		return 0;
	}
	rule = &work->now.policy->rules[answer.rule];
	r = q->op == BL_OP_SURFACE || q->op == BL_OP_CAPABILITY ? step_named(work, q, rule)
								: step_ruled(work, q, rule);
	if (r == 0 && !work->out->reason)
		work->out->reason = outranked_by(work, rule);
	return work->failed ? -ENOMEM : r;
}

/* --- A rule that refuses it, taken back ----------------------------------------------------------- */

static const char *other_accesses(struct work *work, enum bl_op op)
{
	const char *text = "";

	for (unsigned i = BL_OP_READ; i <= BL_OP_EXECUTE && text; i++)
		if (i != op)
			text = say(work, "%s%s%s", text, *text ? ", " : "",
				   access_word((enum bl_op)i));
	return text;
}

/* All but the one access stays refused. */
static int narrow_access(struct work *work, const struct question *q, const struct found *found)
{
	const struct doc_node *entry = found->entry, *paths, *access;
	const char *others = other_accesses(work, q->op), *word = access_word(q->op);
	struct splice splice;
	struct entry more;

	if (!others)
		return -ENOMEM;
	if (entry->type == DOC_SCALAR) {
		edit_replace(entry,
			     say(work, "{paths: [%.*s], access: [%s]}",
				 (int)(entry->end - entry->start), work->now.text + entry->start,
				 others),
			     &splice);
		return try_splice(work, &splice, say(work, "do not refuse %s there", word));
	}
	paths = doc_get(entry, "paths");
	access = doc_get(entry, "access");
	if (!paths || (paths->type == DOC_SEQUENCE && paths->count > 1))
		return 0;
	if (access)
		return try_drop(work, found, "access", word);
	more = (struct entry){NULL, say(work, "[%s]", others)};
	if (!edit_key(work, entry, key_index(entry, "paths"), "access", &more, false, &splice))
		return 0;
	return try_splice(work, &splice, say(work, "do not refuse %s there", word));
}

/* As it is written in the rule: an address has other spellings than ours. */
static const char *written(const struct doc_node *list, const char *text)
{
	size_t length = strlen(text);

	if (*text == '"' && length > 1) /* ours is quoted */
		text++, length -= 2;
	for (size_t i = 0; list && list->type == DOC_SEQUENCE && i < list->count; i++)
		if (list->items[i]->type == DOC_SCALAR &&
		    strncmp(list->items[i]->text, text, length) == 0 &&
		    !list->items[i]->text[length])
			return list->items[i]->text;
	return NULL;
}

int narrow_object(struct work *work, const struct question *q, const struct policy_rule *rule)
{
	const char *reason = NULL, *text, *key = "paths";
	struct found found;
	int r = 0;

	if (!find_entry(&work->now, rule, &found))
		return 0;
	if (work->class == CLASS_FILES)
		r = narrow_access(work, q, &found);
	if (r != 0)
		return r;
	if (q->op == BL_OP_SOCKET)
		return 0; /* families times types: a person sees better what is meant */
	if (work->class == CLASS_NETWORK) {
		key = net_key(q->op);
		text = address_text(work, q, &reason);
	} else {
		text = q->op == BL_OP_WORD ? word_text(q->a) : literal(work, q->path);
	}
	if (!text)
		return reason ? 0 : -ENOMEM;
	if (found.entry->type == DOC_MAPPING)
		text = written(doc_get(found.entry, key), text);
	return text ? try_drop(work, &found, key, text) : 0;
}
