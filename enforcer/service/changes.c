/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a set comes from: the directories' *.yaml, and the files that those include. Directories are
 * looked after, not files, for an editor puts another file in the place of the old.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "room.h"

#define EVENTS (IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR)

struct watched {
	int directory;
	char *name; /* NULL: every policy in it */
};
struct changes {
	int fd;
	struct watched *watched;
	size_t n, size;
};

void changes_free(struct changes *changes)
{
	if (!changes)
		return;
	for (size_t i = 0; i < changes->n; i++)
		free(changes->watched[i].name);
	free(changes->watched);
	close_fd(&changes->fd);
	free(changes);
}

static bool is_meant(const struct watched *watched, int directory, const char *name)
{
	if (watched->directory != directory)
		return false;
	return watched->name ? strcmp(watched->name, name) == 0 : strstr(name, ".yaml") != NULL;
}

static bool matters(const struct changes *changes, int directory, const char *name)
{
	for (size_t i = 0; i < changes->n; i++)
		if (is_meant(&changes->watched[i], directory, name))
			return true;
	return false;
}

/* Takes `name`, which may be NULL. */
static bool add(struct changes *changes, int directory, char *name)
{
	if (directory < 0 || grow_array(&changes->watched, &changes->size, changes->n + 1,
					sizeof(*changes->watched)) < 0) {
		free(name);
		return false;
	}
	changes->watched[changes->n++] = (struct watched){directory, name};
	return true;
}

int changes_new(char *const *directories, struct changes **ret_changes)
{
	struct changes *changes = calloc(1, sizeof(*changes));
	int r;

	if (!changes)
		return -ENOMEM;
	changes->fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (changes->fd < 0) {
		r = -errno;
		free(changes);
		return r;
	}
	for (size_t i = 0; directories[i]; i++)
		(void)add(changes, inotify_add_watch(changes->fd, directories[i], EVENTS), NULL);
	*ret_changes = changes;
	return 0;
}

bool changes_add(struct changes *changes, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	CLEANUP(free_ptr)
	char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	char *copy = strdup(name);
	int wd;

	if (!directory || !copy) {
		free(copy);
		return false;
	}
	wd = inotify_add_watch(changes->fd, directory, EVENTS);
	if (wd >= 0 && !matters(changes, wd, name))
		return add(changes, wd, copy);
	free(copy);
	return false;
}

int changes_fd(const struct changes *changes)
{
	return changes ? changes->fd : -1;
}

bool changes_read(struct changes *changes)
{
	_Alignas(struct inotify_event) char bytes[4096];
	const struct inotify_event *event;
	bool changed = false;
	ssize_t n;

	while (changes && (n = read(changes->fd, bytes, sizeof(bytes))) > 0)
		for (char *p = bytes; p < bytes + n; p += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)p;
			changed |= event->mask & IN_Q_OVERFLOW ||
				   (event->len && matters(changes, event->wd, event->name));
		}
	return changed;
}
