/* SPDX-License-Identifier: Apache-2.0 */
/* A denial that is told, again and again, beside the smallest loop that libseccomp's notify API
 * allows. */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS 9
#define CALLS  40000

/* The most memory that our parent, the supervisor, has ever had, in kB. */
static long parent_peak(void)
{
	char path[64], line[128];
	long peak = -1;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", getppid());
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in))
		if (sscanf(line, "VmHWM: %ld", &peak) == 1)
			break;
	if (in)
		fclose(in);
	return peak;
}

/* --child COUNT FILE: denied calls; ns each and the supervisor's memory, into FILE (standard output
 * may be the report's). */
int bench_child(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 0, i;
	uint64_t start;
	FILE *out;

	for (i = 0; i < 100; i++)
		if (syscall(SYS_personality, 0x1234) != -1 || errno != EPERM)
			return 3;
	start = bench_now();
	for (i = 0; i < count; i++)
		syscall(SYS_personality, 0x1234);
	start = bench_now() - start;
	out = argc > 3 ? fopen(argv[3], "w") : NULL;
	if (!out || fprintf(out, "%.1f %ld\n", (double)start / count, parent_peak()) < 0)
		return 4;
	return fclose(out) == 0 ? 0 : 5;
}

static double read_number(const char *path, long *ret_peak)
{
	FILE *in = fopen(path, "r");
	double value = -1;

	if (!in || fscanf(in, "%lf %ld", &value, ret_peak) != 2)
		bench_fail("reading the child's figure");
	fclose(in);
	return value;
}

/* Receives and answers, and nothing else. */
static void serve(int fd, pid_t child)
{
	struct seccomp_notif *request = NULL;
	struct seccomp_notif_resp *response = NULL;

	if (seccomp_notify_alloc(&request, &response) < 0)
		bench_fail("seccomp_notify_alloc");
	while (waitpid(child, NULL, WNOHANG) == 0) {
		/* It refuses one that is not zero, as the last answer left it. */
		memset(request, 0, sizeof(*request));
		if (seccomp_notify_receive(fd, request) < 0)
			continue;
		memset(response, 0, sizeof(*response));
		response->id = request->id;
		response->error = -EPERM;
		seccomp_notify_respond(fd, response);
	}
	seccomp_notify_free(request, response);
}

static double peer(const char *out)
{
	char count[16];
	scmp_filter_ctx ctx;
	int pipes[2], fd = -1, remote;
	pid_t child;
	long peak;

	snprintf(count, sizeof(count), "%d", CALLS);
	if (pipe2(pipes, O_CLOEXEC) < 0)
		bench_fail("pipe2");
	child = fork();
	if (child == 0) {
		ctx = seccomp_init(SCMP_ACT_ALLOW);
		if (!ctx ||
		    seccomp_rule_add(ctx, SCMP_ACT_NOTIFY, SCMP_SYS(personality), 1,
				     SCMP_A0(SCMP_CMP_MASKED_EQ, UINT32_MAX, 0x1234)) < 0 ||
		    seccomp_load(ctx) < 0)
			_exit(9);
		fd = seccomp_notify_fd(ctx);
		if (write(pipes[1], &fd, sizeof(fd)) != sizeof(fd))
			_exit(9);
		_exit(bench_child(
			4, (char *[]){"bench", "--child", count, (char *)(uintptr_t)out, NULL}));
	}
	if (child < 0 || read(pipes[0], &fd, sizeof(fd)) != sizeof(fd))
		bench_fail("the peer's child");
	remote = (int)syscall(SYS_pidfd_open, child, 0);
	fd = (int)syscall(SYS_pidfd_getfd, remote, fd, 0);
	if (fd < 0)
		bench_fail("pidfd_getfd");
	serve(fd, child);
	close(fd);
	close(remote);
	close(pipes[0]);
	close(pipes[1]);
	return read_number(out, &peak);
}

static double ours(const struct bench *b, const char *out, const char *report, const char *store,
		   long *ret_peak)
{
	char command[1024], self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		bench_fail("readlink");
	self[n] = '\0';
	snprintf(command, sizeof(command),
		 "%s run -p %s/c.bailiff --report %s --store %s -- %s --child %d %s", b->bailiff,
		 b->scratch, report, store, self, CALLS, out);
	if (system(command) != 0)
		bench_fail(command);
	return read_number(out, ret_peak);
}

void bench_notify(const struct bench *b)
{
	char out[256], report[256], store[256];
	double mine[ROUNDS], stored[ROUNDS], theirs[ROUNDS], m;
	long peak = -1, stored_peak = -1;
	int i;

	snprintf(out, sizeof(out), "%s/figure", b->scratch);
	snprintf(report, sizeof(report), "%s/report.jsonl", b->scratch);
	snprintf(store, sizeof(store), "%s/store/violations.db", b->scratch);
	for (i = 0; i < ROUNDS; i++) {
		mine[i] = ours(b, out, report, "none", &peak);
		stored[i] = ours(b, out, report, store, &stored_peak);
		theirs[i] = peer(out);
	}
	m = bench_median(mine, ROUNDS);
	bench_row("a reported denial that repeats", "ns", m, "bare notify loop",
		  bench_median(theirs, ROUNDS), "<= 1.5 x");
	bench_row("the same, stored too", "ns", bench_median(stored, ROUNDS), "not stored", m, "-");
	bench_row("peak memory of the supervisor, after them", "MiB", (double)peak / 1024, NULL, -1,
		  "<= 4 MB");
	bench_row("the same, with the store and SQLite", "MiB", (double)stored_peak / 1024, NULL,
		  -1, "-");
}
