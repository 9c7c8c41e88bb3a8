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

#define ROUNDS 301

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

void bench_start(const struct bench *b)
{
	char compiled[256], yaml[256], bpf[256], fixed[256];
	char *self = (char *)(uintptr_t)b->bailiff;
	char *const plain[] = {"/bin/true", NULL};
	char *const from_image[] = {self, "run", "-p", compiled, "--", "/bin/true", NULL};
	char *const from_image_none[] = {self,	 "run", "-p",	     compiled, "--report",
					 "none", "--",	"/bin/true", NULL};
	char *const from_yaml[] = {self, "run", "-p", yaml, "--", "/bin/true", NULL};
	char *const from_yaml_none[] = {self,	"run", "-p",	    yaml, "--report",
					"none", "--",  "/bin/true", NULL};
	char *const bubblewrap[] = {"bwrap",	 "--dev-bind", "/",	    "/",
				    "--seccomp", "9",	       "/bin/true", NULL};
	char *const *const all[] = {plain,     from_image,     from_image_none,
				    from_yaml, from_yaml_none, bubblewrap};
	static double values[6][ROUNDS];
	double m[6];
	int i, round, fd;

	snprintf(compiled, sizeof(compiled), "%s/c.bailiff", b->scratch);
	snprintf(yaml, sizeof(yaml), "policies/container-default.yaml");
	snprintf(bpf, sizeof(bpf), "%s/c.bpf", b->scratch);
	run(b->bailiff, "compile", yaml, "-o", compiled, NULL);
	run(b->bailiff, "compile", yaml, "--format", "bpf", "-o", bpf, NULL);
	for (round = 0; round < ROUNDS; round++)
		for (i = 0; i < 6; i++) {
			fd = -1;
			if (i == 5) {
				/* bubblewrap reads the filter to its end: a fresh descriptor each
				 * time */
				fd = open(bpf, O_RDONLY);
				if (fd < 0 || (fd != 9 && dup2(fd, 9) != 9))
					bench_fail("opening the filter");
			}
			values[i][round] = start(all[i]);
			if (i == 5) {
				close(9);
				if (fd != 9)
					close(fd);
			}
		}
	for (i = 0; i < 6; i++)
		m[i] = bench_median(values[i], ROUNDS) / 1000;
	bench_row("start of /bin/true, plain", "ms", m[0], NULL, -1, "-");
	bench_row("over it: compiled policy, reports", "ms", m[1] - m[0], "bubblewrap", m[5] - m[0],
		  "<= 0.5 ms");
	bench_row("over it: compiled policy, --report none", "ms", m[2] - m[0], "bubblewrap",
		  m[5] - m[0], "<= 0.5 ms");
	bench_row("over it: YAML, reports", "ms", m[3] - m[0], "bubblewrap", m[5] - m[0],
		  "<= 1.5 x");
	bench_row("over it: YAML, --report none", "ms", m[4] - m[0], "bubblewrap", m[5] - m[0],
		  "<= 1.5 x");
	snprintf(fixed, sizeof(fixed), "%s-static", b->bailiff);
	bench_row("static binary", "MiB", file_mib(fixed), NULL, -1, "<= 2 MB");
}
