/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a policy is read from: those on disk, which are kept where somebody asked for it, or
 * those that were kept, and then nothing on disk is looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_internal.h"

#define MAGIC "bailiff-files 1 "

struct kept {
	char *path;	/* as it was looked for */
	char *identity; /* the same for the same file */
	char *text;	/* NULL: known under another path */
	size_t length;
};

struct policy_files {
	bool sealed; /* all that there is */
	bool oom;    /* something could not be kept */
	size_t n, size;
	struct kept *kept;
};

void policy_files_free(struct policy_files *files)
{
	size_t i;

	if (!files)
		return;
	for (i = 0; i < files->n; i++) {
		free(files->kept[i].path);
		free(files->kept[i].identity);
		free(files->kept[i].text);
	}
	free(files->kept);
	free(files);
}

void policy_files_freep(struct policy_files **files)
{
	policy_files_free(*files);
}

const char *policy_files_path(const struct policy_files *files, size_t i)
{
	/* Its name, then what that leads to. */
	if (i / 2 >= files->n)
		return NULL;
	return i % 2 ? files->kept[i / 2].identity : files->kept[i / 2].path;
}

static struct kept *find(const struct policy_files *files, const char *path)
{
	size_t i;

	for (i = 0; i < files->n; i++)
		if (strcmp(files->kept[i].path, path) == 0)
			return &files->kept[i];
	return NULL;
}

static struct kept *find_text(const struct policy_files *files, const char *path)
{
	const struct kept *named = find(files, path);
	size_t i;

	for (i = 0; named && i < files->n; i++)
		if (files->kept[i].text && strcmp(files->kept[i].identity, named->identity) == 0)
			return &files->kept[i];
	return NULL;
}

static void keep(struct policy_files *files, const char *path, const char *identity,
		 const char *text, size_t length)
{
	struct kept *kept = find(files, path);

	if (!kept) {
		if (grow_array(&files->kept, &files->size, files->n + 1, sizeof(*kept)) < 0) {
			files->oom = true;
			return;
		}
		kept = &files->kept[files->n++];
		*kept = (struct kept){.path = strdup(path), .identity = strdup(identity)};
	} else if (!text) { /* read before it was known by another path */
		free(kept->identity);
		kept->identity = strdup(identity);
	}
	if (text && !kept->text) {
		kept->text = malloc(length + 1);
		kept->length = length;
		if (kept->text)
			memcpy(kept->text, text, length);
	}
	if (!kept->path || !kept->identity || (text && !kept->text))
		files->oom = true;
}

/* --- For who reads ------------------------------------------------------------------------------ */

const char *existing(const struct reader *r, const char *path)
{
	if (r->files && r->files->sealed)
		return path && find(r->files, path) ? path : NULL;
	/* Whatever is there, or can't be looked at, is what is meant; reading it says why not. */
	if (path && access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	return path;
}

/* The file's name without links and dots; the name as it is where that can't be had. */
const char *identify(struct reader *r, const char *path)
{
	const struct kept *kept;
	const char *identity;
	char *real;

	if (r->files && r->files->sealed) {
		kept = find(r->files, path);
		return kept ? kept->identity : path;
	}
	real = realpath(path, NULL);
	identity = real ? reader_copy(r, real, strlen(real)) : path;
	free(real);
	if (r->files && identity)
		keep(r->files, path, identity, NULL, 0);
	return identity;
}

int read_document(const struct reader *r, const char *path, struct doc **ret_doc)
{
	CLEANUP(free_ptr) char *text = NULL;
	const struct kept *kept;
	size_t length;
	int error;

	if (r->files && r->files->sealed) {
		kept = find_text(r->files, path);
		if (kept)
			return doc_parse(kept->text, kept->length, path, r->diag, ret_doc);
		diag_error(r->diag, &(struct diag_pos){.file = path}, "was not kept");
		return -ENOENT;
	}
	error = doc_read_text(path, r->diag, &text, &length);
	if (error < 0)
		return error;
	if (r->files)
		keep(r->files, path, path, text, length);
	return doc_parse(text, length, path, r->diag, ret_doc);
}

const struct policy_shipped *find_shipped(struct reader *r, const char *name)
{
	const char *path = reader_join(r, "shipped/", name, ".yaml");
	const struct policy_shipped *shipped;
	struct policy_shipped *copy;
	const struct kept *kept;
	size_t i;

	if (!path)
		return NULL;
	if (r->files && r->files->sealed) {
		kept = find_text(r->files, path);
		copy = kept ? reader_alloc(r, 1, sizeof(*copy)) : NULL;
		if (copy)
			*copy = (struct policy_shipped){name, kept->text, kept->length};
		return copy;
	}
	for (i = 0; (shipped = policy_shipped(i)); i++) {
		if (strcmp(shipped->name, name) != 0)
			continue;
		if (r->files)
			keep(r->files, path, path, shipped->text, shipped->length);
		return shipped;
	}
	return NULL;
}

/* --- As bytes ----------------------------------------------------------------------------------- */

int policy_files_new(struct policy_files **ret_files)
{
	struct policy_files *files = calloc(1, sizeof(*files));

	if (!files)
		return -ENOMEM;
	*ret_files = files;
	return 0;
}

const char *policy_files_first(const struct policy_files *files)
{
	return files->n ? files->kept[0].path : NULL;
}

int policy_files_pack(const struct policy_files *files, char **ret_bytes, size_t *ret_length)
{
	char *bytes = NULL;
	size_t length = 0, i;
	FILE *out = files->oom ? NULL : open_memstream(&bytes, &length);
	int r = 0;

	if (!out)
		return -ENOMEM;
	fprintf(out, MAGIC "%zu\n", files->n);
	for (i = 0; i < files->n; i++) {
		const struct kept *kept = &files->kept[i];

		fprintf(out, "%zu %zu %lld\n%s%s", strlen(kept->path), strlen(kept->identity),
			kept->text ? (long long)kept->length : -1LL, kept->path, kept->identity);
		if (kept->text)
			fwrite(kept->text, 1, kept->length, out);
	}
	if (ferror(out))
		r = -ENOMEM;
	if (fclose(out) == EOF)
		r = -ENOMEM;
	if (r < 0) {
		free(bytes);
		return r;
	}
	*ret_bytes = bytes;
	*ret_length = length;
	return 0;
}

/* A piece of the bytes as a string of its own. NULL: there is not so much left. */
static char *take(const char **at, const char *end, size_t length)
{
	char *copy;

	if (length > (size_t)(end - *at))
		return NULL;
	copy = malloc(length + 1);
	if (!copy)
		return NULL;
	memcpy(copy, *at, length);
	copy[length] = '\0';
	*at += length;
	return copy;
}

/* A line of numbers, without its end. */
static bool take_line(const char **at, const char *end, char *line, size_t size)
{
	const char *newline = memchr(*at, '\n', (size_t)(end - *at));

	if (!newline || (size_t)(newline - *at) >= size)
		return false;
	memcpy(line, *at, (size_t)(newline - *at));
	line[newline - *at] = '\0';
	*at = newline + 1;
	return true;
}

static int unpack_one(struct policy_files *files, const char **at, const char *end)
{
	uint64_t path, identity, text = 0;
	struct kept kept = {0};
	const char *rest;
	char line[80];
	bool known;

	if (!take_line(at, end, line, sizeof(line)))
		return -EBADMSG;
	rest = line;
	if (!take_number(&rest, 10, &path) || !take_number(&rest, 10, &identity))
		return -EBADMSG;
	known = strcmp(rest, " -1") == 0; /* under another path */
	if (!known && !take_number(&rest, 10, &text))
		return -EBADMSG;
	if (grow_array(&files->kept, &files->size, files->n + 1, sizeof(kept)) < 0)
		return -ENOMEM;
	kept.path = take(at, end, path);
	kept.identity = take(at, end, identity);
	kept.length = text;
	if (!known)
		kept.text = take(at, end, kept.length);
	files->kept[files->n++] = kept;
	return kept.path && kept.identity && (known || kept.text) ? 0 : -EBADMSG;
}

int policy_files_unpack(const void *bytes, size_t length, struct policy_files **ret_files)
{
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	const char *at = bytes, *end = at + length, *rest;
	char line[80];
	uint64_t n, i;
	int r = policy_files_new(&files);

	if (r < 0)
		return r;
	files->sealed = true;
	if (!take_line(&at, end, line, sizeof(line)))
		return -EBADMSG;
	rest = line;
	if (!take_word(&rest, MAGIC) || !take_number(&rest, 10, &n) || n > 4 * POLICY_MAX_INCLUDES)
		return -EBADMSG;
	for (i = 0; i < n && r == 0; i++)
		r = unpack_one(files, &at, end);
	if (r == 0 && (at != end || n == 0))
		r = -EBADMSG;
	if (r == 0)
		*ret_files = STEAL(files);
	return r;
}
