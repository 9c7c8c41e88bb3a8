/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy leaves to the machine: users by name, and where a pattern's literal part leads through
 * symbolic links. A set may have 200,000 patterns, so directories are looked at once.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "bailiff/load.h"

/* A directory's name as patterns have it. */
struct place {
	char *path;
	char *leads; /* what it should be; the same where no link is on the way */
	bool there;
};

struct load_machine {
	struct place **table; /* open addressing */
	size_t n, size;	      /* size: a power of two */
};

int load_machine_new(struct load_machine **ret_machine)
{
	struct load_machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return -ENOMEM;
	machine->size = 256;
	machine->table = calloc(machine->size, sizeof(*machine->table));
	if (!machine->table) {
		free(machine);
		return -ENOMEM;
	}
	*ret_machine = machine;
	return 0;
}

static void place_free(struct place *place)
{
	if (!place)
		return;
	free(place->path);
	free(place->leads);
	free(place);
}

void load_machine_free(struct load_machine *machine)
{
	size_t i;

	if (!machine)
		return;
	for (i = 0; i < machine->size; i++)
		place_free(machine->table[i]);
	free(machine->table);
	free(machine);
}

void load_machine_freep(struct load_machine **machine)
{
	load_machine_free(*machine);
}

/* By the file alone: a static program has no name service. */
int load_user(void *machine, const char *name, uint32_t *ret_uid)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;

	(void)machine;
	while (file && (entry = fgetpwent(file))) {
		if (strcmp(entry->pw_name, name) != 0)
			continue;
		*ret_uid = entry->pw_uid;
		return 0;
	}
	return -ENOENT;
}

/* --- Directories ---------------------------------------------------------------------------------- */

static struct place **slot_of(struct place **table, size_t size, const char *path, size_t length)
{
	uint64_t hash = 0xcbf29ce484222325u;
	size_t i;

	for (i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3u;
	for (i = (size_t)(hash ^ hash >> 32) & (size - 1); table[i]; i = (i + 1) & (size - 1))
		if (strncmp(table[i]->path, path, length) == 0 && !table[i]->path[length])
			break;
	return &table[i];
}

static int grow(struct load_machine *machine)
{
	size_t size = machine->size * 2, i;
	struct place **table;

	if (machine->n * 2 < machine->size)
		return 0;
	table = calloc(size, sizeof(*table));
	if (!table)
		return -ENOMEM;
	for (i = 0; i < machine->size; i++)
		if (machine->table[i])
			*slot_of(table, size, machine->table[i]->path,
				 strlen(machine->table[i]->path)) = machine->table[i];
	free(machine->table);
	machine->table = table;
	machine->size = size;
	return 0;
}

/* A real path as a pattern: what would be a wildcard stands in brackets. malloc'ed. */
static char *as_pattern(const char *real)
{
	char *pattern = malloc(3 * strlen(real) + 1), *out = pattern;

	for (; pattern && *real; real++) {
		if (*real == '*' || *real == '?' || *real == '[') {
			*out++ = '[';
			*out++ = *real;
			*out++ = ']';
		} else {
			*out++ = *real;
		}
	}
	if (pattern)
		*out = '\0';
	return pattern;
}

/* One component more: `name` in a directory that leads somewhere. *ret_there: it exists. */
static int step(const struct place *above, const char *name, char **ret_leads, bool *ret_there)
{
	CLEANUP(free_ptr) char *path = NULL, *real = NULL;
	char target[2];
	const char *base = strcmp(above->leads, "/") == 0 ? "" : above->leads;

	if (asprintf(&path, "%s/%s", base, name) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	*ret_there = false;
	/* In what is not there nothing is; a name in brackets can't be looked up as it stands. */
	if (above->there && !strpbrk(path, "*?[")) {
		if (readlink(path, target, sizeof(target)) >= 0)
			real = realpath(path, NULL); /* NULL: it leads nowhere, and stays */
		*ret_there = real || errno == EINVAL;
	}
	*ret_leads = real ? as_pattern(real) : STEAL(path);
	return *ret_leads ? 0 : -ENOMEM;
}

/* The place of a literal directory, made where it is new. Not recursive: patterns may be deep. */
static int place_of(struct load_machine *machine, const char *path, size_t length,
		    struct place **ret_place)
{
	struct place *place = NULL, *above = NULL, **slot;
	size_t end = 0, start;
	int r = 0;

	for (;;) {
		r = grow(machine);
		if (r < 0)
			return r;
		slot = slot_of(machine->table, machine->size, path, end);
		if (!*slot) {
			place = calloc(1, sizeof(*place));
			if (place)
				place->path = strndup(path, end);
			if (!place || !place->path) {
				place_free(place);
				return -ENOMEM;
			}
			if (end == 0) {
				place->leads = strdup("/");
				place->there = true;
			} else {
				start = (size_t)((char *)memrchr(path, '/', end) - path) + 1;
				r = step(above, place->path + start, &place->leads, &place->there);
			}
			if (r < 0 || !place->leads) {
				place_free(place);
				return -ENOMEM;
			}
			*slot = place;
			machine->n++;
		}
		above = *slot;
		if (end >= length)
			break;
		end++;
		while (end < length && path[end] != '/')
			end++;
	}
	*ret_place = above;
	return 0;
}

/* Where the literal components of a pattern end: at a slash, or at its own end. */
static size_t literal_length(const char *pattern)
{
	size_t wild = strcspn(pattern, "*?[");

	if (!pattern[wild])
		return wild;
	while (wild > 0 && pattern[wild] != '/')
		wild--;
	return wild;
}

int load_resolve(void *machine, const char *pattern, char **ret_path)
{
	size_t literal = literal_length(pattern), directory = literal;
	CLEANUP(free_ptr) char *leads = NULL, *name = NULL;
	struct place *place;
	bool there;
	int r;

	*ret_path = NULL;
	/* Links there say who looks. */
	if (strncmp(pattern, "/proc/", 6) == 0)
		return 0;
	/* The last component of a literal pattern is most often a file: not kept. */
	if (!pattern[literal])
		while (directory > 0 && pattern[directory] != '/')
			directory--;
	r = place_of(machine, pattern, directory, &place);
	if (r < 0)
		return r;
	if (directory == literal) {
		leads = strdup(place->leads);
	} else {
		name = strndup(pattern + directory + 1, literal - directory - 1);
		r = name && *name ? step(place, name, &leads, &there) : -ENOMEM;
		if (name && !*name) /* "/" alone */
			return 0;
	}
	if (r < 0 || !leads)
		return -ENOMEM;
	if (strncmp(leads, pattern, literal) == 0 && strlen(leads) == literal)
		return 0;
	if (literal == 0 && strcmp(leads, "/") == 0)
		return 0;
	if (asprintf(ret_path, "%s%s", strcmp(leads, "/") == 0 ? "" : leads, pattern + literal) <
	    0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	return 0;
}
