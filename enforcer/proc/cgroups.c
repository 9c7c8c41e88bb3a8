/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths of cgroups by their ids, which are file handles of the hierarchy. An id is never used again,
 * and a cgroup of version 2 is never renamed, so what was found stays true; a cgroup that is gone
 * keeps its path here for as long as it is remembered.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bailiff/proc.h"

#define SLOTS	       1024u
#define KERNFS_HANDLE  0xfe /* FILEID_KERNFS: the id alone */
#define KERNFS_ID_SIZE sizeof(uint64_t)

struct known {
	uint64_t id;
	char *path; /* NULL: it was gone already */
};

struct proc_cgroups {
	int mount;     /* -1: there is no hierarchy of version 2 */
	size_t prefix; /* length of the mount point's path, 0 for "/" */
	struct known slots[SLOTS];
};

static size_t path_of(int fd, char *path, size_t size)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, size - 1);
	if (n <= 0 || path[0] != '/')
		return 0;
	path[n] = '\0';
	return (size_t)n;
}

static int open_hierarchy(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && (fstatfs(fd, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC))
		close_fd(&fd);
	return fd;
}

int proc_cgroups_new(struct proc_cgroups **ret_cgroups)
{
	struct proc_cgroups *cgroups = calloc(1, sizeof(*cgroups));
	char path[PATH_MAX];

	if (!cgroups)
		return -ENOMEM;
	cgroups->mount = open_hierarchy("/sys/fs/cgroup");
	if (cgroups->mount < 0)
		cgroups->mount = open_hierarchy("/sys/fs/cgroup/unified");
	if (cgroups->mount >= 0)
		cgroups->prefix = path_of(cgroups->mount, path, sizeof(path));
	if (cgroups->prefix == 1)
		cgroups->prefix = 0;
	*ret_cgroups = cgroups;
	return 0;
}

void proc_cgroups_free(struct proc_cgroups *cgroups)
{
	if (!cgroups)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(cgroups->slots[i].path);
	close_fd(&cgroups->mount);
	free(cgroups);
}

static char *look_up(const struct proc_cgroups *cgroups, uint64_t id)
{
	CLEANUP(free_ptr) struct file_handle *handle = malloc(sizeof(*handle) + KERNFS_ID_SIZE);
	CLEANUP(close_fd) int fd = -1;
	char path[PATH_MAX];
	size_t length;

	if (!handle || cgroups->mount < 0)
		return NULL;
	handle->handle_bytes = KERNFS_ID_SIZE;
	handle->handle_type = KERNFS_HANDLE;
	memcpy(handle->f_handle, &id, sizeof(id));
	fd = open_by_handle_at(cgroups->mount, handle, O_PATH | O_CLOEXEC);
	length = fd < 0 ? 0 : path_of(fd, path, sizeof(path));
	if (length < cgroups->prefix || !length)
		return NULL;
	return strdup(length == cgroups->prefix ? "/" : path + cgroups->prefix);
}

const char *proc_cgroup(struct proc_cgroups *cgroups, uint64_t id)
{
	struct known *slot = &cgroups->slots[(id ^ id >> 32) % SLOTS];

	if (!id)
		return NULL;
	if (slot->id == id)
		return slot->path;
	free(slot->path);
	slot->path = look_up(cgroups, id);
	slot->id = id;
	return slot->path;
}
