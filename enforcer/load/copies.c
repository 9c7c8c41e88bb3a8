/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of the policies that are loaded: LSM_RUN/loaded/GENERATION/NAME. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "room.h"

#define HEAD_WHOLE   "bailiff-loaded 1 whole\n"
#define HEAD_PARTIAL "bailiff-loaded 1 partial\n"
#define MAX_BYTES    ((size_t)1 << 30)
#define PATH	     128

static int fail(struct diag *diag, const char *operation, const char *path)
{
	int error = errno;

	diag_system(diag, error, operation, path, NULL);
	return -error;
}

static void path_of(char *out, uint32_t generation, const char *name)
{
	snprintf(out, PATH, STORE "/%u%s%.64s", generation, *name ? "/" : "", name);
}

static void remove_generation(const char *generation)
{
	char path[PATH + 256];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), STORE "/%s", generation);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), STORE "/%.32s/%.64s", generation, entry->d_name);
		(void)unlink(path);
	}
	if (dir)
		closedir(dir);
	snprintf(path, sizeof(path), STORE "/%s", generation);
	(void)rmdir(path);
}

void copies_forget(uint32_t keep, uint32_t keep_too)
{
	DIR *dir = opendir(STORE);
	struct dirent *entry;
	unsigned long number;
	char *end;

	while (dir && (entry = readdir(dir))) {
		number = strtoul(entry->d_name, &end, 10);
		if (entry->d_name[0] == '.' ||
		    (!*end && number && (number == keep || number == keep_too)))
			continue;
		remove_generation(entry->d_name);
	}
	if (dir)
		closedir(dir);
	if (!keep && !keep_too)
		(void)rmdir(STORE);
}

/* --- Writing -------------------------------------------------------------------------------------- */

static int write_one(const char *path, const struct member *member, struct diag *diag)
{
	const char *head = member->partial ? HEAD_PARTIAL : HEAD_WHOLE;
	CLEANUP(free_ptr) char *bytes = NULL;
	CLEANUP(close_fd) int fd = -1;
	size_t length = 0;
	int r = policy_files_pack(member->files, &bytes, &length);

	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(diag, "create", path);
	r = write_all(fd, head, strlen(head));
	if (r == 0)
		r = write_all(fd, bytes, length);
	if (r < 0)
		diag_system(diag, -r, "write", path, r == -ENOSPC ? "is /run full?" : NULL);
	return r;
}

static int make_directories(uint32_t generation, struct diag *diag)
{
	char path[PATH], number[16];

	if (mkdir(STORE, 0700) < 0 && errno != EEXIST)
		return fail(diag, "make the directory", STORE);
	snprintf(number, sizeof(number), "%u", generation);
	remove_generation(number); /* of a load that was cut short */
	path_of(path, generation, "");
	if (mkdir(path, 0700) < 0)
		return fail(diag, "make the directory", path);
	return 0;
}

int copies_write(uint32_t generation, uint32_t from, const struct members *members,
		 struct diag *diag)
{
	const struct member *member;
	char path[PATH], old[PATH];
	int r = make_directories(generation, diag);
	size_t i;

	for (i = 0; i < members->n && r == 0; i++) {
		member = &members->member[i];
		path_of(path, generation, member->policy->name);
		path_of(old, from, member->policy->name);
		if (member->files)
			r = write_one(path, member, diag);
		else if (link(old, path) < 0)
			r = fail(diag, "keep", old);
	}
	return r;
}

/* --- Reading -------------------------------------------------------------------------------------- */

static int unpack(const char *bytes, size_t length, bool *ret_partial,
		  struct policy_files **ret_files)
{
	bool partial = strncmp(bytes, HEAD_PARTIAL, strlen(HEAD_PARTIAL)) == 0;
	size_t head = strlen(partial ? HEAD_PARTIAL : HEAD_WHOLE);

	if (!partial && strncmp(bytes, HEAD_WHOLE, head) != 0)
		return -EBADMSG;
	*ret_partial = partial;
	return policy_files_unpack(bytes + head, length - head, ret_files);
}

static int read_one(const char *path, struct member *member, struct diag *diag)
{
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t length = 0;
	int r = read_file(path, MAX_BYTES, READ_OWNED, &bytes, &length);

	if (r < 0) {
		diag_system(diag, -r, "read", path, NULL);
		return r;
	}
	r = unpack(bytes, length, &member->partial, &files);
	if (r < 0) {
		diag_error(
			diag, NULL,
			"%s is not what bailiff kept of a loaded policy; name that policy's file, "
			"or unload it",
			path);
		return r;
	}
	return policy_read_files(policy_files_first(files), diag, files, &member->policy);
}

static bool is_among(const char *name, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int copies_read(uint32_t generation, const char *const *without, size_t n_without,
		struct members *members, struct diag *diag)
{
	char path[PATH + 256];
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	path_of(path, generation, "");
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : fail(diag, "open the directory", path);
	while (r == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || is_among(entry->d_name, without, n_without) ||
		    members_find(members, entry->d_name))
			continue;
		if (members->n == MAX_MEMBERS) {
			diag_error(diag, NULL, "more than %d policies; unload some", MAX_MEMBERS);
			r = -EINVAL;
			break;
		}
		path_of(path, generation, entry->d_name);
		r = read_one(path, &members->member[members->n], diag);
		if (r == 0)
			members->n++;
	}
	closedir(dir);
	return r;
}

/* --- For who tells of it -------------------------------------------------------------------------- */

int load_kept_open(uint32_t generation, const char *name)
{
	char path[PATH];
	int fd;

	path_of(path, generation, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int load_kept_read(int fd, struct policy **ret_policy)
{
	CLEANUP(policy_files_freep) struct policy_files *files = NULL;
	CLEANUP(free_ptr) char *bytes = NULL;
	size_t length = 0;
	bool partial;
	int r = read_open_file(fd, MAX_BYTES, 0, &bytes, &length);

	if (r == 0)
		r = unpack(bytes, length, &partial, &files);
	return r < 0 ? r : policy_read_files(policy_files_first(files), NULL, files, ret_policy);
}
