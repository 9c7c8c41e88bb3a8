/* SPDX-License-Identifier: Apache-2.0 */
/* What it costs to start a program. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

extern char **environ;

/* Microseconds; negative: it did not end with status 0. */
static double try_start(char *const *argv)
{
	uint64_t begin = bench_now();
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "bench: %s: status %#x\n", argv[0], r ? r : status);
		return -1;
	}
	return (double)(bench_now() - begin) / 1000;
}

static double start(char *const *argv)
{
	double took = try_start(argv);

	if (took < 0)
		bench_fail("starting a program");
	return took;
}

bool bench_starts(char *const *argv)
{
	return try_start(argv) >= 0;
}

void bench_run(const char *program, ...)
{
	char *argv[16];
	va_list args;
	int n = 0;

	argv[n++] = (char *)(uintptr_t)program;
	va_start(args, program);
	while (n < 15 && (argv[n] = va_arg(args, char *)))
		n++;
	va_end(args);
	argv[n] = NULL;
	start(argv);
}

static double file_mib(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : (double)st.st_size / (1 << 20);
}

/*
 * What a program leaves to the kernel to clear away (bubblewrap a mount namespace) would be charged to whoever comes next: so
 * each block begins after a pause, with a start that does not count.
 */
void bench_race(struct bench_contestant *all, int n, int block)
{
	static double values[BENCH_CONTESTANTS][BENCH_STARTS];
	int i, j, at, fd = -1;
	double took;

	for (at = 0; at + block <= BENCH_STARTS; at += block)
		for (i = 0; i < n; i++) {
			usleep(50000);
			for (j = -1; j < block; j++) {
				if (all[i].input) {
					/* bubblewrap reads the filter to its end: opened anew */
					fd = open(all[i].input, O_RDONLY);
					if (fd < 0 || dup2(fd, 9) != 9)
						bench_fail("opening the filter");
				}
				took = start(all[i].argv);
				if (j >= 0)
					values[i][at + j] = took;
				if (all[i].input && (close(9) < 0 || (fd != 9 && close(fd) < 0)))
					bench_fail("closing the filter");
			}
		}
	for (i = 0; i < n; i++)
		all[i].ms = bench_median(values[i], at) / 1000;
}

void bench_start(const struct bench *b)
{
	static char yaml[] = "policies/container-default.yaml";
	char compiled[256], bpf[256], fixed[256];
	char *shared = (char *)(uintptr_t)b->bailiff;
	char *const plain[] = {"/bin/true", NULL};
	char *const image[] = {fixed, "run", "-p", compiled, "--", "/bin/true", NULL};
	char *const quiet[] = {fixed,  "run", "-p",	   compiled, "--report",
			       "none", "--",  "/bin/true", NULL};
	char *const linked[] = {shared, "run", "-p", compiled, "--", "/bin/true", NULL};
	char *const text[] = {fixed, "run", "-p", yaml, "--", "/bin/true", NULL};
	char *const linked_text[] = {shared, "run", "-p", yaml, "--", "/bin/true", NULL};
	char *const bubblewrap[] = {"bwrap",	 "--dev-bind", "/",	    "/",
				    "--seccomp", "9",	       "/bin/true", NULL};
	struct bench_contestant all[] = {
		{.argv = plain}, {.argv = image},	{.argv = quiet},     {.argv = linked},
		{.argv = text},	 {.argv = linked_text}, {bubblewrap, bpf, 0}};
	double m[7], peer;
	int i;

	snprintf(fixed, sizeof(fixed), "%s-static", b->bailiff);
	snprintf(compiled, sizeof(compiled), "%s/c.bailiff", b->scratch);
	snprintf(bpf, sizeof(bpf), "%s/c.bpf", b->scratch);
	bench_run(b->bailiff, "compile", yaml, "-o", compiled, NULL);
	bench_run(b->bailiff, "compile", yaml, "--format", "bpf", "-o", bpf, NULL);
	bench_race(all, 7, 30);
	for (i = 0; i < 7; i++)
		m[i] = all[i].ms;
	peer = m[6] - m[0];
	bench_row("start of /bin/true, plain", "ms", m[0], NULL, -1, "-");
	bench_row("over it: compiled policy, static", "ms", m[1] - m[0], "bubblewrap", peer,
		  "<= 0.5 ms");
	bench_row("over it: compiled, static, --report none", "ms", m[2] - m[0], "bubblewrap", peer,
		  "<= 0.5 ms");
	bench_row("over it: compiled policy, shared libraries", "ms", m[3] - m[0], "bubblewrap",
		  peer, "-");
	bench_row("over it: YAML, static", "ms", m[4] - m[0], "bubblewrap", peer, "<= 1.5 x");
	bench_row("over it: YAML, shared libraries", "ms", m[5] - m[0], "bubblewrap", peer,
		  "<= 1.5 x");
	bench_row("static binary", "MiB", file_mib(fixed), NULL, -1, "<= 4 MB");
}
