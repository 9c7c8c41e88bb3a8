/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of a policy. Which file, a record says, and that may have come from anywhere: of a file that is no
 * policy (keys, passwords) nothing is shown.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bailiff/doc.h"
#include "room.h"

#define SOURCE_BYTES (4u << 20)
#define INSIDE	     "shipped/"

/* A policy that is inside of the program; NULL: the name is none's. */
static char *copy_shipped(const char *file)
{
	const char *name = file + strlen(INSIDE);
	const struct policy_shipped *shipped;
	size_t length;

	if (strncmp(file, INSIDE, strlen(INSIDE)) != 0)
		return NULL;
	for (size_t i = 0; (shipped = policy_shipped(i)); i++) {
		length = strlen(shipped->name);
		if (strncmp(name, shipped->name, length) == 0 &&
		    strcmp(name + length, ".yaml") == 0)
			return strndup(shipped->text, shipped->length);
	}
	return NULL;
}

/* What each file of a policy begins with, included ones too. */
static bool is_policy(const char *text, size_t length)
{
	CLEANUP(doc_freep) struct doc *doc = NULL;
	const struct doc_node *root, *version, *name;

	if (doc_parse(text, length, "policy", NULL, &doc) < 0)
		return false;
	root = doc_root(doc);
	if (root->type != DOC_MAPPING)
		return false;
	version = doc_get(root, "version");
	name = doc_get(root, "name");
	return version && version->type == DOC_SCALAR && strcmp(version->text, "1") == 0 && name &&
	       name->type == DOC_SCALAR;
}

/* The same for a page of many kinds, whose rules are of a few files: reading YAML takes its time. */
static bool is_known_policy(const struct stat *st, const char *text, size_t length)
{
	static struct {
		dev_t device;
		ino_t inode;
		struct timespec changed;
		size_t length;
		bool is_policy;
	} known[16];
	static size_t next;
	size_t i;

	for (i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].device == st->st_dev && known[i].inode == st->st_ino &&
		    known[i].changed.tv_sec == st->st_mtim.tv_sec &&
		    known[i].changed.tv_nsec == st->st_mtim.tv_nsec && known[i].length == length)
			return known[i].is_policy;
	i = next++ % ARRAY_LEN(known);
	known[i].device = st->st_dev;
	known[i].inode = st->st_ino;
	known[i].changed = st->st_mtim;
	known[i].length = length;
	known[i].is_policy = is_policy(text, length);
	return known[i].is_policy;
}

static char *read_policy(const char *file, int64_t *ret_changed)
{
	char *text = copy_shipped(file);
	struct stat st;
	size_t length;

	*ret_changed = 0;
	if (text)
		return text;
	if (stat(file, &st) < 0 || read_file(file, SOURCE_BYTES, 0, &text, &length) < 0)
		return NULL;
	*ret_changed = st.st_mtim.tv_sec * 1000000000ll + st.st_mtim.tv_nsec;
	if (strlen(text) == length && is_known_policy(&st, text, length))
		return text;
	free(text);
	return NULL;
}

void source_lines(const char *file, unsigned line, struct source *ret_source)
{
	unsigned number = 0;
	char *at, *rest;

	*ret_source = (struct source){.data = NULL};
	if (!file || !line)
		return;
	rest = ret_source->data = read_policy(file, &ret_source->changed);
	while ((at = strsep(&rest, "\n")) && ret_source->n < ARRAY_LEN(ret_source->line)) {
		number++;
		if (number + SOURCE_AROUND < line)
			continue;
		if (number > line + SOURCE_AROUND || (!rest && !*at))
			break;
		ret_source->line[ret_source->n++] = (struct source_line){number, at};
	}
	if (number < line || !ret_source->n || ret_source->line[ret_source->n - 1].number < line)
		ret_source->n = 0;
}

void source_read(const char *file, unsigned line, struct source *ret_source)
{
	*ret_source = (struct source){.data = NULL};
	if (file && (file[0] == '/' || strncmp(file, INSIDE, strlen(INSIDE)) == 0))
		source_lines(file, line, ret_source);
}

void source_clear(struct source *source)
{
	free(source->data);
	*source = (struct source){.data = NULL};
}
