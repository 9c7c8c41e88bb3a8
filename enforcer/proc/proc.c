/* SPDX-License-Identifier: Apache-2.0 */
/* Files of /proc. */
#include "bailiff/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* In a PID namespace with the /proc of another one, numbers would name strangers: better none. */
static bool is_of_our_namespace(int proc)
{
	char self[16];
	ssize_t n = readlinkat(proc, "self", self, sizeof(self) - 1);

	if (n <= 0)
		return false;
	self[n] = '\0';
	return strtol(self, NULL, 10) == getpid();
}

int proc_open(void)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (proc >= 0 &&
	    (fstatfs(proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC || !is_of_our_namespace(proc)))
		close_fd(&proc);
	return proc;
}

static uint64_t mount_of(int fd)
{
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) == 0 && st.stx_mask & STATX_MNT_ID
		       ? st.stx_mnt_id
		       : 0;
}

/* The same without openat2: looked at before it is opened, and again what was opened. systemd refuses that
 * call to services with RestrictSUIDSGID=. */
static int open_checked(int dir, const char *name, int flags)
{
	CLEANUP(close_fd) int place = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t mount = mount_of(dir);
	int fd;

	if (place < 0 || !mount || mount_of(place) != mount)
		return -1;
	fd = openat(dir, name, flags | O_NOFOLLOW);
	if (mount_of(fd) != mount)
		close_fd(&fd);
	return fd;
}

static int open_inside(int dir, const char *name, int flags)
{
	const int all = flags | O_CLOEXEC | (flags & O_PATH ? 0 : O_NONBLOCK);
	const struct open_how how = {
		.flags = (unsigned)all,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));

	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_checked(dir, name, all) : fd;
}

int proc_task(int proc, pid_t pid)
{
	char name[16];

	if (proc < 0 || pid <= 0)
		return -1;
	snprintf(name, sizeof(name), "%d", pid);
	return open_inside(proc, name, O_PATH | O_DIRECTORY);
}

size_t proc_text(int task, const char *name, char *ret_text, size_t size)
{
	CLEANUP(close_fd) int fd = open_inside(task, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, ret_text, size - 1);
	if (n <= 0)
		return 0;
	ret_text[n] = '\0';
	return (size_t)n;
}

/* "pid (comm) state ppid ... starttime ...": the fields are counted from behind comm, which may
 * hold anything. */
static bool parse_stat(const char *text, struct proc_stat *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')'), *at = close;
	const char *fields[20] = {NULL}; /* the third is the first, the 22nd the last of interest */
	size_t n = 0;

	if (!open || !close || close < open)
		return false;
	while (n < ARRAY_LEN(fields) && (at = strchr(at, ' ')))
		fields[n++] = ++at;
	if (n < ARRAY_LEN(fields))
		return false;
	ret->parent = (pid_t)strtol(fields[1], NULL, 10);
	ret->start = strtoull(fields[19], NULL, 10);
	ret->comm = open + 1;
	ret->comm_length = (size_t)(close - open - 1);
	return true;
}

bool proc_stat(int task, char *text, struct proc_stat *ret_stat)
{
	return proc_text(task, "stat", text, PROC_BYTES) && parse_stat(text, ret_stat);
}

size_t proc_exe(int task, char ret_path[PATH_MAX])
{
	ssize_t n = readlinkat(task, "exe", ret_path, PATH_MAX - 1);

	if (n <= 0)
		return 0;
	ret_path[n] = '\0';
	return (size_t)n;
}

static int64_t ns_of(const struct timespec *t)
{
	return t->tv_sec * 1000000000ll + t->tv_nsec;
}

/* Whoever is preempted between the two clocks sees them apart by as much: the closest look of some. */
int64_t proc_boot_ns(void)
{
	struct timespec before, real, after;
	int64_t took, least = INT64_MAX, boot_ns = 0;

	for (int i = 0; i < 5 && least > 2000; i++) {
		clock_gettime(CLOCK_BOOTTIME, &before);
		clock_gettime(CLOCK_REALTIME, &real);
		clock_gettime(CLOCK_BOOTTIME, &after);
		took = ns_of(&after) - ns_of(&before);
		if (took < least) {
			least = took;
			boot_ns = ns_of(&real) - ns_of(&before) - took / 2;
		}
	}
	return boot_ns;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

const char *proc_container(const char *cgroup)
{
	const char *found = NULL;
	size_t run = 0;

	for (const char *p = cgroup;; p++) {
		if (is_hex(*p)) {
			run++;
			continue;
		}
		if (run == PROC_CONTAINER_ID)
			found = p - PROC_CONTAINER_ID;
		run = 0;
		if (!*p)
			return found;
	}
}
