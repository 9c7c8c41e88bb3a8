/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to files. */
#ifndef LIVE_TRESPASS_FILES_H
#define LIVE_TRESPASS_FILES_H

#include "trespass.h"

static int by_name(void)
{
	return opens("secret/file");
}
static int by_symlink(void)
{
	return opens("open/link");
}
static int by_symlink_middle(void)
{
	return opens("open/dirlink/sub/file");
}
static int by_old_link(void)
{
	return opens("open/hard");
}
static int by_new_link(void)
{
	unlink("open/linked");
	return link("secret/file", "open/linked") ? errno : opens("open/linked");
}
static int by_new_link_beside(void)
{
	unlink("secret/linked");
	return link("secret/file", "secret/linked") ? errno : opens("secret/linked");
}
static int by_link_of_fd(void)
{
	char path[64];
	int fd = open("secret/file", O_PATH | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	unlink("open/linked");
	if (linkat(AT_FDCWD, path, AT_FDCWD, "open/linked", AT_SYMLINK_FOLLOW))
		return errno;
	return opens("open/linked");
}
static int by_rename(void)
{
	int error;

	if (rename("secret/file", "open/moved"))
		return errno;
	error = opens("open/moved");
	(void)rename("open/moved", "secret/file");
	return error;
}
static int by_rename_of_directory(void)
{
	int error;

	if (rename("secret/sub", "open/moved"))
		return errno;
	error = opens("open/moved/file");
	(void)rename("open/moved", "secret/sub");
	return error;
}
static int by_rename_of_ancestor(void)
{
	int error;

	if (rename("secret", "public"))
		return errno;
	error = opens("public/file");
	(void)rename("public", "secret");
	return error;
}
static int by_exchange(void)
{
	int error;

	if (renameat2(AT_FDCWD, "secret", AT_FDCWD, "open/sub", RENAME_EXCHANGE))
		return errno;
	error = opens("open/sub/file");
	(void)renameat2(AT_FDCWD, "secret", AT_FDCWD, "open/sub", RENAME_EXCHANGE);
	return error;
}
static int by_self_root(void)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/self/root%s/secret/file", here);
	return opens(path);
}
static int by_self_cwd(void)
{
	if (chdir("secret"))
		return errno;
	return opens("/proc/self/cwd/file");
}
static int by_cwd(void)
{
	return chdir("secret/sub") ? errno : opens("../file");
}
static int by_parent_root(void)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%d/root%s/secret/file", getppid(), here);
	return opens(path);
}
static int by_path_fd(void)
{
	char path[64];
	int fd = open("secret/file", O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return opens(path);
}
static int by_directory_fd(void)
{
	int fd = open("secret", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? errno : reads(openat(fd, "file", O_RDONLY | O_CLOEXEC));
}
static int by_more_access(void)
{
	char path[64];
	int fd = open("ro/file", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return of(open(path, O_RDWR | O_CLOEXEC));
}
static int by_chroot(void)
{
	if (unshare(CLONE_NEWUSER) && geteuid())
		return IMPOSSIBLE;
	if (chroot("secret"))
		return errno == EPERM ? IMPOSSIBLE : errno;
	return opens("/file");
}
static int by_bind_mount(void)
{
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS))
		return errno;
	if (mount("secret", "open/sub", NULL, MS_BIND, NULL))
		return errno;
	return opens("open/sub/file");
}
static int by_open_tree(void)
{
	int fd;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS))
		return errno;
	fd = (int)syscall(SYS_open_tree, AT_FDCWD, "secret", 1 | O_CLOEXEC /* OPEN_TREE_CLONE */);
	return fd < 0 ? errno : reads(openat(fd, "file", O_RDONLY | O_CLOEXEC));
}
static int by_handle(void)
{
	struct {
		struct file_handle head;
		char bytes[128];
	} handle = {.head = {.handle_bytes = 128}};
	int mount, top = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (name_to_handle_at(AT_FDCWD, "secret/file", &handle.head, &mount, 0))
		return IMPOSSIBLE;
	mount = open_by_handle_at(top, &handle.head, O_RDONLY | O_CLOEXEC);
	return mount < 0 && errno == EPERM ? IMPOSSIBLE : reads(mount);
}
static int by_deep_path(void)
{
	if (chdir("secret"))
		return errno;
	for (int i = 0; i < 200; i++)
		if (chdir("d"))
			return IMPOSSIBLE;
	return of(open("f", O_RDONLY | O_CLOEXEC));
}
static int by_newline(void)
{
	return opens("secret/new\nline\xff\x80");
}
static int by_long_name(void)
{
	char path[300];

	snprintf(path, sizeof(path), "secret/%s", odd_name());
	return opens(path);
}
static int by_dots(void)
{
	return opens("open/../secret/./sub/..//file");
}
static int by_openat2(void)
{
	uint64_t how[3] = {O_RDONLY | O_CLOEXEC, 0, 0};

	return reads((int)syscall(SYS_openat2, AT_FDCWD, "secret/file", how, sizeof(how)));
}
static int by_creat(void)
{
	return of(creat("secret/made", 0644));
}
static int by_tmpfile(void)
{
	int fd = open("open", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);
	char path[64];

	if (fd < 0)
		return IMPOSSIBLE;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	unlink("secret/made");
	return of(linkat(AT_FDCWD, path, AT_FDCWD, "secret/made", AT_SYMLINK_FOLLOW));
}
static int by_tmpfile_there(void)
{
	int fd = open("secret", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0644);

	return fd < 0 && errno == EOPNOTSUPP ? IMPOSSIBLE : of(fd);
}
static int by_truncate(void)
{
	return of(truncate("ro/file", 3));
}
static int by_trunc_read(void)
{
	return of(open("ro/file", O_RDONLY | O_TRUNC | O_CLOEXEC));
}
static int by_trunc_neither(void)
{
	return of(open("ro/file", 3 | O_TRUNC | O_CLOEXEC));
}
static int by_rename_over(void)
{
	put("open/other", "x", 1, 0644);
	return of(rename("open/other", "secret/run2"));
}
static int by_unlink(void)
{
	put("open/placeholder", "x", 1, 0644);
	return of(rmdir("secret/gone"));
}
static int by_inherited(void)
{
	return lseek(9, 0, SEEK_SET) < 0 ? IMPOSSIBLE : reads(9);
}
static int by_utimes(void)
{
	return of(utimensat(AT_FDCWD, "ro/file", NULL, 0));
}
static int by_stat(void)
{
	struct stat st;

	return of(stat("secret/file", &st));
}
static int by_exec(void)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execl("secret/run", "run", NULL);
		_exit(errno);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid ? IMPOSSIBLE : WEXITSTATUS(status);
}

/* --- io_uring, without a library ------------------------------------------------------------------ */

static int ring(int op, const char *path, uint64_t second, uint32_t flags)
{
	struct io_uring_params p = {0};
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *sq, *cq;
	int fd = (int)syscall(SYS_io_uring_setup, 4, &p);

	if (fd < 0)
		return errno == ENOSYS || errno == EPERM ? IMPOSSIBLE : errno;
	sq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return IMPOSSIBLE;
	*sqe = (struct io_uring_sqe){.opcode = (uint8_t)op, .fd = AT_FDCWD, .open_flags = flags};
	sqe->addr = (uintptr_t)path;
	sqe->addr2 = second;
	if (op == IORING_OP_RENAMEAT)
		sqe->len = (uint32_t)AT_FDCWD;
	((uint32_t *)(sq + p.sq_off.array))[0] = 0;
	__atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return IMPOSSIBLE;
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return cqe->res < 0 ? -cqe->res : 0;
}

static int by_ring_open(void)
{
	return ring(IORING_OP_OPENAT, "secret/file", 0, O_RDONLY);
}
static int by_ring_unlink(void)
{
	return ring(IORING_OP_UNLINKAT, "secret/doomed", 0, 0);
}
static int by_ring_rename(void)
{
	return ring(IORING_OP_RENAMEAT, "secret/sub/file", (uintptr_t) "open/renamed", 0);
}

#define NAMES "a rule is one for names, and this is another name, made before the start"

static const struct attack files[] = {
	{"by its name", by_name, NULL, NULL},
	{"a symbolic link to it", by_symlink, NULL, NULL},
	{"a symbolic link in the middle", by_symlink_middle, NULL, NULL},
	{"a hard link made before", by_old_link, NAMES, NULL},
	{"a hard link made now", by_new_link, NULL, NULL},
	{"a hard link made beside it", by_new_link_beside, NULL, NULL},
	{"a hard link of a descriptor", by_link_of_fd, NULL, NULL},
	{"rename of the file", by_rename, NULL, NULL},
	{"rename of a directory", by_rename_of_directory, NULL, NULL},
	{"rename of an ancestor", by_rename_of_ancestor, NULL, NULL},
	{"exchange of an ancestor", by_exchange, NULL, NULL},
	{"/proc/self/root", by_self_root, NULL, NULL},
	{"/proc/self/cwd", by_self_cwd, NULL, NULL},
	{"the working directory", by_cwd, NULL, NULL},
	{"/proc/PID/root of a parent", by_parent_root, NULL, NULL},
	{"an O_PATH descriptor opened again", by_path_fd, NULL, NULL},
	{"a directory's descriptor", by_directory_fd, NULL, NULL},
	{"a descriptor opened again with more access", by_more_access, NULL, NULL},
	{"chroot", by_chroot, NULL, NULL},
	{"a bind mount", by_bind_mount, NULL, NULL},
	{"open_tree", by_open_tree, NULL, NULL},
	{"open_by_handle_at", by_handle, NULL, NULL},
	{"200 directories deep", by_deep_path, NULL, NULL},
	{"a name with a newline, and no UTF-8", by_newline, NULL, NULL},
	{"a name of 255 bytes", by_long_name, NULL, NULL},
	{"dots", by_dots, NULL, NULL},
	{"openat2", by_openat2, NULL, NULL},
	{"creat", by_creat, NULL, NULL},
	{"O_TMPFILE and linkat", by_tmpfile, NULL, NULL},
	{"O_TMPFILE", by_tmpfile_there, NULL, NULL},
	{"truncate", by_truncate, NULL, NULL},
	{"O_RDONLY and O_TRUNC", by_trunc_read, NULL, NULL},
	{"O_TRUNC and no access", by_trunc_neither, NULL, NULL},
	{"rename over it", by_rename_over, NULL, NULL},
	{"rmdir", by_unlink, NULL, NULL},
	{"execve", by_exec, NULL, NULL},
	{"io_uring: open", by_ring_open, NULL, NULL},
	{"io_uring: rename", by_ring_rename, NULL, NULL},
	{"io_uring: unlink", by_ring_unlink, NULL, NULL},
	{"a descriptor from before the start", by_inherited,
	 "what is open at the start stays open: whoever starts the program gave it", NULL},
	{"utimensat", by_utimes, "Landlock has no right for a file's times", NULL},
	{"stat", by_stat, "Landlock has no right for what is known of a file", NULL},
	{NULL, NULL, NULL, NULL},
};

#endif
