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

static double start(char *const *argv)
{
	uint64_t begin = bench_now();
	int status, r;
	pid_t pid;

	r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (r != 0 || waitpid(pid, &status, 0) != pid || status != 0) {
		fprintf(stderr, "bench: %s: status %#x\n", argv[0], r ? r : status);
		bench_fail("starting a program");
	}
	return (double)(bench_now() - begin) / 1000;
}

static void run(const char *program, ...)
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
 * Blocks of starts, the contestants in turns; medians in ms. What a program leaves to the kernel to clear away (bubblewrap a
 * mount namespace) would be charged to whoever comes next: so each block begins after a pause, with a start that does not count.
 */
#define CONTESTANTS 7
#define BLOCK	    30
#define BLOCKS	    12
static void race(char *const *const all[CONTESTANTS], const char *bpf, double *ret_ms)
{
	static double values[CONTESTANTS][BLOCK * BLOCKS];
	int i, j, block, fd = -1;
	double took;

	for (block = 0; block < BLOCKS; block++)
		for (i = 0; i < CONTESTANTS; i++) {
			usleep(50000);
			for (j = -1; j < BLOCK; j++) {
				if (i == CONTESTANTS - 1) {
					/* bubblewrap reads the filter to its end: opened anew */
					fd = open(bpf, O_RDONLY);
					if (fd < 0 || dup2(fd, 9) != 9)
						bench_fail("opening the filter");
				}
				took = start(all[i]);
				if (j >= 0)
					values[i][block * BLOCK + j] = took;
				if (i == CONTESTANTS - 1 &&
				    (close(9) < 0 || (fd != 9 && close(fd) < 0)))
					bench_fail("closing the filter");
			}
		}
	for (i = 0; i < CONTESTANTS; i++)
		ret_ms[i] = bench_median(values[i], BLOCK * BLOCKS) / 1000;
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
	char *const *const all[] = {plain, image, quiet, linked, text, linked_text, bubblewrap};
	double m[CONTESTANTS], peer;

	snprintf(fixed, sizeof(fixed), "%s-static", b->bailiff);
	snprintf(compiled, sizeof(compiled), "%s/c.bailiff", b->scratch);
	snprintf(bpf, sizeof(bpf), "%s/c.bpf", b->scratch);
	run(b->bailiff, "compile", yaml, "-o", compiled, NULL);
	run(b->bailiff, "compile", yaml, "--format", "bpf", "-o", bpf, NULL);
	race(all, bpf, m);
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
