/* SPDX-License-Identifier: Apache-2.0 */
/* tries: the ways to do something with a file, for fileops.c: what is got ready before, and the try. */
#ifndef TRIES_H
#define TRIES_H

#include <dirent.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include "trial.h"

#define NOT_HERE 38 /* ENOSYS: this kernel can't */

static int fd, fd2, pipes[2];
static void *map;

/* --- Ready: while nothing governs ------------------------------------------------------------- */

READY(has_read, fd = open("f", O_RDONLY))
READY(has_both, fd = open("f", O_RDWR))
READY(has_path, fd = open("f", O_PATH))
READY(has_dir, fd = open(".", O_RDONLY | O_DIRECTORY))
READY(has_shared, {
	fd = open("f", O_RDWR);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
})
READY(has_private, {
	fd = open("f", O_RDONLY);
	map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
})
READY(has_pipe, {
	fd = open("f", O_RDWR);
	if (pipe(pipes) || write(pipes[1], "abc", 3) != 3)
		return 1;
})
READY(has_other, {
	fd = open("f", O_RDWR);
	fd2 = open("/t/other", O_RDWR | O_CREAT, 0644);
	if (write(fd2, "abc", 3) != 3)
		return 1;
	lseek(fd2, 0, SEEK_SET);
})
READY(has_unlinked, {
	fd = open("f", O_RDWR);
	unlink("f");
})
READY(has_exec, fd = open("run", O_PATH))

static union {
	struct file_handle handle;
	char room[sizeof(struct file_handle) + 128];
} handle;

READY(has_handle, {
	int mount;

	handle.handle.handle_bytes = 128;
	fd = open("/t", O_RDONLY);
	return name_to_handle_at(AT_FDCWD, "f", &handle.handle, &mount, 0);
})

static int send_fd(int socket, int what)
{
	char byte = 0, room[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = room,
			   .msg_controllen = sizeof(room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &what, sizeof(int));
	return sendmsg(socket, &m, 0) == 1 ? 0 : 1;
}

static int receive_fd(int socket)
{
	char byte, room[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {&byte, 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = room,
			   .msg_controllen = sizeof(room)};
	int got = -1;

	if (recvmsg(socket, &m, 0) == 1 && CMSG_FIRSTHDR(&m))
		memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return got;
}

READY(has_sent, {
	int file = open("f", O_RDWR);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pipes) || send_fd(pipes[0], file))
		return 1;
	close(file);
})

/* --- io_uring, without a library ---------------------------------------------------------------- */

static int ring(int op, int file, const void *address, uint64_t off, uint32_t len, uint32_t flags)
{
	struct io_uring_params p = {0};
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	int ring_fd = (int)syscall(__NR_io_uring_setup, 4, &p);
	char *sq, *cq;

	if (ring_fd < 0)
		return errno == ENOSYS ? NOT_HERE : errno;
	sq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, IORING_OFF_SQ_RING);
	cq = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, IORING_OFF_CQ_RING);
	sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED)
		return errno;
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = (uint8_t)op;
	sqe->fd = file;
	sqe->addr = (uint64_t)(uintptr_t)address;
	sqe->off = off;
	sqe->len = len;
	sqe->open_flags = flags;
	*(uint32_t *)(sq + p.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring_fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return errno;
	cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
	return cqe->res < 0 ? (cqe->res == -EINVAL ? NOT_HERE : -cqe->res) : 0;
}
#define RING(name, ...)                                                                            \
	static int name(const char *dir)                                                           \
	{                                                                                          \
		(void)dir;                                                                         \
		return ring(__VA_ARGS__);                                                          \
	}
#define WORD(pointer) (uint64_t)(uintptr_t)(pointer)
static char buffer[4096];
RING(ring_open, IORING_OP_OPENAT, AT_FDCWD, "f", 0, 0, O_RDONLY)
RING(ring_create, IORING_OP_OPENAT, AT_FDCWD, "new", 0, 0644, O_WRONLY | O_CREAT)
RING(ring_read, IORING_OP_READ, fd, buffer, 0, 1, 0)
RING(ring_write, IORING_OP_WRITE, fd, buffer, 0, 1, 0)
RING(ring_unlink, IORING_OP_UNLINKAT, AT_FDCWD, "f", 0, 0, 0)
RING(ring_rename, IORING_OP_RENAMEAT, AT_FDCWD, "f", WORD("new"), (uint32_t)AT_FDCWD, 0)
RING(ring_link, IORING_OP_LINKAT, AT_FDCWD, "f", WORD("new"), (uint32_t)AT_FDCWD, 0)
RING(ring_mkdir, IORING_OP_MKDIRAT, AT_FDCWD, "new", 0, 0755, 0)
RING(ring_symlink, IORING_OP_SYMLINKAT, AT_FDCWD, "f", WORD("new"), 0, 0)
RING(ring_truncate, 55, fd, NULL, 1, 0, 0) /* IORING_OP_FTRUNCATE, 6.9 */
RING(ring_fallocate, IORING_OP_FALLOCATE, fd, (void *)1, 0, 0, 0)

/* --- Tries --------------------------------------------------------------------------------------- */

TRY(open_read, open("f", O_RDONLY))
TRY(open_write, open("f", O_WRONLY))
TRY(open_both, open("f", O_RDWR))
TRY(open_truncate, open("f", O_RDONLY | O_TRUNC))
TRY(open_create, open("new", O_RDONLY | O_CREAT, 0644))
TRY(open_create_old, open("f", O_RDONLY | O_CREAT, 0644))
TRY(open_create_write, open("new", O_WRONLY | O_CREAT | O_EXCL, 0644))
TRY(open_path, open("f", O_PATH))
TRY(open_dir, open(".", O_RDONLY | O_DIRECTORY))
TRY(open_tmpfile, open(".", O_RDWR | O_TMPFILE, 0600))
TRY(open_symlink, open("link", O_RDONLY))
TRY(open_symlink_middle, open("sublink/f", O_RDONLY))
TRY(open_newline, open("new\nline\xff\x80", O_RDONLY))
static struct open_how how_read = {.flags = O_RDONLY};
static struct open_how how_beneath = {.flags = O_RDONLY, .resolve = RESOLVE_BENEATH};
TRY(openat2_read, syscall(__NR_openat2, AT_FDCWD, "f", &how_read, sizeof(how_read)))
TRY(openat2_beneath, syscall(__NR_openat2, AT_FDCWD, "f", &how_beneath, sizeof(how_beneath)))

static int open_as(const char *format, const char *dir, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), format, dir);
	return open(path, flags);
}
#define OPEN_AS(name, format, flags) TRY(name, open_as(format, dir, flags))
OPEN_AS(open_self_root, "/proc/self/root%s/f", O_RDONLY)
OPEN_AS(open_init_root, "/proc/1/root%s/f", O_RDONLY)
OPEN_AS(open_self_cwd, "/proc/self/cwd/f", O_RDONLY)
OPEN_AS(open_dots, "/t/none/../..%s/sub/.././/f", O_RDONLY)

static int reopen(int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, flags);
}
TRY(reopen_read, reopen(O_RDONLY))
TRY(reopen_both, reopen(O_RDWR))
TRY(handle_open, open_by_handle_at(fd, &handle.handle, O_RDONLY))
TRY(chroot_open, chroot(".") ? -1 : open("/f", O_RDONLY))
TRY(unshare_open, unshare(CLONE_NEWNS) ? -1 : open("f", O_RDONLY))

TRY(fd_read, read(fd, buffer, 1))
TRY(fd_pread, pread(fd, buffer, 1, 0))
TRY(fd_write, write(fd, "y", 1))
TRY(fd_list, syscall(__NR_getdents64, fd, buffer, sizeof(buffer)))
TRY(fd_received, read(receive_fd(pipes[1]), buffer, 1))
TRY(fd_truncate, ftruncate(fd, 1))
TRY(fd_allocate, fallocate(fd, 0, 0, 4096))
TRY(fd_splice_in, splice(pipes[0], NULL, fd, NULL, 3, 0))
TRY(fd_splice_out, splice(fd, NULL, pipes[1], NULL, 1, 0))
TRY(fd_send_from, sendfile(fd2, fd, NULL, 1))
TRY(fd_send_to, sendfile(fd, fd2, NULL, 1))
TRY(fd_copy_from, copy_file_range(fd, NULL, fd2, NULL, 1, 0))
TRY(fd_copy_to, copy_file_range(fd2, NULL, fd, NULL, 1, 0))
TRY(truncate_path, truncate("f", 1))

static long mapped(int prot, int flags)
{
	return mmap(NULL, 4096, prot, flags, fd, 0) == MAP_FAILED ? -1 : 0;
}
TRY(map_read, mapped(PROT_READ, MAP_PRIVATE))
TRY(map_none, mapped(PROT_NONE, MAP_SHARED))
TRY(map_private, mapped(PROT_READ | PROT_WRITE, MAP_PRIVATE))
TRY(map_shared, mapped(PROT_READ | PROT_WRITE, MAP_SHARED))
TRY(map_exec, mapped(PROT_READ | PROT_EXEC, MAP_PRIVATE))
TRY(protect_write, mprotect(map, 4096, PROT_READ | PROT_WRITE))
TRY(protect_exec, mprotect(map, 4096, PROT_READ | PROT_EXEC))

TRY(make_dir, mkdir("new", 0755))
TRY(make_file, mknod("new", S_IFREG | 0644, 0))
TRY(make_fifo, mknod("new", S_IFIFO | 0644, 0))
TRY(make_device, mknod("new", S_IFCHR | 0600, 0x103))
TRY(make_whiteout, mknod("new", S_IFCHR | 0600, 0))
TRY(make_symlink, symlink("f", "new"))
TRY(make_link, link("f", "new"))
TRY(make_link_fd, linkat(fd, "", AT_FDCWD, "new", AT_EMPTY_PATH))

static long bind_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "new"};

	return bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address));
}
TRY(make_socket, bind_socket())
TRY(delete_file, unlink("f"))
TRY(delete_dir, rmdir("hollow"))
TRY(delete_link, unlink("link"))

static long move(const char *from, const char *to, unsigned flags)
{
	return syscall(__NR_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags);
}
TRY(move_new, rename("f", "new"))
TRY(move_over, rename("f", "g"))
TRY(move_exchange, move("f", "sub", RENAME_EXCHANGE))
TRY(move_keep, move("f", "new", RENAME_NOREPLACE))
TRY(move_dir, rename("sub", "new"))
TRY(move_out, rename("f", "/t/none/moved"))
TRY(move_dir_out, rename("sub", "/t/none/moved"))
TRY(move_in, rename("/t/none/in", "new"))
TRY(link_out, link("f", "/t/none/linked"))
TRY(exchange_out, move("f", "/t/none/exchanged", RENAME_EXCHANGE))

TRY(mode_path, chmod("f", 0600))
TRY(mode_fd, fchmod(fd, 0600))
TRY(mode_at2, syscall(452, AT_FDCWD, "f", 0600, 0))
TRY(owner_path, chown("f", 1, 1))
TRY(owner_fd, fchown(fd, 1, 1))
TRY(owner_link, lchown("link", 1, 1))
TRY(attribute_set, setxattr("f", "trusted.x", "1", 1, 0))
TRY(attribute_set_fd, fsetxattr(fd, "trusted.x", "1", 1, 0))
TRY(attribute_set_link, lsetxattr("link", "trusted.x", "1", 1, 0))
TRY(attribute_remove, removexattr("g", "trusted.x"))
TRY(attribute_user, setxattr("f", "security.x", "1", 1, 0))

static const unsigned char acl[] = {
	2, 0, 0,   0,	1,   0,	  6,  0, 255, 255, 255, 255, 2,	  0,   4,
	0, 1, 0,   0,	0,   4,	  0,  4, 0,   255, 255, 255, 255, 16,  0,
	4, 0, 255, 255, 255, 255, 32, 0, 4,   0,   255, 255, 255, 255,
};
TRY(acl_set, setxattr("f", "system.posix_acl_access", acl, sizeof(acl), 0))
TRY(acl_remove, removexattr("g", "system.posix_acl_access"))
static const struct timespec times[2] = {{1, 0}, {1, 0}};
TRY(times_path, utimensat(AT_FDCWD, "f", times, 0))
TRY(times_now, utimensat(AT_FDCWD, "f", NULL, 0))
TRY(times_fd, futimens(fd, times))

static int spawn(int at, const char *path, int flags)
{
	char *const argv[] = {"x", NULL};
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		syscall(__NR_execveat, at, path, argv, argv + 1, flags);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
static int exec_path(const char *dir)
{
	(void)dir;
	return spawn(AT_FDCWD, "run", 0);
}
static int exec_script(const char *dir)
{
	(void)dir;
	return spawn(AT_FDCWD, "script", 0);
}
static int exec_fd(const char *dir)
{
	(void)dir;
	return spawn(fd, "", AT_EMPTY_PATH);
}

static int open_deep(const char *dir, int depth)
{
	(void)dir;
	for (int i = 0; i < depth; i++)
		if (chdir("d") != 0)
			return errno;
	return code(open("f", O_RDONLY));
}
static int deep_20(const char *dir)
{
	return open_deep(dir, 20);
}
static int deep_96(const char *dir)
{
	return open_deep(dir, 96);
}
static int deep_120(const char *dir)
{
	return open_deep(dir, 120);
}
static int deep_200(const char *dir)
{
	return open_deep(dir, 200);
}
static int make_deep(const char *dir)
{
	for (int i = 0; i <= 200; i++) {
		if (i == 20 || i == 96 || i == 120 || i == 200)
			write_text("f", "x", 1, 0644);
		if (mkdir("d", 0755) != 0 || chdir("d") != 0)
			return 1;
	}
	return chdir(dir);
}

static char long_name[256];
static int make_long(const char *dir)
{
	(void)dir;
	memset(long_name, 'n', 255);
	write_text(long_name, "x", 1, 0644);
	return 0;
}
TRY(open_long, open(long_name, O_RDONLY))

/* A name that is allowed is remembered and goes away; a hard link of it may get its dentry's memory. */
static int make_links(const char *dir)
{
	char a[64], b[64];

	(void)dir;
	for (int i = 0; i < 300; i++) {
		snprintf(a, sizeof(a), "link%d", i);
		snprintf(b, sizeof(b), "/t/none/link%d", i);
		if (link("f", a) || link("f", b))
			return 1;
	}
	return 0;
}
static int open_links(const char *dir)
{
	char a[64], b[64];
	int refused = 0, file;

	(void)dir;
	for (int i = 0; i < 300; i++) {
		snprintf(a, sizeof(a), "link%d", i);
		snprintf(b, sizeof(b), "/t/none/link%d", i);
		file = open(b, O_RDONLY);
		if (file < 0 || unlink(b) || close(file))
			return 250;
		file = open(a, O_RDONLY);
		if (file < 0)
			refused++;
		else
			close(file);
	}
	return refused == 300 ? EPERM : refused ? 251 : 0;
}

#endif
