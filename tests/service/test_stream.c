/* SPDX-License-Identifier: Apache-2.0 */
/* Violations handed to many readers: each gets all of its own, or is told what it missed. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/service.h"

static const struct event_process process = {
	.pid = 7, .tid = 7, .exe = "/bin/x", .uid = 0, .gid = 0};

static struct event denial(const char *policy)
{
	return (struct event){
		.policy = policy,
		.class = CLASS_FILES,
		.verdict = VERDICT_DENIED,
		.plane = "lsm",
		.operation = "read",
		.object = "/etc/shadow",
		.process = &process,
		.count = 1,
	};
}

static struct stream *stream;

static void set_up(void)
{
	cr_assert_eq(stream_new(&stream), 0);
}

static void tear_down(void)
{
	stream_free(stream);
}

TestSuite(stream, .init = set_up, .fini = tear_down);

/* The reader's end. */
static int join(const char *request)
{
	int pair[2];

	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	cr_assert_eq(stream_join(stream, pair[0], request), 0, "%s", request);
	return pair[1];
}

/* All that can be read without waiting. */
static char *read_all(int fd)
{
	static char text[1 << 22];
	size_t length = 0;
	ssize_t n;

	while ((n = recv(fd, text + length, sizeof(text) - 1 - length, MSG_DONTWAIT)) > 0)
		length += (size_t)n;
	text[length] = '\0';
	return text;
}

static uint64_t count_of(const char *text, const char *word)
{
	uint64_t count = 0;

	for (text = strstr(text, word); text; text = strstr(text + 1, word))
		count++;
	return count;
}

Test(stream, each_reader_gets_what_it_asked_for)
{
	int all = join("watch"), one = join("watch policy=db"),
	    text = join("watch text policy=web");
	struct event web = denial("web"), db = denial("db"), own = denial(NULL);
	char *got;

	stream_event(stream, &web);
	stream_event(stream, &db);
	stream_event(stream, &own);
	stream_lost(stream, "lsm", 12);
	stream_turn(stream);
	got = read_all(all);
	cr_expect_eq(strncmp(got, "{\"watching\":\"", 13), 0);
	cr_expect_eq(count_of(got, "\n"), 5);
	cr_expect_eq(count_of(got, "{\"lost\":{\"kind\":\"lsm\",\"count\":12}}\n"), 1);
	got = read_all(one);
	cr_expect_eq(count_of(got, "\n"), 3, "%s", got);
	cr_expect_eq(count_of(got, "\"policy\":\"db\""), 1);
	got = read_all(text);
	cr_expect_eq(count_of(got, "\n"), 3);
	cr_expect_eq(count_of(got, "bailiff: denied read /etc/shadow in /bin/x[7]\n"), 1, "%s",
		     got);
	cr_expect_eq(count_of(got, "12 violations are missing"), 1);
	close(all);
	close(one);
	close(text);
}

Test(stream, requests_that_are_none)
{
	static const char *const requests[] = {
		"",
		"watches",
		"Watch",
		"watch json",
		"watch policy=",
		"label 7",
		"watch text  ",
		"watch policy=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	int pair[2];

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		cr_expect_eq(stream_join(stream, pair[0], requests[i]), -EINVAL, "%s", requests[i]);
		service_refuse(pair[0], "no \"such\" request");
		cr_expect_str_eq(read_all(pair[1]), "{\"error\":\"no \\\"such\\\" request\"}\n");
		close(pair[1]);
	}
	cr_expect_eq(stream_readers(stream), 0);
}

/* Sums what a reader got, and what it was told to have missed. */
static uint64_t accounted(const char *text)
{
	static const char lost[] = "\"count\":";
	uint64_t sum = count_of(text, "\"operation\":\"read\"");

	for (text = strstr(text, "{\"lost\":"); text; text = strstr(text + 1, "{\"lost\":"))
		sum += strtoull(strstr(text, lost) + strlen(lost), NULL, 10);
	return sum;
}

Test(stream, a_slow_reader_loses_and_is_told)
{
	int slow = join("watch"), quick = join("watch");
	struct event event = denial("web");
	uint64_t quick_sum = 0, slow_lost;
	const uint64_t rounds = 200, each = 50;
	char *got;

	for (uint64_t i = 0; i < rounds; i++) {
		for (uint64_t j = 0; j < each; j++)
			stream_event(stream, &event);
		stream_turn(stream);
		quick_sum += accounted(read_all(quick));
	}
	cr_expect_eq(quick_sum, rounds * each, "%lu", (unsigned long)quick_sum);
	/* Only now: as it takes what waits, it is told of the rest. */
	got = read_all(slow);
	cr_expect_lt(accounted(got), rounds * each);
	slow_lost = accounted(got);
	for (int i = 0; i < 20; i++) {
		stream_turn(stream);
		slow_lost += accounted(read_all(slow));
	}
	cr_expect_eq(slow_lost, rounds * each, "%lu", (unsigned long)slow_lost);
	close(slow);
	close(quick);
}

Test(stream, one_that_goes_is_forgotten)
{
	struct pollfd pfd = {.events = POLLIN, .fd = stream_fd(stream)};
	int first = join("watch"), second = join("watch");
	struct event event = denial("web");

	cr_expect_eq(stream_readers(stream), 2);
	cr_expect_eq(poll(&pfd, 1, 0), 0);
	close(first);
	cr_expect_eq(poll(&pfd, 1, 1000), 1);
	stream_turn(stream);
	cr_expect_eq(stream_readers(stream), 1);
	stream_event(stream, &event);
	stream_turn(stream);
	cr_expect_eq(accounted(read_all(second)), 1);
	close(second);
}

Test(stream, there_is_an_end_to_readers)
{
	int fds[SERVICE_MAX_READER], pair[2];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = join("watch");
	cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	cr_expect_eq(stream_join(stream, pair[0], "watch"), -EUSERS);
	close(fds[0]);
	stream_turn(stream);
	cr_expect_eq(stream_join(stream, pair[0], "watch"), 0);
}

/* --- The other side --------------------------------------------------------------------------- */

static struct sockaddr_un address;

static int listen_at(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sun_family = AF_UNIX;
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/bailiff-stream-%d", getpid());
	unlink(address.sun_path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	cr_assert_eq(listen(fd, 1), 0);
	return fd;
}

/* A service that answers one request; `good`: with `lines` violations. */
static pid_t serve(int listener, bool good, int lines)
{
	char request[SERVICE_REQUEST] = "";
	struct event event = denial("web");
	pid_t pid = fork();
	ssize_t n;
	int fd;

	if (pid)
		return pid;
	fd = accept(listener, NULL, NULL);
	n = recv(fd, request, sizeof(request) - 1, 0);
	if (n <= 0 || request[n - 1] != '\n')
		_exit(1);
	request[n - 1] = '\0';
	if (!good) {
		service_refuse(fd, "not today");
		_exit(0);
	}
	if (strcmp(request, "watch text policy=web") != 0 || stream_join(stream, fd, request) < 0)
		_exit(2);
	for (int i = 0; i < lines; i++) {
		stream_event(stream, &event);
		stream_turn(stream);
	}
	stream_free(stream);
	_exit(0);
}

static int seen;

static void on_line(void *context, const char *line, size_t length)
{
	cr_assert_eq(context, (void *)&seen);
	cr_assert_eq(strncmp(line, "bailiff: denied read", 20), 0);
	cr_assert_eq(line[length - 1], '\n');
	seen++;
}

Test(stream, asking_the_service)
{
	struct service_reader *reader = NULL;
	struct diag *diag = NULL;
	int listener = listen_at(), r = 0, status;
	struct pollfd pfd = {.events = POLLIN};

	cr_assert_eq(diag_new(&diag), 0);
	serve(listener, true, 3);
	cr_assert_eq(service_watch(address.sun_path, true, "web", diag, &reader), 0);
	pfd.fd = service_reader_fd(reader);
	while (r >= 0) {
		cr_assert_eq(poll(&pfd, 1, 5000), 1);
		r = service_reader_pump(reader, on_line, &seen);
	}
	cr_expect_eq(r, -EPIPE);
	cr_expect_eq(seen, 3);
	service_reader_free(reader);
	wait(&status);
	cr_expect_eq(status, 0);

	serve(listener, false, 0);
	cr_expect_lt(service_watch(address.sun_path, true, "web", diag, &reader), 0);
	cr_expect_eq(diag_errors(diag), 1);
	wait(&status);
	close(listener);
	cr_expect_eq(service_watch(address.sun_path, true, NULL, diag, &reader), -ECONNREFUSED);
	unlink(address.sun_path);
	cr_expect_eq(service_watch(address.sun_path, true, NULL, diag, &reader), -ENOENT);
	cr_expect_eq(diag_errors(diag), 1, "without a message");
	diag_free(diag);
}
