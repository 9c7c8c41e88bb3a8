/* SPDX-License-Identifier: Apache-2.0 */
/* What a filter holds of files, for Landlock has no right for it: every call that changes a file's mode,
 * owner or attributes, or gives it another name. */
#ifndef LIVE_TRESPASS_MARKS_H
#define LIVE_TRESPASS_MARKS_H

#include "trespass.h"

#define FILE_PATH "open/file"

static int known(long r)
{
	return r < 0 && (errno == ENOSYS || errno == EOPNOTSUPP) ? IMPOSSIBLE : of(r);
}
static int opened_file(void)
{
	return open(FILE_PATH, O_RDWR | O_CLOEXEC);
}
static int mark_chmod(void)
{
	return known(syscall(SYS_chmod, FILE_PATH, 0644));
}
static int mark_fchmod(void)
{
	return known(fchmod(opened_file(), 0644));
}
static int mark_fchmodat(void)
{
	return known(syscall(SYS_fchmodat, AT_FDCWD, FILE_PATH, 0644));
}
static int mark_fchmodat2(void)
{
	return known(syscall(452, AT_FDCWD, FILE_PATH, 0644, 0));
}
static int mark_chown(void)
{
	return known(syscall(SYS_chown, FILE_PATH, -1, getgid()));
}
static int mark_lchown(void)
{
	return known(syscall(SYS_lchown, FILE_PATH, -1, getgid()));
}
static int mark_fchown(void)
{
	return known(fchown(opened_file(), (uid_t)-1, getgid()));
}
static int mark_fchownat(void)
{
	return known(syscall(SYS_fchownat, AT_FDCWD, FILE_PATH, -1, getgid(), 0));
}
static int mark_setxattr(void)
{
	return known(syscall(SYS_setxattr, FILE_PATH, "user.a", "1", 1, 0));
}
static int mark_lsetxattr(void)
{
	return known(syscall(SYS_lsetxattr, FILE_PATH, "user.a", "1", 1, 0));
}
static int mark_fsetxattr(void)
{
	return known(syscall(SYS_fsetxattr, opened_file(), "user.a", "1", 1, 0));
}
static int removed(long r)
{
	return r < 0 && errno == ENODATA ? 0 : known(r);
}
static int mark_removexattr(void)
{
	return removed(syscall(SYS_removexattr, FILE_PATH, "user.a"));
}
static int mark_lremovexattr(void)
{
	return removed(syscall(SYS_lremovexattr, FILE_PATH, "user.a"));
}
static int mark_fremovexattr(void)
{
	return removed(syscall(SYS_fremovexattr, opened_file(), "user.a"));
}
static int mark_setxattrat(void)
{
	struct {
		uint64_t value;
		uint32_t size, flags;
	} args = {(uintptr_t) "1", 1, 0};

	return known(syscall(463, AT_FDCWD, FILE_PATH, 0, "user.a", &args, sizeof(args)));
}
static int mark_removexattrat(void)
{
	return removed(syscall(466, AT_FDCWD, FILE_PATH, 0, "user.a"));
}
static int mark_link(void)
{
	unlink("open/another");
	return known(syscall(SYS_link, FILE_PATH, "open/another"));
}
static int mark_linkat(void)
{
	unlink("open/another");
	return known(syscall(SYS_linkat, AT_FDCWD, FILE_PATH, AT_FDCWD, "open/another", 0));
}
static int mark_link_fd(void)
{
	char path[64];

	unlink("open/another");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", opened_file());
	return known(
		syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, "open/another", AT_SYMLINK_FOLLOW));
}
static int mark_ring(void)
{
	struct io_uring_params p = {0};

	return of(syscall(SYS_io_uring_setup, 4, &p));
}
#if defined(__x86_64__)
/* chmod of i386, whose paths lie in the low half. */
static int mark_i386(void)
{
	char *path = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	long r;

	strcpy(path, FILE_PATH);
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(15L), "b"(path), "c"(0644L) : "memory");
	errno = (int)-r;
	return known(r < 0 ? -1 : 0);
}
static int mark_x32(void)
{
	return known(syscall(0x40000000 | SYS_chmod, FILE_PATH, 0644));
}
#endif

static const struct attack marks[] = {
	{"chmod", mark_chmod, NULL, NULL},
	{"fchmod", mark_fchmod, NULL, NULL},
	{"fchmodat", mark_fchmodat, NULL, NULL},
	{"fchmodat2", mark_fchmodat2, NULL, NULL},
	{"chown", mark_chown, NULL, NULL},
	{"lchown", mark_lchown, NULL, NULL},
	{"fchown", mark_fchown, NULL, NULL},
	{"fchownat", mark_fchownat, NULL, NULL},
	{"setxattr", mark_setxattr, NULL, NULL},
	{"lsetxattr", mark_lsetxattr, NULL, NULL},
	{"fsetxattr", mark_fsetxattr, NULL, NULL},
	{"setxattrat", mark_setxattrat, NULL, NULL},
	{"removexattr", mark_removexattr, NULL, NULL},
	{"lremovexattr", mark_lremovexattr, NULL, NULL},
	{"fremovexattr", mark_fremovexattr, NULL, NULL},
	{"removexattrat", mark_removexattrat, NULL, NULL},
	{"link", mark_link, NULL, NULL},
	{"linkat", mark_linkat, NULL, NULL},
	{"linkat of a descriptor", mark_link_fd, NULL, NULL},
	{"io_uring", mark_ring, NULL, NULL},
#if defined(__x86_64__)
	{"int 0x80", mark_i386, NULL, NULL},
	{"x32", mark_x32, NULL, NULL},
#endif
	{NULL, NULL, NULL, NULL},
};

#endif
