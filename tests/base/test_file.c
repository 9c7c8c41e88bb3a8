/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/base.h"

#define NOBODY 65534

static char dir[80];
static char path[sizeof(dir) + 16];

static const char *in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void write_file(const char *name, const char *bytes, size_t length, mode_t mode)
{
	FILE *f = fopen(in_dir(name), "we");

	cr_assert_not_null(f);
	cr_assert_eq(fwrite(bytes, 1, length, f), length);
	cr_assert_eq(fclose(f), 0);
	cr_assert_eq(chmod(in_dir(name), mode), 0);
}

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof(dir), "%s/file.XXXXXX", tmp && strlen(tmp) < 64 ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
}

static void teardown(void)
{
	static const char *const names[] = {"f", "fifo", "socket", "d", "link", "loop"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (unlink(in_dir(names[i])) < 0)
			rmdir(in_dir(names[i]));
	rmdir(dir);
}

TestSuite(file, .init = setup, .fini = teardown, .timeout = 30);

/* What a failure must leave alone. */
static void expect_error(const char *name, size_t limit, unsigned flags, int want)
{
	char untouched, *data = &untouched;
	size_t length = 4711;

	cr_expect_eq(read_file(name, limit, flags, &data, &length), want, "%s: not %s", name,
		     strerror(-want));
	cr_expect_eq(data, &untouched, "%s: data was touched", name);
	cr_expect_eq(length, 4711, "%s: length was touched", name);
}

Test(file, whole_with_a_nul_beyond)
{
	CLEANUP(free_ptr) char *data = NULL;
	size_t length = 0;

	write_file("f", "a\0b\n", 4, 0644);
	cr_assert_eq(read_file(in_dir("f"), 4, 0, &data, &length), 0);
	cr_assert_eq(length, 4);
	cr_assert_eq(memcmp(data, "a\0b\n", 5), 0);
}

Test(file, empty)
{
	CLEANUP(free_ptr) char *data = NULL;
	size_t length = 1;

	write_file("f", "", 0, 0644);
	cr_assert_eq(read_file(in_dir("f"), 0, READ_OWNED, &data, &length), 0);
	cr_assert_eq(length, 0);
	cr_assert_eq(data[0], '\0');
}

Test(file, through_a_symbolic_link)
{
	CLEANUP(free_ptr) char *data = NULL;
	size_t length = 0;

	write_file("f", "x", 1, 0644);
	cr_assert_eq(symlink("f", in_dir("link")), 0);
	cr_assert_eq(read_file(in_dir("link"), 10, READ_OWNED, &data, &length), 0);
	cr_assert_eq(length, 1);
}

Test(file, limit)
{
	write_file("f", "12345", 5, 0644);
	expect_error(in_dir("f"), 4, 0, -EFBIG);
	expect_error(in_dir("f"), 0, 0, -EFBIG);
	/* A hole of 8 EiB less one: refused by its size, nothing is allocated. */
	if (truncate(in_dir("f"), 1L << 40) == 0)
		expect_error(in_dir("f"), 64u << 20, 0, -EFBIG);
}

Test(file, what_cannot_be_read)
{
	expect_error(in_dir("absent"), 10, 0, -ENOENT);
	expect_error("", 10, 0, -ENOENT);
	write_file("f", "x", 1, 0644);
	expect_error(in_dir("f/below"), 10, 0, -ENOTDIR);
	cr_assert_eq(symlink("loop", in_dir("loop")), 0);
	expect_error(in_dir("loop"), 10, 0, -ELOOP);
	cr_assert_eq(symlink("gone", in_dir("link")), 0);
	expect_error(in_dir("link"), 10, 0, -ENOENT);
}

/* None of these is opened for reading: a fifo would block us, a device could act. */
Test(file, only_regular_files)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	CLEANUP(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(mkdir(in_dir("d"), 0755), 0);
	expect_error(in_dir("d"), 10, 0, -EISDIR);
	expect_error("/", 10, 0, -EISDIR);
	cr_assert_eq(mkfifo(in_dir("fifo"), 0644), 0);
	expect_error(in_dir("fifo"), 10, 0, -EINVAL);
	expect_error("/dev/zero", 10, 0, -EINVAL);
	expect_error("/dev/null", 10, 0, -EINVAL);
	expect_error("/dev/tty", 10, 0, -EINVAL);
	cr_assert_geq(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", in_dir("socket"));
	cr_assert_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	expect_error(in_dir("socket"), 10, 0, -EINVAL);
}

/* A file of /proc says that it is empty, and is not. */
Test(file, one_that_lies_about_its_size)
{
	expect_error("/proc/self/status", 1u << 20, 0, -ESTALE);
}

Test(file, who_could_have_written_it)
{
	static const struct {
		const char *why;
		mode_t mode;
		int want;
	} rows[] = {
		{"ours", 0644, 0},
		{"ours, for us alone", 0600, 0},
		{"its group writes", 0664, -EPERM},
		{"the world writes", 0646, -EPERM},
		{"all write", 0666, -EPERM},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *data = NULL;
		size_t length;

		write_file("f", "x", 1, rows[i].mode);
		cr_expect_eq(read_file(in_dir("f"), 10, READ_OWNED, &data, &length), rows[i].want,
			     "%s", rows[i].why);
		free(data);
		data = NULL;
		cr_expect_eq(read_file(in_dir("f"), 10, 0, &data, &length), 0,
			     "%s, and we do not ask", rows[i].why);
		free(data);
	}
}

Test(file, another_owner)
{
	CLEANUP(free_ptr) char *data = NULL;
	size_t length;

	if (geteuid() != 0)
		cr_skip_test("needs root, to give a file away");
	write_file("f", "x", 1, 0644);
	if (chown(in_dir("f"), NOBODY, NOBODY) < 0)
		cr_skip_test("this root may not give files away");
	expect_error(in_dir("f"), 10, READ_OWNED, -EPERM);
	cr_assert_eq(read_file(in_dir("f"), 10, 0, &data, &length), 0);
	/* Root's files are fit for anyone, and another's are not, though we own one. */
	cr_assert_eq(chown(in_dir("f"), 0, 0), 0);
	cr_assert_eq(chown(dir, NOBODY, NOBODY), 0);
	cr_assert_eq(seteuid(NOBODY), 0);
	free_ptr(&data);
	cr_expect_eq(read_file(in_dir("f"), 10, READ_OWNED, &data, &length), 0);
	cr_assert_eq(seteuid(0), 0);
}

Test(file, no_permission)
{
	if (geteuid() == 0)
		cr_assert_eq(chmod(dir, 0755), 0);
	write_file("f", "x", 1, 0);
	if (geteuid() == 0)
		cr_assert_eq(seteuid(NOBODY), 0);
	expect_error(in_dir("f"), 10, 0, -EACCES);
	if (getuid() == 0)
		cr_assert_eq(seteuid(0), 0);
}

/* --- changing while it is read --- */

static atomic_bool stop;
static const size_t big = 4u << 20;

/* Rewrites the file in place, all of one letter, then all of the other, length unchanged. */
static void *rewriter(void *name)
{
	CLEANUP(close_fd) int fd = open(name, O_WRONLY | O_CLOEXEC);
	CLEANUP(free_ptr) char *bytes = malloc(big);
	char letter = 'a';

	while (!atomic_load(&stop) && bytes && fd >= 0) {
		memset(bytes, letter, big);
		if (pwrite(fd, bytes, big, 0) != (ssize_t)big)
			break;
		letter = letter == 'a' ? 'b' : 'a';
	}
	return NULL;
}

/* Grows and shrinks it. */
static void *resizer(void *name)
{
	for (long i = 0; !atomic_load(&stop); i++)
		if (truncate(name, (long)big - i % 2 * 4096) < 0)
			break;
	return NULL;
}

static void race(void *(*writer)(void *), int *ret_stale)
{
	CLEANUP(free_ptr) char *first = calloc(1, big), *name = strdup(in_dir("f"));
	const struct timespec end = {.tv_sec = time(NULL) + 2};
	pthread_t thread;

	*ret_stale = 0;
	write_file("f", first, big, 0644);
	atomic_store(&stop, false);
	cr_assert_eq(pthread_create(&thread, NULL, writer, name), 0);
	while (time(NULL) < end.tv_sec) {
		CLEANUP(free_ptr) char *data = NULL;
		size_t length = 0;
		int r = read_file(name, big, 0, &data, &length);

		if (r == -ESTALE)
			(*ret_stale)++;
		else
			cr_assert_eq(r, 0, "%s", strerror(-r));
		cr_assert(r != 0 || length == big || length == big - 4096);
	}
	atomic_store(&stop, true);
	cr_assert_eq(pthread_join(thread, NULL), 0);
}

Test(file, resized_while_it_is_read)
{
	int stale;

	race(resizer, &stale);
	cr_expect_gt(stale, 0, "no change was ever noticed");
}

Test(file, rewritten_while_it_is_read)
{
	int stale;

	race(rewriter, &stale);
	cr_expect_gt(stale, 0, "no change was ever noticed");
}

/* Descriptors: none is left open, on success and on failure. */
Test(file, leaves_no_descriptor)
{
	CLEANUP(free_ptr) char *data = NULL;
	size_t length;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(next);
	write_file("f", "x", 1, 0644);
	cr_assert_eq(mkfifo(in_dir("fifo"), 0644), 0);
	cr_assert_eq(read_file(in_dir("f"), 10, 0, &data, &length), 0);
	expect_error(in_dir("f"), 0, 0, -EFBIG);
	expect_error(in_dir("fifo"), 0, 0, -EINVAL);
	expect_error("/proc/self/status", 1u << 20, 0, -ESTALE);
	CLEANUP(close_fd) int now = open("/dev/null", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(now, next);
}

/* The kernel takes a part up to the limit, and says only then that there is no more. */
Test(file, a_part_is_not_all)
{
	const struct rlimit limit = {1000, 1000};
	CLEANUP(close_fd) int fd = open(in_dir("part"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	char bytes[1500], back[sizeof(bytes)];

	memset(bytes, 'x', sizeof(bytes));
	cr_assert_geq(fd, 0);
	cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	cr_expect_eq(write_all(fd, bytes, 700), 0);
	cr_expect_eq(write_all(fd, bytes, sizeof(bytes)), -EFBIG);
	cr_expect_eq(pread(fd, back, sizeof(back), 0), 1000);
}

Test(file, what_cannot_be_written)
{
	CLEANUP(close_fd) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	cr_assert_geq(full, 0);
	cr_expect_eq(write_all(full, "x", 1), -ENOSPC);
	cr_expect_eq(write_all(full, "", 0), 0);
	cr_expect_eq(write_all(-1, "x", 1), -EBADF);
}
