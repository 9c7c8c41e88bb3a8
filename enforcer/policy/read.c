/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy's files: the keys at the top, the classes, the includes. The first file is read first,
 * for its architectures decide what all the others are lowered to. A file's document is freed
 * before its includes are read, so that one is in memory at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_internal.h"

static const char *const class_names[CLASS_END] = {
	[CLASS_SYSCALLS] = "syscalls",
	[CLASS_FILES] = "files",
	[CLASS_EXEC] = "exec",
	[CLASS_NETWORK] = "network",
	[CLASS_CAPABILITIES] = "capabilities",
	[CLASS_KERNEL] = "kernel",
};

const char *policy_class_name(enum policy_class class)
{
	return class > 0 && class < CLASS_END ? class_names[class] : "none";
}

static void (*const entry_readers[CLASS_END])(struct reader *, enum policy_list,
					      const struct doc_node *) = {
	[CLASS_SYSCALLS] = read_syscall_entry,
	[CLASS_FILES] = read_file_entry,
	[CLASS_EXEC] = read_exec_entry,
	[CLASS_NETWORK] = read_network_entry,
	[CLASS_CAPABILITIES] = read_capability_entry,
	[CLASS_KERNEL] = read_kernel_entry,
};

static void read_default(struct reader *r, enum policy_class class, const struct doc_node *key,
			 const struct doc_node *map)
{
	const struct doc_node *node = doc_get(map, "default");
	struct rule_options options = {0};

	if (!node) {
		REFUSE(r, key,
		       "%s has no default; write what holds for all that no rule names: "
		       "allow, audit, deny, errno NAME or kill",
		       key->text);
		return;
	}
	if (!read_action(r, node, true, &options))
		return;
	if (class == CLASS_CAPABILITIES && options.action >= ACTION_ERRNO &&
	    (options.action != ACTION_ERRNO || options.error != EPERM)) {
		REFUSE(r, node, "a capability is denied with EPERM; write allow, audit or deny");
		return;
	}
	r->source->defaults[class] = (struct policy_rule){
		.pos = reader_place(r, node),
		.class = (uint8_t) class,
		.list = LIST_DEFAULT,
		.action = options.action,
		.error = options.error,
		.text = reader_join(r, "default: ", node->text, ""),
	};
}

static void read_class(struct reader *r, enum policy_class class, const struct doc_node *key,
		       const struct doc_node *map)
{
	static const char *const keys[] = {"default", "allow", "deny", "audit", NULL};
	static const char *const lists[] = {
		[LIST_ALLOW] = "allow", [LIST_DENY] = "deny", [LIST_AUDIT] = "audit"};

	if (map->type != DOC_MAPPING) {
		REFUSE(r, map, "%s must be a mapping with default, allow, deny and audit",
		       key->text);
		return;
	}
	if (!r->class_pos[class].line)
		r->class_pos[class] = reader_place(r, key);
	if (!r->first_class.line)
		r->first_class = reader_place(r, key);
	check_keys(r, map, keys, false);
	read_default(r, class, key, map);
	for (enum policy_list list = LIST_ALLOW; list <= LIST_AUDIT; list++) {
		const struct doc_node *node = doc_get(map, lists[list]);

		if (!node)
			continue;
		if (node->type != DOC_SEQUENCE) {
			REFUSE(r, node, "%s must be a list of rules", lists[list]);
			continue;
		}
		for (size_t i = 0; i < node->count && !r->oom; i++)
			entry_readers[class](r, list, node->items[i]);
	}
}

static void read_architectures(struct reader *r, const struct doc_node *node, bool keep)
{
	const char *names[ARCH_COUNT];
	bool seen[ARCH_COUNT] = {false};
	enum arch arch;
	size_t count, i;

	for (arch = 0; arch < ARCH_COUNT; arch++)
		names[arch] = arch_name(arch);
	if (!is_list(r, node, "architectures", &count))
		return;
	for (i = 0; i < count; i++) {
		const struct doc_node *item = list_item(node, i);

		if (!is_scalar(r, item, "an architecture"))
			continue;
		if (arch_from_name(item->text, &arch) < 0) {
			refuse_unknown_of(r, item, "architecture", item->text, names, ARCH_COUNT);
			continue;
		}
		if (seen[arch]) {
			REFUSE(r, item, "%s stands twice in architectures; keep one", item->text);
			continue;
		}
		seen[arch] = true;
		if (keep)
			r->arches[r->n_arches++] = arch;
	}
}

static void read_version(struct reader *r, const struct doc_node *root)
{
	const struct doc_node *node = doc_get(root, "version");

	if (!node)
		REFUSE(r, root, "version is missing; begin with 'version: 1'");
	else if (node->type != DOC_SCALAR || !node->plain || strcmp(node->text, "1") != 0)
		REFUSE(r, node, "this bailiff reads version 1 of the language; write 'version: 1'");
}

static const char *read_name(struct reader *r, const struct doc_node *root)
{
	const struct doc_node *node = doc_get(root, "name");

	if (!node) {
		REFUSE(r, root, "name is missing; write 'name: ' and a word for this policy");
		return NULL;
	}
	if (!is_scalar(r, node, "name"))
		return NULL;
	if (!valid_policy_name(node->text)) {
		REFUSE(r, node,
		       "'%.100s' can't be a name; use a-z, 0-9, '.', '_' and '-', a letter "
		       "or digit first, at most %d of them",
		       node->text, POLICY_MAX_NAME);
		return NULL;
	}
	return reader_copy(r, node->text, node->length);
}

static bool read_mode(struct reader *r, const struct doc_node *node)
{
	if (is_scalar(r, node, "mode")) {
		if (strcmp(node->text, "audit") == 0)
			return true;
		if (strcmp(node->text, "enforce") != 0)
			REFUSE(r, node, "unknown mode '%.100s'; use enforce or audit", node->text);
	}
	return false;
}

/* The keys beside classes and includes. They are checked in every file; only the first one's hold.
 */
static void read_header(struct reader *r, const struct doc_node *root)
{
	bool first = r->source == r->sources[0], audit = false, no_new_privs = true;
	const char *name, *description = NULL;
	struct policy_scope scope = {0};
	const struct doc_node *node;

	read_version(r, root);
	name = read_name(r, root);
	node = doc_get(root, "description");
	if (node && node->type != DOC_SCALAR)
		REFUSE(r, node, "description must be plain text");
	else if (node)
		description = reader_copy(r, node->text, node->length);
	node = doc_get(root, "mode");
	if (node)
		audit = read_mode(r, node);
	node = doc_get(root, "no-new-privileges");
	if (node)
		read_bool(r, node, "no-new-privileges", &no_new_privs);
	node = doc_get(root, "scope");
	if (node)
		read_scope(r, node, &scope);
	node = doc_get(root, "architectures");
	if (node)
		read_architectures(r, node, first);
	if (!first)
		return;
	r->policy->name = name;
	r->policy->description = description;
	r->policy->audit = audit;
	r->policy->no_new_privs = no_new_privs;
	r->policy->scope = scope;
	for (size_t i = 0; node && i < root->count; i++)
		if (root->items[i] == node)
			r->arch_pos = reader_place(r, root->keys[i]);
	if (r->n_arches == 0)
		r->arches[r->n_arches++] = arch_native();
}

/* What the file includes, copied: the document goes before they are read. */
static struct wanted *read_include(struct reader *r, const struct doc_node *node, size_t *ret_count)
{
	struct wanted *wanted;
	size_t count, n = 0;

	if (!is_list(r, node, "include", &count))
		return NULL;
	if (count > POLICY_MAX_INCLUDES) {
		REFUSE(r, node, "more than %d includes in all; merge some", POLICY_MAX_INCLUDES);
		return NULL;
	}
	wanted = reader_alloc(r, count, sizeof(*wanted));
	for (size_t i = 0; wanted && i < count; i++) {
		const struct doc_node *item = list_item(node, i);

		if (!is_scalar(r, item, "an include"))
			continue;
		if (item->length >= POLICY_MAX_PATH) {
			REFUSE(r, item, "a path of %zu bytes; it has at most %d", item->length,
			       POLICY_MAX_PATH - 1);
			continue;
		}
		wanted[n++] = (struct wanted){reader_copy(r, item->text, item->length),
					      reader_place(r, item)};
	}
	*ret_count = n;
	return wanted;
}

static struct wanted *read_root(struct reader *r, const struct doc_node *root, size_t *ret_count)
{
	static const char *const keys[] = {
		"version",	 "name",    "description",  "mode",	"no-new-privileges",
		"architectures", "include", "scope",	    "syscalls", "files",
		"exec",		 "network", "capabilities", "kernel",	NULL};
	const struct doc_node *include;

	if (root->type != DOC_MAPPING) {
		REFUSE(r, root, "a policy is a mapping that begins with 'version: 1'");
		return NULL;
	}
	check_keys(r, root, keys, false);
	read_header(r, root);
	if (r->source == r->sources[0] && open_tables(r) < 0)
		return NULL;
	for (size_t i = 0; i < root->count; i++)
		for (enum policy_class class = CLASS_SYSCALLS; class < CLASS_END; class ++)
			if (strcmp(root->keys[i]->text, class_names[class]) == 0)
				read_class(r, class, root->keys[i], root->items[i]);
	include = doc_get(root, "include");
	return include ? read_include(r, include, ret_count) : NULL;
}

/* Two includes have brought a default for a class that the file itself does not have. */
static void merge_default(struct reader *r, struct policy_rule *into,
			  const struct policy_rule *from)
{
	if (into->action == ACTION_ERRNO && from->action == ACTION_ERRNO &&
	    into->error != from->error)
		REFUSE_AT(
			r, &from->pos,
			"another errno than in the default at %s:%u, and both are included; write "
			"%s with a default of its own",
			into->pos.file, into->pos.line, class_names[from->class]);
	if (from->action > into->action)
		*into = *from;
}

static int read_source(struct reader *r, struct source *source, struct doc *document);

static int read_included(struct reader *r, struct source *from, const struct wanted *wanted,
			 struct source **ret_source)
{
	const struct policy_shipped *shipped;
	struct doc *document = NULL;
	struct source *source;
	bool new;
	int error;

	*ret_source = source = find_include(r, from, wanted, &shipped, &new);
	if (!source || !new)
		return r->oom ? -ENOMEM : 0;
	error = shipped ? doc_parse(shipped->text, shipped->length, source->path, r->diag,
				    &document)
			: read_document(r, source->path, &document);
	if (error == -ENOMEM)
		return error;
	if (error < 0) {
		r->errors++;
		diag_note(r->diag, &wanted->pos, "included here");
		return 0;
	}
	return read_source(r, source, document);
}

/* Takes the document. 0 also when mistakes were found; -ENOMEM. */
static int read_source(struct reader *r, struct source *source, struct doc *document)
{
	struct policy_rule brought[CLASS_END] = {0};
	struct source *before = r->source, *included;
	struct wanted *wanted;
	size_t count = 0;
	int error = 0;

	r->source = source;
	source->open = true;
	wanted = read_root(r, doc_root(document), &count);
	doc_free(document);
	for (size_t i = 0; wanted && i < count && error == 0 && !r->oom; i++) {
		error = read_included(r, source, &wanted[i], &included);
		for (size_t class = 1; error == 0 && included && class < CLASS_END; class ++)
			if (included->defaults[class].action && !source->defaults[class].action)
				merge_default(r, &brought[class], &included->defaults[class]);
	}
	for (size_t class = 1; class < CLASS_END; class ++)
		if (!source->defaults[class].action)
			source->defaults[class] = brought[class];
	source->open = false;
	r->source = before;
	return r->oom ? -ENOMEM : error;
}

/* The rules that no list holds: defaults, other ABIs, unknown numbers. */
static void add_own_rules(struct reader *r)
{
	struct rule_options options = {.action = ACTION_ERRNO, .error = ENOSYS};
	const struct source *root = r->sources[0];
	struct diag_pos pos = {root->path, 1, 1};
	struct policy *p = r->policy;

	for (size_t class = 1; class < CLASS_END; class ++) {
		const struct policy_rule *rule = &root->defaults[class];
		struct rule_options own = {.action = rule->action, .error = rule->error};

		p->default_rule[class] = POLICY_NO_RULE;
		if (rule->action)
			p->default_rule[class] =
				add_rule(r, (enum policy_class) class, LIST_DEFAULT, &rule->pos,
					 rule->text, &own);
	}
	if (r->first_class.line)
		pos = r->first_class;
	if (r->arch_pos.line)
		pos = r->arch_pos;
	p->abi_rule = add_rule(r, CLASS_SYSCALLS, LIST_IMPLIED, &pos,
			       "calls of other architectures", &options);
	p->unknown_rule = POLICY_NO_RULE;
	if (root->defaults[CLASS_SYSCALLS].action > ACTION_ALLOW)
		p->unknown_rule = add_rule(r, CLASS_SYSCALLS, LIST_IMPLIED,
					   &root->defaults[CLASS_SYSCALLS].pos,
					   "calls that bailiff does not know", &options);
	if (!r->first_class.line && r->errors == 0)
		diag_warning(r->diag, &pos, "this policy has no class, so it governs nothing");
}

static void close_reader(struct reader *r)
{
	free(r->rules);
	free(r->matches);
	free(r->conds);
	free(r->values);
	free(r->path_rules);
	free(r->net_rules);
	free(r);
}

static int open_reader(struct diag *diag, struct reader **ret_reader)
{
	struct reader *r = calloc(1, sizeof(*r));
	struct arena *arena = NULL;
	int error;

	if (!r)
		return -ENOMEM;
	error = arena_new(POLICY_ARENA_BYTES, &arena);
	if (error == 0)
		r->policy = arena_alloc(arena, 1, sizeof(*r->policy));
	if (!r->policy) {
		arena_free(arena);
		free(r);
		return -ENOMEM;
	}
	r->policy->arena = r->arena = arena;
	r->diag = diag;
	*ret_reader = r;
	return 0;
}

/* What is left once the first file's document is there. Takes reader and document. */
static int read_all(struct reader *r, const char *path, const char *directory, bool shipped,
		    struct doc *document, struct policy **ret_policy)
{
	struct policy *policy = r->policy;
	struct diag *diag = r->diag;
	struct source *root;
	int error = -ENOMEM;

	policy->path = reader_copy(r, path, strlen(path));
	/* By what a later include of the first file itself would be known. */
	if (policy->path) {
		const char *identity = shipped ? policy->path : identify(r, policy->path);

		root = add_source(r, policy->path, identity, directory, NULL);
		if (root) {
			root->shipped = shipped;
			error = read_source(r, root, document);
			document = NULL;
		}
	}
	doc_free(document);
	if (error == 0 && r->n_arches > 0) {
		add_own_rules(r);
		error = policy_finish(r);
	}
	if (error == 0 && r->errors > 0)
		error = -EINVAL;
	close_reader(r);
	/* path, not the policy's: it may be what there was no memory for. */
	if (error == -ENOMEM)
		diag_error(diag, NULL, "not enough memory to read %s", path);
	if (error < 0)
		policy_free(policy);
	else
		*ret_policy = policy;
	return error;
}

int policy_parse(const char *text, size_t length, const char *name, struct diag *diag,
		 struct policy **ret_policy)
{
	struct doc *document = NULL;
	struct reader *r;
	const char *directory;
	int error = open_reader(diag, &r);

	if (error < 0)
		return error;
	error = doc_parse(text, length, name, diag, &document);
	if (error < 0) {
		policy_free(r->policy);
		close_reader(r);
		return error;
	}
	directory = directory_of(r, name);
	return read_all(r, name, directory, false, document, ret_policy);
}

static int refuse_word(struct diag *diag, const char *name)
{
	const char *near[1], *names[64];
	const struct policy_shipped *shipped;
	size_t count = 0, n, used = 0;
	char list[1024] = "none";

	for (; count < ARRAY_LEN(names) && (shipped = policy_shipped(count)); count++) {
		names[count] = shipped->name;
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
						 count ? ", " : "", shipped->name);
	}
	n = names_nearest_of(names, count, name, near, 1);
	diag_error(diag, NULL,
		   "no policy named %.100s in %s or among the shipped ones (%s)%s%s%s; a file's "
		   "path ends in .yaml or has a slash",
		   name, POLICY_DIRECTORY, list, n ? "; did you mean " : "", n ? near[0] : "",
		   n ? "?" : "");
	return -ENOENT;
}

/* The file that a word means, or the shipped policy. */
static int find_word(struct reader *r, const char *word, const char **ret_path,
		     const struct policy_shipped **ret_shipped)
{
	const char *found = NULL;

	if (valid_policy_name(word))
		found = existing(r, reader_join(r, POLICY_DIRECTORY, word, ".yaml"));
	if (!found)
		*ret_shipped = find_shipped(r, word);
	if (!found && !*ret_shipped)
		return r->oom ? -ENOMEM : refuse_word(r->diag, word);
	*ret_path = *ret_shipped ? reader_join(r, "shipped/", word, ".yaml") : found;
	return *ret_path ? 0 : -ENOMEM;
}

int policy_read_files(const char *path, struct diag *diag, struct policy_files *files,
		      struct policy **ret_policy)
{
	const struct policy_shipped *shipped = NULL;
	struct doc *document = NULL;
	const char *directory;
	struct reader *r;
	int error = open_reader(diag, &r);

	if (error < 0)
		return error;
	r->files = files;
	if (is_policy_word(path))
		error = find_word(r, path, &path, &shipped);
	if (error == 0 && shipped)
		error = doc_parse(shipped->text, shipped->length, path, diag, &document);
	else if (error == 0)
		error = read_document(r, path, &document);
	if (error) {
		policy_free(r->policy);
		close_reader(r);
		return error;
	}
	directory = shipped ? NULL : directory_of(r, path);
	return read_all(r, path, directory || shipped ? directory : "", shipped != NULL, document,
			ret_policy);
}

int policy_read(const char *path, struct diag *diag, struct policy **ret_policy)
{
	return policy_read_files(path, diag, NULL, ret_policy);
}
