/* SPDX-License-Identifier: Apache-2.0 */
/* What is pinned below a directory of bpffs, and what a crash may have left there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bailiff/base.h"
#include "room.h"

/* Names of bpffs have no dots. */
static const char *const pin_names[LSM_MAPS] = {
	[MAP_CONTROL] = "map_control", [MAP_COUNTERS] = "map_counters", [MAP_HEADS] = "map_heads",
	[MAP_IMAGES] = "map_images",   [MAP_COUNTS] = "map_counts",	[MAP_LABELS] = "map_labels",
	[MAP_RING] = "map_ring",       [MAP_META] = "map_meta",
};

#define LINK_PREFIX "link_"

static void path_of(char *out, const char *pins, const char *directory, const char *name)
{
	snprintf(out, PIN_PATH, "%s/%s%s%s", pins, directory, *name ? "/" : "", name);
}

static int fail(struct diag *diag, const char *operation, const char *path)
{
	int error = errno;

	diag_system(diag, error, operation, path, NULL);
	return -error;
}

int pins_prepare(const char *pins, struct diag *diag)
{
	char parent[PIN_PATH], *slash;
	struct statfs fs;
	struct stat st;

	snprintf(parent, sizeof(parent), "%s", pins);
	slash = strrchr(parent, '/');
	if (slash && slash != parent)
		*slash = '\0';
	if (statfs(parent, &fs) < 0 || fs.f_type != BPF_FS_MAGIC) {
		diag_error(diag, NULL,
			   "%s is no bpf file system, which enforcement has to be pinned to; mount "
			   "it: mount -t bpf bpf /sys/fs/bpf",
			   parent);
		return -ENOSYS;
	}
	if (mkdir(pins, 0700) < 0 && errno != EEXIST)
		return fail(diag, "make the directory", pins);
	if (lstat(pins, &st) < 0)
		return fail(diag, "look at", pins);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
		diag_error(diag, NULL, "%s is not a directory of this user's; take it away", pins);
		return -EPERM;
	}
	if (chmod(pins, 0700) < 0)
		return fail(diag, "keep others out of", pins);
	return 0;
}

bool pins_are_there(const char *pins)
{
	char path[PIN_PATH];

	path_of(path, pins, "now", pin_names[MAP_META]);
	return access(path, F_OK) == 0;
}

/* --- Opening ------------------------------------------------------------------------------------ */

/* For reading too: a map can't be mapped through a descriptor that only reads. */
static int get(const char *path)
{
	int fd = bpf_obj_get(path);

	return fd < 0 ? -errno : fd;
}

/* Of another version it may be larger, or smaller: what is not there is 0. */
static int read_meta(int fd, struct lsm_meta *ret_meta)
{
	CLEANUP(free_ptr) char *value = NULL;
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info), zero = 0;

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	value = malloc(info.value_size);
	if (!value)
		return -ENOMEM;
	if (bpf_map_lookup_elem(fd, &zero, value) < 0)
		return -errno;
	memset(ret_meta, 0, sizeof(*ret_meta));
	memcpy(ret_meta, value,
	       info.value_size < sizeof(*ret_meta) ? info.value_size : sizeof(*ret_meta));
	if (ret_meta->n_policies > BL_PLACES)
		ret_meta->n_policies = 0;
	return 0;
}

static int get_meta(struct lsm *lsm, const char *directory, struct diag *diag)
{
	char path[PIN_PATH];
	int fd, r;

	path_of(path, lsm->pins, directory, pin_names[MAP_META]);
	fd = get(path);
	if (fd == -ENOENT) {
		path_of(path, lsm->pins, directory, "");
		return access(path, F_OK) < 0 ? -ENOENT : -ENOTRECOVERABLE;
	}
	if (fd < 0) {
		diag_system(diag, -fd, "open", path, fd == -EACCES ? "only root may" : NULL);
		return fd;
	}
	lsm->map[MAP_META] = fd;
	r = read_meta(fd, &lsm->meta);
	if (r < 0) {
		diag_system(diag, -r, "read", path, NULL);
		return r;
	}
	if (lsm->meta.magic != META_MAGIC) {
		diag_error(diag, NULL, "%s was not made by bailiff; take it away", path);
		return -EINVAL;
	}
	return lsm->meta.abi == BL_ABI ? 0 : -ESTALE;
}

/* Never read-only: the kernel maps no memory of what is opened so, not even to be read. */
static int get_maps(struct lsm *lsm, const char *directory, struct diag *diag)
{
	char path[PIN_PATH];
	int i;

	for (i = 0; i < MAP_META; i++) {
		path_of(path, lsm->pins, directory, pin_names[i]);
		lsm->map[i] = get(path);
		if (lsm->map[i] == -ENOENT)
			return -ENOTRECOVERABLE;
		if (lsm->map[i] < 0) {
			diag_system(diag, -lsm->map[i], "open", path, NULL);
			return lsm->map[i];
		}
	}
	return 0;
}

static int get_links(struct lsm *lsm, const char *directory)
{
	const size_t prefix = strlen(LINK_PREFIX);
	char path[PIN_PATH];
	struct dirent *entry;
	DIR *dir;
	int fd;

	path_of(path, lsm->pins, directory, "");
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)) && lsm->n_links < LSM_MAX_LINKS) {
		if (strncmp(entry->d_name, LINK_PREFIX, prefix) != 0)
			continue;
		path_of(path, lsm->pins, directory, entry->d_name);
		fd = get(path);
		if (fd < 0)
			continue;
		snprintf(lsm->links[lsm->n_links].program, sizeof(lsm->links[0].program), "%.31s",
			 entry->d_name + prefix);
		lsm->links[lsm->n_links++].fd = fd;
	}
	closedir(dir);
	return 0;
}

int pins_open(struct lsm *lsm, const char *directory, bool write, struct diag *diag)
{
	int r = get_meta(lsm, directory, diag);
	int stale = r;

	if (r < 0 && r != -ESTALE)
		return r;
	r = get_maps(lsm, directory, diag);
	if (r < 0)
		return r;
	r = get_links(lsm, directory);
	if (r == 0)
		r = lsm_map_control(lsm, write);
	if (r < 0) {
		diag_system(diag, -r, "open", lsm->pins, NULL);
		return r;
	}
	lsm->pinned = true;
	if (stale == 0 && lsm->n_links < lsm->meta.n_links)
		diag_warning(
			diag, NULL,
			"somebody has taken away %zu of the %u programs that enforce; `bailiff "
			"load` puts them back",
			lsm->meta.n_links - lsm->n_links, lsm->meta.n_links);
	if (!probe_hooks_are_called())
		diag_warning(diag, NULL,
			     "kernel.ftrace_enabled is 0: the kernel calls no program, and nothing "
			     "is enforced; sysctl kernel.ftrace_enabled=1");
	return stale;
}

int pins_generation(const char *pins, const char *directory, uint32_t *ret_generation)
{
	char path[PIN_PATH];
	uint32_t *control;
	int fd;

	path_of(path, pins, directory, pin_names[MAP_CONTROL]);
	fd = get(path);
	if (fd < 0)
		return fd;
	/* The generation is the first word of every version's. */
	control = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (control == MAP_FAILED)
		return -errno;
	*ret_generation = __atomic_load_n(control, __ATOMIC_ACQUIRE);
	munmap(control, 4096);
	return 0;
}

uint64_t lsm_identity(const char *pins)
{
	char path[PIN_PATH];
	struct stat st;

	path_of(path, pins ? pins : LSM_PINS, "now", pin_names[MAP_CONTROL]);
	return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_ino;
}

/* --- Writing ------------------------------------------------------------------------------------ */

static int pin(int fd, const char *path, struct diag *diag)
{
	return bpf_obj_pin(fd, path) < 0 ? fail(diag, "pin", path) : 0;
}

int pins_write(struct lsm *lsm, struct diag *diag)
{
	char path[PIN_PATH], name[64];
	uint32_t zero = 0;
	size_t i;
	int r = 0;

	lsm->meta.n_links = (uint32_t)lsm->n_links;
	if (bpf_map_update_elem(lsm->map[MAP_META], &zero, &lsm->meta, 0) < 0)
		return fail(diag, "write", "the description of what is loaded");
	path_of(path, lsm->pins, "new", "");
	if (mkdir(path, 0700) < 0)
		return fail(diag, "make the directory", path);
	for (i = 0; i < LSM_MAPS && r == 0; i++) {
		path_of(path, lsm->pins, "new", pin_names[i]);
		r = pin(lsm->map[i], path, diag);
	}
	for (i = 0; i < lsm->n_links && r == 0; i++) {
		snprintf(name, sizeof(name), LINK_PREFIX "%s", lsm->links[i].program);
		path_of(path, lsm->pins, "new", name);
		r = pin(lsm->links[i].fd, path, diag);
	}
	return r;
}

int pins_commit(struct lsm *lsm, struct diag *diag)
{
	char fresh[PIN_PATH], now[PIN_PATH];
	unsigned flags = 0;

	path_of(fresh, lsm->pins, "new", "");
	path_of(now, lsm->pins, "now", "");
	if (access(now, F_OK) == 0)
		flags = RENAME_EXCHANGE;
	if (renameat2(AT_FDCWD, fresh, AT_FDCWD, now, flags) < 0)
		return fail(diag, "rename the directory", fresh);
	lsm->pinned = true;
	return 0;
}

/* All pins of a directory, and it. Where one can't go, the others do, and the first failure is told. */
int pins_remove(const char *pins, const char *directory, struct diag *diag)
{
	char path[PIN_PATH];
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	path_of(path, pins, directory, "");
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : fail(diag, "open the directory", path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		path_of(path, pins, directory, entry->d_name);
		if (unlink(path) < 0 && errno != ENOENT && r == 0)
			r = fail(diag, "remove", path);
	}
	closedir(dir);
	path_of(path, pins, directory, "");
	if (r == 0 && rmdir(path) < 0)
		r = fail(diag, "remove", path);
	return r;
}

int pins_drop(const char *pins, struct diag *diag)
{
	char now[PIN_PATH], fresh[PIN_PATH];
	int r;

	path_of(now, pins, "now", "");
	path_of(fresh, pins, "new", "");
	/* Not there: it became new/ before, and then something failed. */
	if (rename(now, fresh) < 0 && errno != ENOENT)
		return fail(diag, "rename the directory", now);
	r = pins_remove(pins, "new", diag);
	if (r == 0 && rmdir(pins) < 0 && errno != ENOTEMPTY && errno != ENOENT)
		r = fail(diag, "remove", pins);
	return r;
}

/*
 * Whoever held the lock before may have died at any point:
 *   new/ is not whole, or inert          it never came into force: removed
 *   new/ enforces, now/ is inert         between the two stores of a replacement: the other way round
 *   both enforce                         the same, one store earlier or later: now/ is right
 *   now/ alone, generation 0             a first load that was not published: removed
 */
int pins_recover(const char *pins, struct diag *diag)
{
	char now[PIN_PATH], fresh[PIN_PATH];
	uint32_t now_at = 0, new_at = 0;
	int has_now = pins_generation(pins, "now", &now_at);
	int has_new = pins_generation(pins, "new", &new_at);
	int r;

	if (has_new == 0 && new_at && has_now == 0 && !now_at) {
		path_of(now, pins, "now", "");
		path_of(fresh, pins, "new", "");
		if (renameat2(AT_FDCWD, now, AT_FDCWD, fresh, RENAME_EXCHANGE) < 0)
			return fail(diag, "rename the directory", fresh);
		now_at = new_at;
	}
	r = pins_remove(pins, "new", diag);
	if (r == 0 && has_now == 0 && !now_at)
		r = pins_drop(pins, diag);
	return r;
}
