/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the store lies. SQLite puts files of its own beside it and believes what it finds there, so the
 * directory must be one that only root and we may write to. Nothing here opens the file of a store:
 * closing it would give up the locks that another handle of this process has.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "room.h"

bool store_is_none(const char *path)
{
	const char *named = path ? path : getenv("BAILIFF_STORE");

	return named && strcmp(named, "none") == 0;
}

int store_default(struct diag *diag, char **ret_path)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *named = getenv("BAILIFF_STORE");
	int n;

	if (named && *named && *named != '/') {
		diag_error(diag, NULL,
			   "find the store: BAILIFF_STORE is '%s', and not the whole path of a "
			   "file; set another, or name the store's file",
			   named);
		return -EINVAL;
	}
	if (named && *named)
		n = asprintf(ret_path, "%s", named);
	else if (geteuid() == 0)
		n = asprintf(ret_path, "/var/lib/bailiff/violations.db");
	else if (state && *state == '/')
		n = asprintf(ret_path, "%s/bailiff/violations.db", state);
	else if (home && *home == '/')
		n = asprintf(ret_path, "%s/.local/state/bailiff/violations.db", home);
	else {
		diag_error(
			diag, NULL,
			"find the store: neither XDG_STATE_HOME nor HOME is set; set one, or name "
			"the store's file");
		return -ENOENT;
	}
	return n < 0 ? -ENOMEM : 0;
}

static int tell(struct diag *diag, int error, const char *operation, const char *object,
		const char *hint)
{
	diag_system(diag, error, operation, object, hint);
	return error;
}

/* Makes what is missing of a path of directories. */
static int make_directories(const char *path, struct diag *diag)
{
	CLEANUP(free_ptr) char *copy = strdup(path);
	char *slash;

	if (!copy)
		return -ENOMEM;
	for (slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(copy, 0700) < 0 && errno != EEXIST)
			return tell(diag, -errno, "create the directory", copy,
				    errno == EACCES ? "name a store in a directory of yours"
						    : NULL);
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static bool is_trusted(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int judge_directory(const char *path, struct diag *diag)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return tell(diag, -errno, "look at the store's directory", path, NULL);
	if (is_trusted(&st))
		return 0;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		diag_error(diag, NULL,
			   "open a store in %s: that directory belongs to user %u; run as that "
			   "user, or "
			   "name another directory",
			   path, st.st_uid);
	else
		diag_error(diag, NULL,
			   "open a store in %s: users other than root and you may write there; "
			   "chmod go-w "
			   "it, or name another directory",
			   path);
	return -EPERM;
}

static int create_file(const char *path, struct diag *diag)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 && errno != EEXIST)
		return tell(diag, -errno, "create the store", path,
			    "may this user write to its directory?");
	if (fd >= 0)
		close(fd);
	return 0;
}

static int judge_file(const char *path, struct diag *diag)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return tell(diag, -errno, "look at the store", path,
			    errno == EACCES ? "run as the user whose store this is" : NULL);
	if (!S_ISREG(st.st_mode)) {
		diag_error(diag, NULL,
			   "open the store %s: it is no regular file; name the file itself", path);
		return -EINVAL;
	}
	if (is_trusted(&st))
		return 0;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		diag_error(diag, NULL,
			   "open the store %s: it belongs to user %u; run as that user, for what "
			   "is in "
			   "it is that user's word",
			   path, st.st_uid);
	else
		diag_error(
			diag, NULL,
			"open the store %s: users other than root and you may write to it; chmod "
			"go-w it",
			path);
	return -EPERM;
}

int path_prepare(const char *path, bool write, struct diag *diag, char **ret_path)
{
	CLEANUP(free_ptr) char *directory = NULL;
	CLEANUP(free_ptr) char *real = NULL;
	CLEANUP(free_ptr) char *whole = NULL;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	int r = 0;

	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
		diag_error(diag, NULL, "open the store %s: that is a directory; name a file in it",
			   path);
		return -EISDIR;
	}
	directory = !slash	    ? strdup(".")
		    : slash == path ? strdup("/")
				    : strndup(path, (size_t)(slash - path));
	if (!directory)
		return -ENOMEM;
	if (write)
		r = make_directories(directory, diag);
	if (r < 0)
		return r;
	real = realpath(directory, NULL);
	if (!real)
		return errno == ENOENT
			       ? -ENOENT
			       : tell(diag, -errno, "look for the store in", directory, NULL);
	if (asprintf(&whole, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name) < 0) {
		whole = NULL;
		return -ENOMEM;
	}
	r = judge_directory(real, diag);
	if (r == 0 && access(whole, F_OK) < 0 && errno == ENOENT)
		r = write ? create_file(whole, diag) : -ENOENT;
	if (r == 0)
		r = judge_file(whole, diag);
	if (r == 0)
		*ret_path = STEAL(whole);
	return r;
}
