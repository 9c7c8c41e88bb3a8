/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Landlock ruleset of a program: its grants looked up in the file system as it is now. A place that
 * can't be granted stays denied; what stands in the way of granting is said, and nothing is started.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

#define RULE_PATH_BENEATH 1
#define RULE_NET_PORT	  2

/* As in linux/landlock.h of Linux 7.2; Debian 12's is older. Longer than a kernel knows is well where the
 * rest is zero. */
struct ruleset_attr {
	uint64_t fs, net, scoped;
};
struct path_attr {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));
struct port_attr {
	uint64_t rights, port;
};

/* A directory that was looked at. The kernel grants a directory, not a path: by whatever mount it is
 * reached, and for what is mounted below it there. */
struct seen {
	dev_t device;
	ino_t inode;
	uint64_t here, all; /* granted by itself; with what those above were granted */
	char *path;
};

struct walk {
	struct landlock *landlock;
	const struct policy *policy;
	struct confine_report *report; /* NULL: nobody asks */
	struct diag *diag;
	int ruleset;
	uint64_t handled;
	size_t grants;
	struct seen *seen;
	size_t n_seen, seen_size;
	char path[PATH_MAX];
};

static int grant(struct walk *walk, int fd, uint64_t rights)
{
	struct path_attr attr = {rights, fd};

	if (walk->grants == LANDLOCK_MAX_GRANTS) {
		diag_error(
			walk->diag, &(struct diag_pos){.file = walk->policy->path},
			"the policy takes more than %u grants here (the last at %s): it allows "
			"directories but for something in them, so their entries are granted one "
			"by one; deny whole directories, or load it on the host",
			LANDLOCK_MAX_GRANTS, walk->path);
		return -E2BIG;
	}
	walk->grants++;
	if (syscall(SYS_landlock_add_rule, walk->ruleset, RULE_PATH_BENEATH, &attr, 0) == 0)
		return 0;
	diag_system(walk->diag, errno, "grant", walk->path, NULL);
	return -errno;
}

static int remember(struct walk *walk, const struct stat *st, uint64_t here, uint64_t given)
{
	char *path = strdup(walk->path);

	if (!path ||
	    grow_array(&walk->seen, &walk->seen_size, walk->n_seen + 1, sizeof(*walk->seen)) < 0) {
		free(path);
		diag_system(walk->diag, ENOMEM, "look at", walk->path, NULL);
		return -ENOMEM;
	}
	walk->seen[walk->n_seen++] =
		(struct seen){st->st_dev, st->st_ino, here, here | given, path};
	return 0;
}

static int compare_seen(const void *left, const void *right)
{
	const struct seen *a = left, *b = right;

	return a->device != b->device ? (a->device > b->device) - (a->device < b->device)
				      : (a->inode > b->inode) - (a->inode < b->inode);
}

/* One directory by two paths, and the policy allows all below it by one of them alone. */
static int check_mounts(struct walk *walk)
{
	const struct seen *a, *b, *end = walk->seen + walk->n_seen;

	if (walk->n_seen)
		qsort(walk->seen, walk->n_seen, sizeof(*walk->seen), compare_seen);
	for (a = walk->seen; a < end; a++)
		for (b = a; b > walk->seen && compare_seen(b - 1, a) == 0;) {
			bool first = a->here & ~(--b)->all;

			if (!first && !(b->here & ~a->all))
				continue;
			diag_error(
				walk->diag, &(struct diag_pos){.file = walk->policy->path},
				"%s and %s are one directory, mounted twice, and Landlock would "
				"grant it by both paths what the policy allows by the first alone; "
				"allow less of the first, or load the policy on the host",
				first ? a->path : b->path, first ? b->path : a->path);
			return -EINVAL;
		}
	return 0;
}

static bool is_file(void *context, const char *path)
{
	struct stat st;

	(void)context;
	return lstat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

/* Absent, or nothing that the program could reach either. */
static bool is_out_of_reach(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP ||
	       error == ENAMETOOLONG || error == ESTALE || error == ENODEV || error == ENXIO;
}

static int visit(struct walk *walk, const struct landlock_place *place, int fd, uint64_t given);

/* An entry of the directory `fd`, whose path is walk->path. */
static int enter(struct walk *walk, const struct landlock_place *above, int fd, const char *name,
		 uint64_t given)
{
	const struct landlock_place *place = landlock_step(walk->landlock, above, name);
	size_t length = strlen(walk->path), more = strlen(name) + 1;
	CLEANUP(close_fd) int entry = -1;
	int r;

	if (!place) {
		diag_system(walk->diag, ENOMEM, "look at", walk->path,
			    "too many of its entries match wildcards of the policy; use fewer of "
			    "these, or load it on the host");
		return -ENOMEM;
	}
	if (!(landlock_some(place) & walk->handled & ~given) || length + more >= PATH_MAX)
		return 0;
	/* A link leads to a place with a name of its own. */
	entry = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (entry < 0 && is_out_of_reach(errno))
		return 0;
	if (length == 1)
		length = 0; /* the root */
	walk->path[length] = '/';
	memcpy(walk->path + length + 1, name, more);
	if (entry < 0) {
		r = -errno;
		diag_system(walk->diag, r, "open", walk->path, NULL);
	} else {
		r = visit(walk, place, entry, given);
	}
	walk->path[length ? length : 1] = '\0';
	return r;
}

/* The entries that the policy has names for. */
static int enter_named(struct walk *walk, const struct landlock_place *place, int fd,
		       uint64_t given)
{
	const char *name;
	int r = 0;

	for (size_t i = 0; r == 0 && (name = landlock_named(place, i)); i++)
		r = enter(walk, place, fd, name, given);
	return r;
}

static int list(struct walk *walk, const struct landlock_place *place, int fd, uint64_t given)
{
	int entries = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	const struct dirent *entry;
	DIR *dir;

	/* Who may not list it may still reach what is in it, by its name. */
	if (entries < 0 && errno == EACCES) {
		if (walk->report)
			walk->report->unlisted(walk->report->context, walk->path);
		return enter_named(walk, place, fd, given);
	}
	if (entries < 0 && is_out_of_reach(errno))
		return 0;
	dir = entries < 0 ? NULL : fdopendir(entries);
	if (!dir) {
		r = -errno;
		close_fd(&entries);
		diag_system(walk->diag, r, "list", walk->path, NULL);
		return r;
	}
	if (walk->report)
		walk->report->listed(walk->report->context, walk->path);
	errno = 0;
	while (r == 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			r = enter(walk, place, fd, entry->d_name, given);
		errno = 0;
	}
	if (r == 0 && errno && !is_out_of_reach(errno)) {
		r = -errno;
		diag_system(walk->diag, r, "list", walk->path, NULL);
	}
	closedir(dir);
	return r;
}

static int visit_below(struct walk *walk, const struct landlock_place *place, int fd,
		       uint64_t given)
{
	uint64_t wanted = landlock_some(place) & walk->handled & ~given;

	if (!wanted)
		return 0;
	return landlock_listed(place) & wanted ? list(walk, place, fd, given)
					       : enter_named(walk, place, fd, given);
}

static int visit(struct walk *walk, const struct landlock_place *place, int fd, uint64_t given)
{
	uint64_t rights;
	uint32_t alone;
	struct stat st;
	bool directory;
	int r = 0;

	if (fstat(fd, &st) < 0) {
		r = is_out_of_reach(errno) ? 0 : -errno;
		if (r < 0)
			diag_system(walk->diag, r, "look at", walk->path, NULL);
		return r;
	}
	if (S_ISLNK(st.st_mode))
		return 0;
	directory = S_ISDIR(st.st_mode);
	rights = directory ? landlock_all(place) : landlock_file(place);
	if (directory && landlock_listable(place, walk->path, is_file, NULL))
		rights |= LANDLOCK_READ_DIR;
	alone = directory ? landlock_alone(place) : POLICY_NO_RULE;
	if (alone != POLICY_NO_RULE) {
		diag_error(walk->diag, &walk->policy->rules[alone].pos,
			   "%s is a directory, and Landlock grants a directory only with all that "
			   "lies below; write %s/**, or load the policy on the host",
			   walk->path, walk->path);
		return -EINVAL;
	}
	rights &= walk->handled & ~given;
	if (rights)
		r = grant(walk, fd, rights);
	if (r == 0 && directory)
		r = remember(walk, &st, rights, given);
	if (r < 0 || !directory)
		return r;
	return visit_below(walk, place, fd, given | rights);
}

/* The loaders that ELF programs of this machine name (the ABIs' documents, glibc's and musl's). */
static int grant_loaders(struct walk *walk)
{
	static const char *const loaders[] = {
#if defined(__x86_64__)
		"/lib64/ld-linux-x86-64.so.2",
		"/lib/ld-linux.so.2",
		"/libx32/ld-linux-x32.so.2",
		"/lib/ld-musl-x86_64.so.1",
		"/lib/ld-musl-i386.so.1",
#elif defined(__aarch64__)
		"/lib/ld-linux-aarch64.so.1",
		"/lib/ld-musl-aarch64.so.1",
		"/lib/ld-linux-armhf.so.3",
#endif
	};
	char real[PATH_MAX];
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(loaders) && r == 0; i++) {
		CLEANUP(close_fd) int fd = -1;

		if (!realpath(loaders[i], real) || !landlock_implies_loader(walk->landlock, real))
			continue;
		fd = open(real, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		snprintf(walk->path, sizeof(walk->path), "%s", real);
		if (fd >= 0)
			r = grant(walk, fd, LANDLOCK_EXECUTE);
	}
	return r;
}

static int grant_ports(struct walk *walk)
{
	const struct landlock_ports *ports;
	struct port_attr attr;
	size_t n;

	ports = landlock_ports(walk->landlock, &n);
	for (size_t i = 0; i < n; i++) {
		attr = (struct port_attr){ports[i].rights, ports[i].port};
		if (syscall(SYS_landlock_add_rule, walk->ruleset, RULE_NET_PORT, &attr, 0) < 0) {
			diag_system(walk->diag, errno, "grant", "a port", NULL);
			return -errno;
		}
	}
	return 0;
}

static int grant_all(struct walk *walk)
{
	CLEANUP(close_fd) int root = -1;
	int r = 0;

	if (walk->handled) {
		root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0) {
			diag_system(walk->diag, errno, "open", "/", NULL);
			return -errno;
		}
		strcpy(walk->path, "/");
		r = visit(walk, landlock_root(walk->landlock), root, 0);
	}
	if (r == 0)
		r = check_mounts(walk);
	if (r == 0)
		r = grant_loaders(walk);
	return r ? r : grant_ports(walk);
}

int confine_prepare(struct landlock *landlock, const struct policy *policy, bool scope_signals,
		    struct confine_report *report, struct diag *diag, int *ret_ruleset)
{
	struct landlock_handled handled = landlock_handled(landlock);
	struct ruleset_attr attr = {handled.fs, handled.net, handled.scoped};
	struct walk walk = {.landlock = landlock,
			    .policy = policy,
			    .report = report,
			    .diag = diag,
			    .handled = handled.fs};
	int r;

	*ret_ruleset = -1;
	if (!handled.fs && !handled.net && !handled.scoped)
		return 0;
	if (scope_signals && landlock_abi(landlock) >= 6)
		attr.scoped |= LANDLOCK_SCOPE_SIGNALS;
	walk.ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (walk.ruleset < 0) {
		diag_system(diag, errno, "make", "the Landlock ruleset",
			    "is bailiff itself under a filter that denies it?");
		return -errno;
	}
	r = grant_all(&walk);
	for (size_t i = 0; i < walk.n_seen; i++)
		free(walk.seen[i].path);
	free(walk.seen);
	if (r < 0)
		close_fd(&walk.ruleset);
	else
		*ret_ruleset = walk.ruleset;
	return r;
}
