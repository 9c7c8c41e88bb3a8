/* SPDX-License-Identifier: Apache-2.0 */
/* Sinks: whole lines, no waiting, and counts that add up whatever becomes of the reader. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/sink.h"

static char dir[] = "/tmp/sink-test-XXXXXX";
static char path[128];

static void setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_not_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/report", dir);
}

static void teardown(void)
{
	unlink(path);
	rmdir(dir);
}

TestSuite(sink, .init = setup, .fini = teardown, .timeout = 60);

static struct sink *open_sink(const char *target)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct sink *sink = NULL;
	int r;

	cr_assert_eq(diag_new(&diag), 0);
	r = sink_open(target, diag, &sink);
	if (r < 0)
		diag_print(diag, stderr);
	cr_assert_eq(r, 0);
	return sink;
}

static void put(struct sink *sink, uint64_t count)
{
	struct event event = {.class = CLASS_SYSCALLS,
			      .verdict = VERDICT_DENIED,
			      .policy = "web",
			      .plane = "seccomp",
			      .count = count};

	sink_event(sink, &event);
}

struct sum {
	uint64_t told, lost, lines;
};

/* Every line must be JSON; adds up what they tell of. */
static void add_line(const char *line, size_t length, struct sum *sum)
{
	json_error_t error;
	json_t *json = json_loadb(line, length, 0, &error), *lost;

	cr_assert_not_null(json, "%s: %.*s", error.text, (int)length, line);
	lost = json_object_get(json, "lost");
	if (lost)
		sum->lost += (uint64_t)json_integer_value(json_object_get(lost, "count"));
	else
		sum->told += (uint64_t)json_integer_value(json_object_get(json, "count"));
	sum->lines++;
	json_decref(json);
}

static void add_text(const char *text, size_t length, struct sum *sum)
{
	const char *end;

	for (; length; length -= (size_t)(end + 1 - text), text = end + 1) {
		end = memchr(text, '\n', length);
		cr_assert_not_null(end, "a torn line: %.*s", (int)length, text);
		add_line(text, (size_t)(end - text), sum);
	}
}

static struct sum read_file_sum(const char *name)
{
	CLEANUP(free_ptr) char *text = NULL;
	struct sum sum = {0};
	size_t length;

	cr_assert_eq(read_file(name, 64 << 20, 0, &text, &length), 0);
	add_text(text, length, &sum);
	return sum;
}

static struct sum read_fd_sum(int fd)
{
	CLEANUP(free_ptr) char *text = malloc(8 << 20);
	struct sum sum = {0};
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, (8 << 20) - length)) > 0)
		length += (size_t)n;
	add_text(text, length, &sum);
	return sum;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

Test(sink, a_file_is_private_and_appended_to)
{
	struct stat st;
	struct sum sum;

	umask(0);
	for (int i = 0; i < 2; i++) {
		struct sink *sink = open_sink(path);

		cr_expect_not(sink_is_text(sink));
		cr_expect(fcntl(sink_fd(sink), F_GETFD) & FD_CLOEXEC);
		put(sink, 3);
		sink_pump(sink);
		sink_finish(sink, 100);
		cr_expect_eq(sink_missing(sink, NULL), 0);
		sink_free(sink);
	}
	sum = read_file_sum(path);
	cr_expect_eq(sum.told, 6);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
}

Test(sink, partial_records)
{
	struct event_partial partial = {"web.yaml", 12, "files", "not yet"};
	CLEANUP(free_ptr) char *text = NULL;
	struct sink *sink = open_sink(path);
	size_t length;

	sink_partial(sink, &partial);
	sink_finish(sink, 100);
	sink_free(sink);
	cr_assert_eq(read_file(path, 4096, 0, &text, &length), 0);
	cr_expect_str_eq(text, "{\"partial\":{\"rule\":\"web.yaml:12\",\"class\":\"files\","
			       "\"reason\":\"not yet\"}}\n");
}

static const struct bad_case {
	const char *name, *target;
	int error;
} bad_cases[] = {
	{"a directory that is not there", "/nonexistent/report", -ENOENT},
	{"a directory", "/tmp", -EISDIR},
	{"a socket that is not there", "unix:/nonexistent", -ENOENT},
	{"a socket without a name", "unix:", -EINVAL},
	{"a log that is not there", "syslog:/nonexistent", -ENOENT},
	{"a journal that is not there", "journal:/nonexistent", -ENOENT},
	{"a log without its colon", "syslog", -EINVAL},
	{"a journal without its colon", "journal", -EINVAL},
	{"a log without a path", "syslog:log", -EINVAL},
	{"a log by name", "syslog:udp:localhost:514", -EINVAL},
	{"a log without a port", "syslog:udp:192.0.2.1", -EINVAL},
	{"a log at port 0", "syslog:udp:192.0.2.1:0", -EINVAL},
	{"a log at a port too large", "syslog:udp:[2001:db8::1]:65536", -EINVAL},
	{"a socket's name that is too long",
	 "unix:/"
	 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	 "xxxxxxxxxxxxxxxxxxxxxxxxx",
	 -EINVAL},
};

Test(sink, what_cannot_be_opened)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		struct sink *sink = NULL;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(sink_open(bad_cases[i].target, diag, &sink), bad_cases[i].error, "%s",
			     bad_cases[i].name);
		cr_expect_eq(diag_errors(diag), 1, "%s", bad_cases[i].name);
		cr_expect_null(sink);
	}
}

Test(sink, a_fifo_without_a_reader_does_not_wait)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct sink *sink = NULL;

	cr_assert_eq(diag_new(&diag), 0);
	cr_assert_eq(mkfifo(path, 0600), 0);
	cr_expect_eq(sink_open(path, diag, &sink), -ENXIO);
}

Test(sink, none_takes_everything)
{
	struct sink *sink = open_sink("none");

	put(sink, 5);
	sink_pump(sink);
	sink_finish(sink, 100);
	cr_expect_eq(sink_missing(sink, NULL), 0);
	cr_expect_eq(sink_fd(sink), -1);
	sink_free(sink);
}

/* A reader that reads nothing, then everything. */
Test(sink, a_slow_reader_costs_records_and_no_time)
{
	struct sink *sink;
	struct sum sum;
	int64_t start;
	int fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sink = open_sink(path);
	start = now_ms();
	for (int i = 0; i < 20000; i++) {
		put(sink, 2);
		if (i % 16 == 0)
			sink_pump(sink);
	}
	cr_expect_lt(now_ms() - start, 5000, "it waited for its reader");
	sink_pump(sink);
	cr_expect_eq(sink_wait_fd(sink), sink_fd(sink));
	/* The reader wakes up: the losses are told, before what comes after them. */
	if (fork() == 0) {
		sum = read_fd_sum(fd);
		for (int idle = 0; sum.told + sum.lost < 40002 && idle < 500;) {
			struct sum more;
			struct pollfd pfd = {.fd = fd, .events = POLLIN};

			poll(&pfd, 1, 10);
			idle++;
			more = read_fd_sum(fd);
			sum.told += more.told;
			sum.lost += more.lost;
		}
		_exit(sum.told + sum.lost == 40002 && sum.lost > 0 && sum.told > 1000 ? 0 : 1);
	}
	sink_finish(sink, 5000);
	put(sink, 2);
	sink_finish(sink, 5000);
	cr_expect_eq(sink_missing(sink, NULL), 0, "%lu are missing", sink_missing(sink, NULL));
	sink_free(sink);
	{
		int status;

		wait(&status);
		cr_expect_eq(status, 0, "the counts do not add up, or a line is torn");
	}
	close(fd);
}

/* What is missing is told in its place: after what came before it, before what comes after. */
Test(sink, losses_are_told_in_order)
{
	CLEANUP(free_ptr) char *text = calloc(1, 1 << 20);
	struct sink *sink;
	char *lost, *after;
	size_t length = 0;
	ssize_t n;
	int fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sink = open_sink(path);
	for (int i = 0; i < 4000; i++) {
		put(sink, 1);
		sink_pump(sink);
	}
	/* Some room, but the queue is far from empty. */
	for (int i = 0; i < 10; i++) {
		n = read(fd, text + length, 4096);
		cr_assert_gt(n, 0);
		length += (size_t)n;
	}
	sink_pump(sink);
	put(sink, 77);
	for (int i = 0; i < 200; i++) {
		sink_pump(sink);
		n = read(fd, text + length, (1 << 20) - length - 1);
		length += n > 0 ? (size_t)n : 0;
	}
	lost = strstr(text, "{\"lost\":");
	after = strstr(text, "\"count\":77}");
	cr_assert(lost && after, "both are told");
	cr_expect_lt(lost, after);
	cr_expect_null(strstr(after, "lost"));
	sink_free(sink);
	close(fd);
}

Test(sink, the_end_waits_for_so_long_and_no_longer)
{
	struct sink *sink;
	struct sum sum;
	int64_t start;
	int fd;

	cr_assert_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	sink = open_sink(path);
	for (int i = 0; i < 3000; i++)
		put(sink, 1);
	start = now_ms();
	sink_finish(sink, 300);
	start = now_ms() - start;
	cr_expect(start >= 250 && start < 1500, "%ld ms", (long)start);
	cr_expect_gt(sink_missing(sink, NULL), 0);
	sum = read_fd_sum(fd);
	cr_expect_eq(sum.told + sink_missing(sink, NULL), 3000);
	sink_free(sink);
	close(fd);
}

static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, name);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 4), 0);
	return fd;
}

Test(sink, a_socket)
{
	char target[160];
	struct sink *sink;
	struct sum sum;
	int server, fd;

	snprintf(target, sizeof(target), "unix:%s", path);
	server = listen_at(path);
	sink = open_sink(target);
	fd = accept(server, NULL, NULL);
	for (int i = 0; i < 10; i++)
		put(sink, 7);
	sink_finish(sink, 1000);
	cr_expect_eq(sink_missing(sink, NULL), 0);
	sink_free(sink);
	sum = read_fd_sum(fd);
	cr_expect_eq(sum.told, 70);
	close(fd);
	close(server);
}

Test(sink, a_reader_that_goes_away_is_counted)
{
	char target[160];
	struct sink *sink;
	struct sum sum;
	int server, fd, error = 0;

	snprintf(target, sizeof(target), "unix:%s", path);
	server = listen_at(path);
	sink = open_sink(target);
	fd = accept(server, NULL, NULL);
	put(sink, 7);
	sink_pump(sink);
	shutdown(fd, SHUT_WR);
	{
		char text[4096];
		ssize_t n = read(fd, text, sizeof(text));

		sum = (struct sum){0};
		add_text(text, (size_t)n, &sum);
		cr_expect_eq(sum.told, 7);
	}
	close(fd);
	for (int i = 0; i < 10; i++) {
		put(sink, 5);
		sink_pump(sink);
	}
	sink_finish(sink, 1000);
	cr_expect_eq(sink_missing(sink, &error), 50);
	cr_expect_eq(error, EPIPE);
	cr_expect_eq(sink_wait_fd(sink), -1, "nothing is waited for");
	sink_free(sink);
	close(server);
}

Test(sink, a_full_device_is_counted)
{
	struct sink *sink = open_sink("/dev/full");
	int error = 0;

	for (int i = 0; i < 10; i++) {
		put(sink, 5);
		sink_pump(sink);
	}
	cr_expect_gt(sink_wait_ms(sink), 0, "worth another try later");
	sink_finish(sink, 1000);
	cr_expect_eq(sink_missing(sink, &error), 50);
	cr_expect_eq(error, ENOSPC);
	sink_free(sink);
}

/* A limit on file size stands for a full disk: it leaves room for a part of a line. */
Test(sink, a_full_disk_tears_no_line)
{
	struct rlimit limit, small;
	struct sink *sink = open_sink(path);
	struct sum sum;

	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = 1000;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 3000; i++) {
		put(sink, 2);
		if (i % 10 == 0)
			sink_pump(sink);
	}
	sum = read_file_sum(path);
	cr_expect_gt(sum.lines, 0);
	cr_expect_lt(sum.lines, 10);
	/* Somebody makes room. */
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	usleep(1100000);
	sink_pump(sink);
	put(sink, 2);
	sink_finish(sink, 1000);
	cr_expect_eq(sink_missing(sink, NULL), 0);
	sum = read_file_sum(path);
	cr_expect_eq(sum.told + sum.lost, 6002);
	cr_expect_gt(sum.lost, 0);
	sink_free(sink);
}

Test(sink, a_disk_that_stays_full)
{
	struct rlimit small = {1000, RLIM_INFINITY};
	struct sink *sink = open_sink(path);
	struct sum sum;
	int error = 0;

	getrlimit(RLIMIT_FSIZE, &small);
	small.rlim_cur = 1000;
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 100; i++)
		put(sink, 2);
	sink_finish(sink, 1000);
	sum = read_file_sum(path);
	cr_expect_eq(sum.told + sink_missing(sink, &error), 200);
	cr_expect_eq(error, ENOSPC);
	sink_free(sink);
}

/* Standard error is shared with the program: its descriptor keeps its flags. */
Test(sink, shared_descriptors_keep_their_flags)
{
	struct sink *sink;
	int ends[2], saved = dup(STDERR_FILENO), before, after;
	char text[1024];
	ssize_t n;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	dup2(ends[1], STDERR_FILENO);
	before = fcntl(STDERR_FILENO, F_GETFL);
	sink = open_sink(NULL);
	for (int i = 0; i < 5000; i++) {
		put(sink, 1);
		sink_pump(sink);
	}
	after = fcntl(STDERR_FILENO, F_GETFL);
	dup2(saved, STDERR_FILENO);
	cr_expect(sink_is_text(sink));
	cr_expect_eq(before, after);
	n = read(ends[0], text, sizeof(text));
	cr_expect_gt(n, 0);
	cr_expect_eq(memcmp(text, "bailiff: denied ", 16), 0);
	sink_free(sink);
	close(ends[0]);
	close(ends[1]);
}

Test(sink, a_closed_standard_output_is_an_error)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	struct sink *sink = NULL;
	int saved = dup(STDOUT_FILENO), r;

	cr_assert_eq(diag_new(&diag), 0);
	close(STDOUT_FILENO);
	r = sink_open("-", diag, &sink);
	dup2(saved, STDOUT_FILENO);
	cr_expect_eq(r, -EBADF);
}
