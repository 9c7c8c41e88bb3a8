/* SPDX-License-Identifier: Apache-2.0 */
#include "bailiff/diag.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Ten thousand long messages, and no more, whatever the input. */
#define DIAG_BYTES (32u << 20)

struct diag {
	struct arena *arena;
	struct diag_entry *entries;
	size_t count, capacity;
	size_t errors, warnings, dropped;
	const char **files;
	size_t n_files, files_capacity;
};

int diag_new(struct diag **ret_diag)
{
	struct diag *diag = calloc(1, sizeof(*diag));

	if (!diag)
		return -ENOMEM;
	if (arena_new(DIAG_BYTES, &diag->arena) < 0) {
		free(diag);
		return -ENOMEM;
	}
	*ret_diag = diag;
	return 0;
}

void diag_free(struct diag *diag)
{
	if (!diag)
		return;
	arena_free(diag->arena);
	free(diag->entries);
	free(diag->files);
	free(diag);
}

void diag_freep(struct diag **diag)
{
	diag_free(*diag);
	*diag = NULL;
}

/* The diag's own copy of a file name; files are kept in the order of their first mention. */
static const char *intern(struct diag *diag, const char *file)
{
	char *copy;
	size_t i;

	if (!file)
		return NULL;
	for (i = 0; i < diag->n_files; i++)
		if (strcmp(diag->files[i], file) == 0)
			return diag->files[i];
	copy = arena_strndup(diag->arena, file, strlen(file));
	if (!copy || grow_array(&diag->files, &diag->files_capacity, diag->n_files + 1,
				sizeof(*diag->files)) < 0)
		return NULL;
	diag->files[diag->n_files++] = copy;
	return copy;
}

static void add(struct diag *diag, enum diag_severity severity, const struct diag_pos *pos,
		const char *format, va_list args)
{
	struct diag_entry entry = {.severity = severity};
	char *text = NULL;
	int length;

	if (!diag)
		return;
	if (severity == DIAG_ERROR)
		diag->errors++;
	if (severity == DIAG_WARNING)
		diag->warnings++;
	if (diag->count >= DIAG_MAX ||
	    grow_array(&diag->entries, &diag->capacity, diag->count + 1, sizeof(entry)) < 0) {
		diag->dropped++;
		return;
	}
	length = vasprintf(&text, format, args);
	if (length >= 0)
		entry.text = arena_strndup(diag->arena, text, (size_t)length);
	if (length >= 0)
		free(text);
	if (!entry.text) {
		diag->dropped++;
		return;
	}
	if (pos) {
		entry.pos = *pos;
		entry.pos.file = intern(diag, pos->file);
	}
	diag->entries[diag->count++] = entry;
}

#define FORWARD(severity)                                                                          \
	do {                                                                                       \
		va_list args;                                                                      \
		va_start(args, format);                                                            \
		add(diag, severity, pos, format, args);                                            \
		va_end(args);                                                                      \
	} while (0)

void diag_error(struct diag *diag, const struct diag_pos *pos, const char *format, ...)
{
	FORWARD(DIAG_ERROR);
}

void diag_warning(struct diag *diag, const struct diag_pos *pos, const char *format, ...)
{
	FORWARD(DIAG_WARNING);
}

void diag_note(struct diag *diag, const struct diag_pos *pos, const char *format, ...)
{
	FORWARD(DIAG_NOTE);
}

void diag_system(struct diag *diag, int error, const char *operation, const char *object,
		 const char *hint)
{
	diag_error(diag, NULL, "%s %s: %s%s%s", operation, object,
		   strerror(error < 0 ? -error : error), hint ? "; " : "", hint ? hint : "");
}

size_t diag_errors(const struct diag *diag)
{
	return diag->errors;
}

size_t diag_warnings(const struct diag *diag)
{
	return diag->warnings;
}

size_t diag_count(const struct diag *diag)
{
	return diag->count;
}

const struct diag_entry *diag_at(const struct diag *diag, size_t i)
{
	return i < diag->count ? &diag->entries[i] : NULL;
}

struct order {
	size_t file, index;
	const struct diag_entry *entry;
};

static int compare(const void *left, const void *right)
{
	const struct order *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->entry->pos.line != b->entry->pos.line)
		return a->entry->pos.line < b->entry->pos.line ? -1 : 1;
	if (a->entry->pos.column != b->entry->pos.column)
		return a->entry->pos.column < b->entry->pos.column ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static void print_safe(const char *text, FILE *out)
{
	size_t length = strlen(text), size = 4 * length + 1;
	CLEANUP(free_ptr) char *safe = malloc(size);

	if (safe) {
		escape_text(text, length, safe, size);
		fputs(safe, out);
	}
}

static void print_entry(const struct diag_entry *entry, FILE *out)
{
	static const char *const words[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning", [DIAG_NOTE] = "note"};

	if (entry->pos.file) {
		print_safe(entry->pos.file, out);
		if (entry->pos.line)
			fprintf(out, ":%u", entry->pos.line);
		if (entry->pos.line && entry->pos.column)
			fprintf(out, ":%u", entry->pos.column);
		fputs(": ", out);
	} else {
		fputs("bailiff: ", out);
	}
	fprintf(out, "%s: ", words[entry->severity]);
	print_safe(entry->text, out);
	fputc('\n', out);
}

void diag_print(const struct diag *diag, FILE *out)
{
	CLEANUP(free_ptr) struct order *order = calloc(diag->count + 1, sizeof(*order));
	size_t i, j;

	for (i = 0; order && i < diag->count; i++) {
		order[i] = (struct order){diag->n_files, i, &diag->entries[i]};
		for (j = 0; j < diag->n_files; j++)
			if (diag->files[j] == diag->entries[i].pos.file)
				order[i].file = j;
	}
	if (order)
		qsort(order, diag->count, sizeof(*order), compare);
	for (i = 0; i < diag->count; i++)
		print_entry(order ? order[i].entry : &diag->entries[i], out);
	if (diag->dropped)
		fprintf(out, "bailiff: error: %zu more messages are not shown\n", diag->dropped);
}
