/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever connects, and whatever he sends: nobody is kept waiting, and nothing grows. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/metrics.h"

static char place[64], target[96];
static struct sockaddr_un address;
static struct metrics *metrics;
static int listener = -1;
static unsigned asked;
static bool comes; /* what is asked for */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool ask(void *context)
{
	cr_assert_eq(context, &asked);
	asked++;
	return comes;
}

static void set_up(void)
{
	const struct rlimit files = {4096, 4096};

	strcpy(place, "/tmp/metrics.XXXXXX");
	cr_assert(mkdtemp(place));
	snprintf(target, sizeof(target), "unix:%s/socket", place);
	address.sun_family = AF_UNIX;
	strcpy(address.sun_path, target + 5);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	cr_assert_eq(metrics_listen(target, NULL, &listener), 0);
	cr_assert_eq(metrics_new(listener, ask, &asked, &metrics), 0);
}

static void tear_down(void)
{
	metrics_free(metrics);
	close_fd(&listener);
	metrics_unlisten(target);
	cr_assert_eq(rmdir(place), 0, "something was left in %s", place);
}

TestSuite(serve, .init = set_up, .fini = tear_down);

/* A turn never waits. */
static void turn(void)
{
	struct pollfd fd = {.fd = metrics_fd(metrics), .events = POLLIN};
	int ms = metrics_wait_ms(metrics);
	int64_t before;

	(void)poll(&fd, 1, ms < 0 || ms > 10 ? 10 : ms);
	before = now_ms();
	metrics_turn(metrics);
	cr_assert_lt(now_ms() - before, 500);
}

static void turn_for(int64_t ms)
{
	for (int64_t until = now_ms() + ms; now_ms() < until;)
		turn();
}

static int client(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		close_fd(&fd);
	return fd;
}

static void put(int fd, const char *text)
{
	cr_assert_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* What comes until the end, within `ms`; -1: there is no end. */
static ssize_t take(int fd, char *text, size_t size, int64_t ms)
{
	int64_t until = now_ms() + ms;
	size_t length = 0;
	ssize_t n;

	while (now_ms() < until) {
		turn();
		n = recv(fd, text + length, size - 1 - length, 0);
		if (n < 0 && errno == EAGAIN)
			continue;
		text[length += n > 0 ? (size_t)n : 0] = '\0';
		if (n <= 0)
			return (ssize_t)length;
	}
	text[length] = '\0';
	return -1;
}

static char reply[1 << 20];
static const char *talk(const char *request)
{
	int fd = client();

	cr_assert(fd >= 0);
	put(fd, request);
	cr_assert(take(fd, reply, sizeof(reply), 3000) >= 0, "no end after: %s", reply);
	close(fd);
	return reply;
}

#define GET "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
#define OK  "HTTP/1.1 200 OK\r\n"

static bool is_ok(const char *text)
{
	return strncmp(text, OK, strlen(OK)) == 0 && strstr(text, "\nbailiff_build_info{");
}

static size_t open_files(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

Test(serve, requests)
{
	static const struct {
		const char *request, *status, *has;
	} rows[] = {
		{GET, OK, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"},
		{"GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", OK, "bailiff_build_info{"},
		{"GET /metrics HTTP/1.0\r\n\r\n", OK, "bailiff_build_info{"},
		{"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "only /metrics"},
		{"GET /metrics/../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "only"},
		{"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nxx",
		 "HTTP/1.1 405 ", "\r\nAllow: GET, HEAD\r\n"},
		{"PUT /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nxx",
		 "HTTP/1.1 405 ", "Allow"},
		{"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "Allow"},
		{"BREW /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405 ", "Allow"},
		{"GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", ""}, /* no Host */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = talk(rows[i].request);

		cr_expect(strncmp(got, rows[i].status, strlen(rows[i].status)) == 0 &&
				  strstr(got, rows[i].has),
			  "%s: %s", rows[i].request, got);
	}
}

Test(serve, head_has_no_body)
{
	const char *end = strstr(talk("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "\r\n\r\n");

	cr_assert(end && !end[4]);
	cr_assert(strstr(reply, "\r\nContent-Length: ") && !strstr(reply, "Length: 0"));
}

/* What is behind the first request is not answered: the connection ends. */
Test(serve, pipelined)
{
	cr_assert(is_ok(talk(GET GET GET)));
	cr_assert(!strstr(reply + 1, "HTTP/1.1"));
}

Test(serve, headers_without_end)
{
	static const char line[] =
		"X-Long: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n";
	int fd = client();
	size_t sent = 0;

	put(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 100000; i++) {
		ssize_t n = send(fd, line, strlen(line), MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		if (n < 0 && errno != EAGAIN)
			break;
		turn();
	}
	cr_assert_lt(sent, 1u << 20, "it took all of it");
	close(fd);
	cr_assert(is_ok(talk(GET)));
}

/* One that says nothing, and one that goes on saying little: each has to go. */
Test(serve, half_open, .timeout = 60)
{
	int64_t begun = now_ms(), silent_ms = 0, slow_ms = 0, said = begun;
	int silent = client(), slow = client();
	char c;

	put(silent, "GET /met");
	put(slow, "GET /metrics HTTP/1.1\r\n");
	while ((!silent_ms || !slow_ms) && now_ms() - begun < 20000) {
		turn();
		if (!silent_ms && recv(silent, &c, 1, 0) == 0)
			silent_ms = now_ms() - begun;
		if (!slow_ms && now_ms() - said > 500) {
			said = now_ms();
			if (send(slow, "X: y\r\n", 6, MSG_NOSIGNAL) < 0)
				slow_ms = now_ms() - begun;
		}
	}
	cr_expect(silent_ms && silent_ms < 9000, "after %jd ms", (intmax_t)silent_ms);
	cr_expect(slow_ms > 9000 && slow_ms < 14000, "after %jd ms", (intmax_t)slow_ms);
	close(silent);
	close(slow);
}

static void fill(void)
{
	struct event event = {.policy = "p", .rule_file = "/a", .count = 1, .plane = "lsm"};

	for (event.rule_line = 0; event.rule_line < METRICS_SERIES; event.rule_line++)
		metrics_event(metrics, &event);
}

/* Readers that do not read what is more than a socket holds. */
Test(serve, slow_readers, .timeout = 60)
{
	int fds[METRICS_CONNECTIONS];
	const int small = 4096;
	size_t files = open_files();

	fill();
	for (size_t i = 0; i < METRICS_CONNECTIONS; i++) {
		fds[i] = client();
		(void)setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		put(fds[i], GET);
		turn_for(20);
	}
	cr_assert(is_ok(talk(GET)), "they keep others out");
	cr_assert(strstr(reply, "rule=\"/a:999\""));
	turn_for(11000);
	for (size_t i = 0; i < METRICS_CONNECTIONS; i++)
		close(fds[i]);
	turn_for(50);
	cr_assert_eq(open_files(), files, "%zu, not %zu", open_files(), files);
}

/* All places are taken by those who say nothing, again and again. */
Test(serve, crowded_out, .timeout = 60)
{
	int fds[200];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		if ((fds[i] = client()) < 0) /* its queue is full */
			turn();
	cr_assert_lt(open_files(), 300);
	/* They are before us, so it takes as long as it takes for them to go. */
	int fd = client();
	for (int64_t until = now_ms() + 30000; fd < 0 && now_ms() < until; fd = client())
		turn();
	cr_assert(fd >= 0);
	put(fd, GET);
	cr_assert(take(fd, reply, sizeof(reply), 30000) > 0);
	cr_assert(is_ok(reply));
	close(fd);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close_fd(&fds[i]);
}

Test(serve, ten_thousand, .timeout = 120)
{
	size_t files = open_files(), answered = 0;
	struct mallinfo2 before, after;

	fill();
	(void)talk(GET);
	before = mallinfo2();
	for (int i = 0; i < 10000; i++) {
		int fd = client();

		if (fd < 0) {
			turn();
			continue;
		}
		switch (i % 5) {
		case 0: /* goes at once */
			break;
		case 1:
			put(fd, "GET /me");
			break;
		case 2:
			put(fd, "\r\n\r\n\x16\x03\x01 nonsense\r\n\r\n");
			break;
		case 3: /* does not wait for the answer */
			put(fd, GET);
			turn();
			break;
		default:
			if (i % 100 != 4)
				break;
			put(fd, GET);
			cr_assert(take(fd, reply, sizeof(reply), 5000) > 0);
			answered += is_ok(reply);
		}
		close(fd);
		turn();
	}
	turn_for(100);
	after = mallinfo2();
	cr_assert_eq(answered, 100);
	cr_assert_eq(open_files(), files);
	cr_assert(after.uordblks < before.uordblks + (1 << 18), "%zu bytes more",
		  after.uordblks - before.uordblks);
}

/* --- What the answer needs ---------------------------------------------------------------------- */

Test(serve, waits_for_what_is_asked_for)
{
	const struct metrics_kernel kernel = {.generation = 9};
	int one = client(), two = client();

	comes = true;
	put(one, GET);
	put(two, GET);
	turn_for(100);
	cr_assert_eq(asked, 2);
	cr_assert(recv(one, reply, sizeof(reply), 0) < 0 && errno == EAGAIN);
	metrics_kernel(metrics, &kernel);
	metrics_ready(metrics);
	cr_assert(take(one, reply, sizeof(reply), 500) > 0);
	cr_assert(is_ok(reply) && strstr(reply, "\nbailiff_generation 9\n"));
	cr_assert(take(two, reply, sizeof(reply), 500) > 0);
	cr_assert(is_ok(reply) && strstr(reply, "\nbailiff_generation 9\n"));
	close(one);
	close(two);
}

Test(serve, does_not_wait_for_ever)
{
	int64_t begun = now_ms();

	comes = true;
	cr_assert(is_ok(talk(GET)));
	cr_assert_geq(now_ms() - begun, METRICS_WAIT_MS - 10);
	cr_assert_leq(now_ms() - begun, METRICS_WAIT_MS + 900);
	comes = false;
	turn_for(METRICS_SAME_MS + 50);
	begun = now_ms();
	cr_assert(is_ok(talk(GET)));
	cr_assert_leq(now_ms() - begun, 500);
}

/* Somebody waits when all ends, or has gone meanwhile. */
Test(serve, ends_with_some_that_wait)
{
	int gone = client(), there = client();

	comes = true;
	put(gone, GET);
	put(there, GET);
	turn_for(50);
	close(gone);
	turn_for(50);
	metrics_free(metrics);
	metrics = NULL;
	close(there);
}

/* --- Where -------------------------------------------------------------------------------------- */

Test(serve, another_goes_on_at_the_same_socket)
{
	metrics_free(metrics);
	cr_assert_eq(metrics_new(listener, NULL, NULL, &metrics), 0);
	cr_assert(is_ok(talk(GET)));
}

Test(serve, the_socket_is_not_everybodys)
{
	struct stat st;

	cr_assert_eq(stat(address.sun_path, &st), 0);
	cr_assert_eq(st.st_mode, (mode_t)(S_IFSOCK | 0660));
	cr_assert(fcntl(listener, F_GETFD) & FD_CLOEXEC);
	cr_assert(fcntl(metrics_fd(metrics), F_GETFD) & FD_CLOEXEC);
}

Test(serve, what_is_in_the_way)
{
	int other = -1, fd;

	cr_assert_eq(metrics_listen(target, NULL, &other), -EADDRINUSE, "another serves there");
	cr_assert(is_ok(talk(GET)));
	metrics_free(metrics);
	metrics = NULL;
	close_fd(&listener);
	cr_assert_eq(access(address.sun_path, F_OK), 0);
	cr_assert_eq(metrics_listen(target, NULL, &listener), 0, "what is left of another");
	close_fd(&listener);
	cr_assert_eq(unlink(address.sun_path), 0);
	fd = open(address.sun_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	cr_assert_eq(metrics_listen(target, NULL, &other), -EADDRINUSE, "a file is not replaced");
	cr_assert_eq(access(address.sun_path, F_OK), 0);
}

Test(serve, on_a_loopback_address)
{
	static const char *const forms[] = {"127.0.0.1:%u", "[::1]:%u", "127.9.8.7:%u"};
	struct sockaddr_in any = {.sin_family = AF_INET};
	socklen_t size = sizeof(any);
	int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd = -1;
	char where[64];

	cr_assert_eq(bind(probe, (struct sockaddr *)&any, sizeof(any)), 0);
	cr_assert_eq(getsockname(probe, (struct sockaddr *)&any, &size), 0);
	close(probe);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		snprintf(where, sizeof(where), forms[i], ntohs(any.sin_port));
		if (i == 1 && access("/proc/net/if_inet6", F_OK) < 0)
			continue;
		cr_assert_eq(metrics_listen(where, NULL, &fd), 0, "%s", where);
		cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		if (i == 0) {
			metrics_free(metrics);
			cr_assert_eq(metrics_new(fd, NULL, NULL, &metrics), 0);
			any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			cr_assert_eq(connect(probe, (struct sockaddr *)&any, sizeof(any)), 0);
			cr_assert_eq(fcntl(probe, F_SETFL, O_NONBLOCK), 0);
			put(probe, GET);
			cr_assert(take(probe, reply, sizeof(reply), 3000) > 0);
			cr_assert(is_ok(reply));
			close(probe);
		}
		close_fd(&fd);
	}
}

Test(serve, where_it_is_not_served)
{
	static const struct {
		const char *target, *why;
	} rows[] = {
		{"0.0.0.0:9090", "this machine alone"},
		{"192.0.2.1:9090", "this machine alone"},
		{"[::]:9090", "this machine alone"},
		{"[2001:db8::1]:9090", "this machine alone"},
		{"[::ffff:127.0.0.1]:9090", "this machine alone"},
		{"localhost:9090", "in numbers"},
		{"127.0.0.1", "in numbers"},
		{"127.0.0.1:", "in numbers"},
		{"127.0.0.1:0", "in numbers"},
		{"127.0.0.1:65536", "in numbers"},
		{"127.0.0.1: 80", "in numbers"},
		{"127.0.0.1:+80", "in numbers"},
		{"127.0.0.1:80x", "in numbers"},
		{"::1:9090", "in numbers"},
		{"[::1:9090", "in numbers"},
		{"[]:9090", "in numbers"},
		{"9090", "in numbers"},
		{":9090", "in numbers"},
		{"", "in numbers"},
		{"unix:", "absolute path"},
		{"unix:relative", "absolute path"},
		{"unix:/nowhere/at/all", "No such file"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		CLEANUP(diag_freep) struct diag *diag = NULL;
		int fd = -1;

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_lt(metrics_listen(rows[i].target, diag, &fd), 0, "%s", rows[i].target);
		cr_expect_eq(fd, -1);
		cr_expect(diag_errors(diag) == 1 && strstr(diag_at(diag, 0)->text, rows[i].why),
			  "%s: %s", rows[i].target, diag_count(diag) ? diag_at(diag, 0)->text : "");
	}
}
