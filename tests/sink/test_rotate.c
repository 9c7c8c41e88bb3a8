/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are put aside at a size: whatever is told is in one of those that are kept. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bailiff/sink.h"

#define LIMIT SINK_ROTATE_MIN

static char dir[] = "/tmp/sink-rotate-XXXXXX";
static char path[128];

static char *numbered(unsigned i)
{
	static char name[160];

	snprintf(name, sizeof(name), i ? "%s.%u" : "%s", path, i);
	return name;
}

static void setup(void)
{
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/report", dir);
}

static void teardown(void)
{
	for (unsigned i = 0; i < 10; i++)
		unlink(numbered(i));
	rmdir(dir);
}

TestSuite(rotate, .init = setup, .fini = teardown, .timeout = 60);

static struct sink *open_sink(const char *target)
{
	struct sink *sink = NULL;

	cr_assert_eq(sink_open(target, NULL, &sink), 0);
	return sink;
}

static void put(struct sink *sink)
{
	struct event event = {.class = CLASS_SYSCALLS,
			      .verdict = VERDICT_DENIED,
			      .policy = "web",
			      .plane = "seccomp",
			      .count = 1};

	sink_event(sink, &event);
	sink_pump(sink);
}

/* How many whole lines, each of one violation, a file has. */
static uint64_t lines_of(const char *name)
{
	CLEANUP(free_ptr) char *text = NULL;
	uint64_t n = 0;
	size_t length;

	cr_assert_eq(read_file(name, 64 << 20, 0, &text, &length), 0);
	for (char *at = text, *end; at < text + length; at = end + 1, n++) {
		end = strchr(at, '\n');
		cr_assert_not_null(end, "a torn line: %s", at);
		cr_assert(strncmp(at, "{\"time\":", 8) == 0 && end[-1] == '}');
	}
	return n;
}

/* Every violation is in one of the files that are kept, or in one that was given up. */
Test(rotate, a_file_that_has_grown_is_put_aside)
{
	const struct sink_rotation rotation = {LIMIT, 3};
	struct sink *sink = open_sink(path);
	uint64_t told = 0, kept = 0, n = 0;
	struct stat st;

	cr_assert_eq(sink_rotate(sink, &rotation), 0);
	/* So many that three files and the one under way hold them all. */
	for (; told < 800; told++) {
		put(sink);
	}
	sink_finish(sink, 100);
	for (unsigned i = 0; stat(numbered(i), &st) == 0; i++) {
		cr_expect_leq(st.st_size, LIMIT, "file %u", i);
		cr_expect_eq(st.st_mode & 0777, 0600);
		kept += lines_of(numbered(i));
		n++;
	}
	cr_expect_eq(kept, told);
	cr_expect(n >= 3 && n <= 4, "%lu files", n);
	for (int i = 0; i < 2000; i++) {
		put(sink);
	}
	sink_finish(sink, 100);
	cr_expect_eq(stat(numbered(3), &st), 0);
	cr_expect_eq(stat(numbered(4), &st), -1, "no more than three are kept");
	cr_expect_eq(sink_missing(sink, NULL), 0);
	sink_free(sink);
}

/* Whoever reports in the background has gone to /. */
Test(rotate, the_file_stays_where_it_was_named)
{
	const struct sink_rotation rotation = {LIMIT, 3};
	struct sink *sink;
	struct stat st;

	cr_assert_eq(chdir(dir), 0);
	sink = open_sink("report");
	cr_assert_eq(sink_rotate(sink, &rotation), 0);
	cr_assert(mkdir("elsewhere", 0700) == 0 && chdir("elsewhere") == 0);
	for (int i = 0; i < 800; i++)
		put(sink);
	sink_finish(sink, 100);
	cr_expect_eq(stat("report", &st), -1);
	cr_expect_eq(stat(numbered(1), &st), 0);
	cr_expect(stat(numbered(0), &st) == 0 && st.st_size <= LIMIT);
	cr_expect_str_eq(sink_name(sink), "report");
	sink_free(sink);
	unlink("report");
	cr_expect_eq(chdir("/"), 0);
	snprintf(path, sizeof(path), "%s/elsewhere", dir);
	cr_expect_eq(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/report", dir);
}

/* Two writers of one file turn it over once, and nothing that either wrote is missing. */
Test(rotate, two_writers_rotate_one_file)
{
	const struct sink_rotation rotation = {LIMIT, 8};
	struct sink *one = open_sink(path), *other = open_sink(path);
	uint64_t told = 0, kept = 0, bytes = 0, n = 0;
	struct stat st;

	cr_assert_eq(sink_rotate(one, &rotation), 0);
	cr_assert_eq(sink_rotate(other, &rotation), 0);
	for (; told < 1500; told++) {
		struct stat open_file, named;
		struct sink *sink = told % 3 ? one : other;

		put(sink);
		cr_assert_eq(fstat(sink_fd(sink), &open_file), 0);
		cr_assert_eq(stat(path, &named), 0);
		cr_assert_eq(open_file.st_ino, named.st_ino, "line %lu is in an old file", told);
	}
	for (unsigned i = 0; stat(numbered(i), &st) == 0; i++) {
		cr_expect_leq(st.st_size, LIMIT);
		kept += lines_of(numbered(i));
		bytes += (uint64_t)st.st_size;
		n++;
	}
	cr_expect_eq(kept, told);
	cr_expect_leq(n, bytes / (LIMIT - 1024) + 1, "%lu files: one was put aside too early", n);
	sink_free(one);
	sink_free(other);
}

/* A directory that takes no new file: the report goes on in the old one. */
Test(rotate, what_can_not_be_put_aside_grows)
{
	const struct sink_rotation rotation = {LIMIT, 1};
	struct sink *sink = open_sink(path);

	cr_assert_eq(sink_rotate(sink, &rotation), 0);
	cr_assert_eq(mkdir(numbered(1), 0700), 0);
	for (int i = 0; i < 1000; i++) {
		put(sink);
	}
	cr_expect_eq(lines_of(path), 1000);
	cr_expect_eq(sink_missing(sink, NULL), 0);
	sink_free(sink);
	rmdir(numbered(1));
}

/* Somebody has put something else in its place: no waiting, and nothing is written there. */
Test(rotate, what_lies_there_now_is_no_file, .timeout = 5)
{
	const struct sink_rotation rotation = {LIMIT, 1};
	struct stat st;

	for (int link = 0; link < 2; link++) {
		struct sink *sink = open_sink(path);

		cr_assert_eq(sink_rotate(sink, &rotation), 0);
		cr_assert_eq(rename(path, numbered(2)), 0);
		cr_assert_eq(link ? symlink(numbered(3), path) : mkfifo(path, 0600), 0);
		for (int i = 0; i < 1000; i++)
			put(sink);
		cr_expect_eq(lines_of(numbered(2)), 1000);
		cr_expect_eq(stat(numbered(3), &st), -1);
		cr_expect_eq(sink_missing(sink, NULL), 0);
		sink_free(sink);
		unlink(path);
		unlink(numbered(2));
	}
}

Test(rotate, what_has_no_rotation)
{
	const struct sink_rotation good = {LIMIT, 1},
				   bad[] = {{LIMIT - 1, 1}, {LIMIT, 0}, {LIMIT, 1001}};
	struct sink *none = open_sink("none"), *file = open_sink(path);

	cr_expect_eq(sink_rotate(none, &good), -EINVAL);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_expect_eq(sink_rotate(file, &bad[i]), -EINVAL);
	sink_free(none);
	sink_free(file);
}

/* Who writes may not rename: another does, late, and it is all in the files still. */
Test(rotate, another_process_puts_aside)
{
	const struct sink_rotation rotation = {LIMIT, 9};
	struct sink *sink = open_sink(path);
	uint64_t told = 0, kept = 0, n = 0, late = 0;
	struct stat st;
	int fd;

	cr_assert_eq(sink_rotate_elsewhere(sink, &rotation), 0);
	for (; told < 1500; told++) {
		put(sink);
		if (!sink_turn_due(sink) || ++late % 5)
			continue;
		cr_assert_eq(sink_put_aside(path, &rotation, sink_turn_due(sink), &fd), 0);
		sink_turn(sink, fd);
	}
	sink_finish(sink, 100);
	for (unsigned i = 0; stat(numbered(i), &st) == 0; i++, n++) {
		cr_expect_leq(st.st_size, LIMIT + 4096);
		kept += lines_of(numbered(i));
	}
	cr_expect_eq(kept, told);
	cr_expect_gt(n, 3);
	/* It can't: the file goes on growing, and it is not asked for each line. */
	sink_turn(sink, -EACCES);
	put(sink);
	cr_expect_eq(sink_turn_due(sink), 0);
	sink_free(sink);
}

/* Another was faster: then the file that it has begun is the one to go on with. */
Test(rotate, another_was_faster)
{
	const struct sink_rotation rotation = {LIMIT, 9};
	struct sink *sink = open_sink(path);
	struct stat open_file, named;
	int fd, other;

	cr_assert_eq(sink_rotate_elsewhere(sink, &rotation), 0);
	while (!sink_turn_due(sink))
		put(sink);
	cr_assert_eq(sink_put_aside(path, &rotation, sink_turn_due(sink), &other), 0);
	close(other);
	cr_assert_eq(sink_put_aside(path, &rotation, sink_turn_due(sink), &fd), 0);
	sink_turn(sink, fd);
	put(sink);
	cr_assert_eq(fstat(sink_fd(sink), &open_file), 0);
	cr_assert_eq(stat(path, &named), 0);
	cr_expect_eq(open_file.st_ino, named.st_ino);
	cr_expect_eq(stat(numbered(2), &named), -1, "put aside once");
	sink_free(sink);
}
