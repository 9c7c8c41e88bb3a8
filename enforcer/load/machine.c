/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy leaves to the machine: users by name, and where a pattern's literal part leads through
 * symbolic links. A set may have 200,000 patterns, so directories are looked at once.
 */
#include <errno.h>
#include <fcntl.h>
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
	char *leads; /* what it should be */
	bool moved;  /* that is another one */
	bool there;
};

struct load_machine {
	struct place **table; /* open addressing */
	size_t n, size;	      /* size: a power of two */
	/* The directory that `fd` is: patterns come by directories. */
	const struct place *open;
	int fd;
};

int load_machine_new(struct load_machine **ret_machine)
{
	struct load_machine *machine = calloc(1, sizeof(*machine));

	if (!machine)
		return -ENOMEM;
	machine->size = 256;
	machine->fd = -1;
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
	close_fd(&machine->fd);
	free(machine->table);
	free(machine);
}

void load_machine_freep(struct load_machine **machine)
{
	load_machine_free(*machine);
}

/* By the file alone: a static program has no name service. */
int load_user(void *context, const char *name, uint32_t *ret_uid)
{
	CLEANUP(close_file) FILE *file = fopen("/etc/passwd", "re");
	struct passwd *entry;

	(void)context;
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

/* Is this no answer about the file, but for want of means? Then a link might be missed, and with it what
 * the pattern is to govern. */
static bool is_trouble(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO;
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
		errno = 0;
		if (readlink(path, target, sizeof(target)) >= 0)
			real = realpath(path, NULL); /* NULL: it leads nowhere, and stays */
		if (!real && is_trouble(errno))
			return -errno;
		*ret_there = real || errno == EINVAL;
	}
	*ret_leads = real ? as_pattern(real) : STEAL(path);
	return *ret_leads ? 0 : -ENOMEM;
}

/* A place that is not known yet, by the one above it. NULL: it is the root. */
static int add_place(struct load_machine *machine, const struct place *above, const char *path,
		     size_t length, struct place **ret_place)
{
	struct place *place = calloc(1, sizeof(*place));
	int r = place ? grow(machine) : -ENOMEM;

	if (r == 0) {
		place->path = strndup(path, length);
		r = place->path ? 0 : -ENOMEM;
	}
	if (r == 0 && above) {
		r = step(above, strrchr(place->path, '/') + 1, &place->leads, &place->there);
		place->moved = r == 0 && place->leads && strcmp(place->leads, place->path) != 0;
	} else if (r == 0) {
		place->leads = strdup("/");
		place->there = true;
		r = place->leads ? 0 : -ENOMEM;
	}
	if (r < 0) {
		place_free(place);
		return r;
	}
	*slot_of(machine->table, machine->size, path, length) = place;
	machine->n++;
	*ret_place = place;
	return 0;
}

/* The place of a literal directory ("" is the root), made where it is new. Not recursive: patterns may
 * be deep. */
static int place_of(struct load_machine *machine, const char *path, size_t length,
		    struct place **ret_place)
{
	struct place *place = *slot_of(machine->table, machine->size, path, length), *above = NULL;
	size_t end = 0;
	int r = 0;

	while (!place) {
		place = *slot_of(machine->table, machine->size, path, end);
		if (!place)
			r = add_place(machine, above, path, end, &place);
		if (r < 0)
			return r;
		if (end == length)
			break;
		above = place;
		place = NULL;
		end++;
		while (end < length && path[end] != '/')
			end++;
	}
	*ret_place = place;
	return 0;
}

/* Is there certainly no link of this name, in a directory that is where it says? Most often so. 1, 0,
 * -errno. */
static int is_no_link(struct load_machine *machine, const struct place *directory, const char *name)
{
	char target[2];

	if (directory->moved)
		return 0;
	if (!directory->there)
		return 1;
	if (machine->open != directory) {
		close_fd(&machine->fd);
		machine->open = NULL;
		machine->fd = open(*directory->path ? directory->path : "/",
				   O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (machine->fd < 0 && is_trouble(errno))
			return -errno;
		machine->open = directory;
	}
	if (machine->fd < 0)
		return 1;
	if (readlinkat(machine->fd, name, target, sizeof(target)) >= 0)
		return 0;
	return is_trouble(errno) ? -errno : 1;
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

/* What a pattern's literal part leads to, malloc'ed; NULL: to itself. */
static int leads_to(struct load_machine *machine, const char *pattern, size_t literal,
		    char **ret_leads)
{
	CLEANUP(free_ptr) char *name = NULL;
	size_t directory = literal;
	struct place *place;
	bool there;
	int r;

	*ret_leads = NULL;
	/* The last component of a literal pattern is most often a file: not kept. */
	if (!pattern[literal])
		while (directory > 0 && pattern[directory] != '/')
			directory--;
	r = place_of(machine, pattern, directory, &place);
	if (r < 0)
		return r;
	if (directory == literal) {
		*ret_leads = place->moved && literal ? strdup(place->leads) : NULL;
		return place->moved && literal && !*ret_leads ? -ENOMEM : 0;
	}
	name = strndup(pattern + directory + 1, literal - directory - 1);
	if (!name)
		return -ENOMEM;
	r = *name ? is_no_link(machine, place, name) : 1;
	if (r)
		return r < 0 ? r : 0;
	return step(place, name, ret_leads, &there);
}

int load_resolve(void *context, const char *pattern, char **ret_path)
{
	size_t literal = literal_length(pattern);
	CLEANUP(free_ptr) char *leads = NULL;
	int r;

	*ret_path = NULL;
	/* Links there say who looks. */
	if (strncmp(pattern, "/proc/", 6) == 0)
		return 0;
	r = leads_to(context, pattern, literal, &leads);
	if (r < 0 || !leads)
		return r;
	if (strlen(leads) == literal && strncmp(leads, pattern, literal) == 0)
		return 0;
	if (asprintf(ret_path, "%s%s", strcmp(leads, "/") == 0 ? "" : leads, pattern + literal) <
	    0) {
		*ret_path = NULL;
		return -ENOMEM;
	}
	return 0;
}
