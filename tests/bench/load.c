/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a load of 160,000 rules does outside the verifier: the policy read, compiled, and written into
 * the map that hooks read; and all of that again for one rule more. Beside it iptables, in a network
 * namespace of its own. Processor time, so that neighbours do not count.
 */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "bailiff/ruleset.h"
#include "bench.h"

#define RULES  160000u
#define ROUNDS 7
#define PEERS  3

struct step {
	double read[ROUNDS], rest[ROUNDS]; /* ms */
};

static double cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static char *rules_text(uint32_t n, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	if (!out)
		bench_fail("memory");
	fputs("version: 1\nname: many\nscope: {host: true}\nfiles:\n  default: allow\n  deny:\n",
	      out);
	for (uint32_t i = 0; i < n; i++)
		fprintf(out, "    - /volume%u/customer-%02u/project-%02u/files-%02u/object-%06u\n",
			i % 8, i / 8 % 20, i / 160 % 20, i / 3200, i);
	fclose(out);
	return text;
}

/* As lsm_publish() does it. */
static void write_image(const struct ruleset *set)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	size_t size = (size_t)set->n_blocks * BL_BLOCK;
	CLEANUP(close_fd)
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "image", 4, BL_BLOCK, set->n_blocks, &options);
	void *to =
		fd < 0 ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (to == MAP_FAILED)
		bench_fail("a map for 160,000 rules");
	memcpy(to, set->blocks, size);
	munmap(to, size);
	if (bpf_map_freeze(fd) < 0)
		bench_fail("freezing a map");
}

/* One load; `previous` is what is in force, NULL: nothing. */
static void load(const char *text, size_t size, const struct ruleset *previous, struct step *step,
		 int round, struct ruleset *ret_set)
{
	struct ruleset_options options = {.key = {bench_now(), 2}, .previous = previous};
	struct policy *policy = NULL;
	double begin = cpu_ms(), read;

	if (policy_parse(text, size, "many.yaml", NULL, &policy) < 0)
		bench_fail("reading 160,000 rules");
	read = cpu_ms();
	if (ruleset_compile((const struct policy *const *)&policy, 1, &options, NULL, ret_set) < 0)
		bench_fail("compiling 160,000 rules");
	write_image(ret_set);
	step->read[round] = read - begin;
	step->rest[round] = cpu_ms() - read;
	policy_free(policy);
}

/* Processor time of a command, ms; < 0: it failed. */
static double command_ms(const char *const *argv, const char *input)
{
	struct rusage used;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int fd = open(input, O_RDONLY | O_CLOEXEC), null = open("/dev/null", O_RDWR);

		if (fd < 0 || dup2(fd, 0) < 0 || dup2(null, 2) < 0)
			_exit(127);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
		return -1;
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e3 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e3;
}

static void peer_rules(const char *path)
{
	FILE *out = fopen(path, "we");

	if (!out)
		bench_fail(path);
	fputs("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n", out);
	for (uint32_t i = 0; i < RULES; i++)
		fprintf(out, "-A OUTPUT -d 10.%u.%u.%u -p tcp --dport %u -j DROP\n", i >> 16,
			i >> 8 & 255, i & 255, 1 + i % 60000);
	fputs("COMMIT\n", out);
	fclose(out);
}

/* restore and one rule more, medians in ms; < 0: can't be had here. */
static void peers(const char *scratch, double ret_peers[2])
{
	static const char *const restore[] = {"iptables-legacy-restore", NULL};
	static const char *const one[] = {"iptables-legacy", "-A", "OUTPUT", "-d",
					  "10.9.9.9",	     "-j", "DROP",   NULL};
	double all[PEERS], more[PEERS];
	char path[256];
	int ends[2];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/rules.ipt", scratch);
	peer_rules(path);
	ret_peers[0] = ret_peers[1] = -1;
	if (pipe(ends) < 0 || (pid = fork()) < 0)
		bench_fail("fork");
	if (pid == 0) {
		if (unshare(CLONE_NEWNET) < 0)
			_exit(1);
		for (int i = 0; i < PEERS; i++) {
			all[i] = command_ms(restore, path);
			more[i] = command_ms(one, "/dev/null");
			if (all[i] < 0 || more[i] < 0)
				_exit(1);
		}
		all[0] = bench_median(all, PEERS);
		more[0] = bench_median(more, PEERS);
		_exit(write(ends[1], all, sizeof(*all)) < 0 ||
		      write(ends[1], more, sizeof(*more)) < 0);
	}
	close(ends[1]);
	if (read(ends[0], &ret_peers[0], sizeof(double)) != sizeof(double) ||
	    read(ends[0], &ret_peers[1], sizeof(double)) != sizeof(double))
		ret_peers[0] = ret_peers[1] = -1;
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

void bench_load(const struct bench *b)
{
	struct ruleset set = {.blocks = NULL}, again = {.blocks = NULL};
	struct step first, second;
	double peer[2];
	size_t size[2];
	char *text[2] = {rules_text(RULES, &size[0]), rules_text(RULES + 1, &size[1])};

	for (int i = 0; i < ROUNDS; i++) {
		load(text[0], size[0], NULL, &first, i, &set);
		load(text[1], size[1], &set, &second, i, &again);
		ruleset_clear(&set);
		ruleset_clear(&again);
	}
	peers(b->scratch, peer);
	bench_row("160,000 rules compiled and put into the kernel", "ms",
		  bench_median(first.rest, ROUNDS), "iptables-restore", peer[0], "<= 200 ms");
	bench_row("... and the policy read before", "ms", bench_median(first.read, ROUNDS), "", -1,
		  "-");
	bench_row("one rule more: compiled again and put there", "ms",
		  bench_median(second.rest, ROUNDS), "iptables -A", peer[1], "<= 200 ms");
	bench_row("... and the policy read again before", "ms", bench_median(second.read, ROUNDS),
		  "", -1, "-");
	free(text[0]);
	free(text[1]);
}
