/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host plane, as far as it runs natively: the decision by programs that BPF_PROG_TEST_RUN drives,
 * beside one that hashes a path as bpf_d_path() gives it; and violations from the ring to JSONL.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "lsm/help_kernel.h"

#define RULES	160000
#define ROUNDS	9
#define RECORDS 1200000
#define BATCH	500

/* 53 bytes, and five names, of 160,000: 8 x 20 x 20 x 50. */
static int rule_path(char *out, size_t size, uint32_t i)
{
	return snprintf(out, size, "/volume%u/customer-%02u/project-%02u/files-%02u/object-%06u",
			i % 8, i / 8 % 20, i / 160 % 20, i / 3200, i);
}

static uint64_t next_random(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void compile_rules(struct ruleset *ret_set)
{
	const struct ruleset_options options = {.key = {next_random(), next_random()}};
	struct policy *policy = NULL;
	char *text = NULL, path[128];
	struct diag *diag = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out || diag_new(&diag) < 0)
		bench_fail("memory");
	fputs("version: 1\nname: many\nscope: {host: true}\nfiles:\n  default: allow\n  deny:\n",
	      out);
	for (uint32_t i = 0; i < RULES; i++) {
		rule_path(path, sizeof(path), i);
		fprintf(out, "    - {paths: [%s]}\n", path);
	}
	fclose(out);
	if (policy_parse(text, size, "many.yaml", diag, &policy) < 0 ||
	    ruleset_compile((const struct policy *const *)&policy, 1, &options, diag, ret_set) <
		    0) {
		diag_print(diag, stderr);
		bench_fail("compiling 160,000 rules");
	}
	policy_free(policy);
	diag_free(diag);
	free(text);
}

static void add_prefix(struct kernel *kernel, const char *path, size_t length)
{
	uint64_t hash = 0;
	uint32_t value = 1;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)path[i]) * 0x100000001b3u;
	if (bpf_map_update_elem(kernel->prefixes, &hash, &value, BPF_ANY) < 0)
		bench_fail("filling the peer's map");
}

static void fill_walks(struct kernel *kernel)
{
	char path[128];

	for (uint32_t i = 0; i < RULES; i++)
		add_prefix(kernel, path, (size_t)rule_path(path, sizeof(path), i));
	for (uint32_t i = 0; i < TEST_WALKS; i++) {
		struct test_walk *w = &kernel->walks[i];

		memset(w, 0, sizeof(*w));
		rule_path(w->text, TEST_WALK_TEXT, (uint32_t)(next_random() % RULES));
		for (uint8_t at = 0; w->text[at]; at++) {
			if (w->text[at] == '/')
				w->starts[w->n++] = (uint8_t)(at + 1);
			else
				w->lengths[w->n - 1]++;
		}
	}
}

static double run_ns(struct kernel *kernel, const char *program, uint64_t want)
{
	struct test_result result = {0};
	uint64_t begin = bench_now();

	if (kernel_run(kernel, program, &result) < 0 || result.sum != want)
		bench_fail(program);
	return (double)(bench_now() - begin) / TEST_WALKS;
}

static void bench_decision(struct kernel *kernel)
{
	double ours[ROUNDS], peer[ROUNDS];
	struct ruleset set = {.blocks = NULL};

	compile_rules(&set);
	if (kernel_image(kernel, &set) < 0)
		bench_fail("an image of 160,000 rules");
	ruleset_clear(&set);
	fill_walks(kernel);
	for (int i = 0; i < ROUNDS; i++) {
		ours[i] = run_ns(kernel, "walk_all", TEST_WALKS);
		peer[i] = run_ns(kernel, "peer_all", TEST_WALKS);
	}
	bench_row("a decision, cold random paths of 160,000 rules", "ns",
		  bench_median(ours, ROUNDS), "path hashed in BPF", bench_median(peer, ROUNDS),
		  "<= 1.0 x");
}

/* --- Violations ------------------------------------------------------------------------------- */

struct stream {
	struct kernel *kernel;
	struct kernel_reading reading;
	struct lsm_reader *reader;
	uint64_t interval; /* ns between batches; 0: as fast as the reader takes them */
	_Atomic uint64_t written, read, lost;
	_Atomic bool done;
	int out;
	struct event_line line;
	char *buffer;
	size_t length, bytes;
	uint64_t cpu; /* the reader's, ns */
};

#define BUFFER (1u << 20)

/* The other processor: hooks that deny. */
static void *write_stream(void *context)
{
	struct stream *s = context;
	uint64_t start = bench_now();

	while (s->written < RECORDS) {
		struct test_result result = {.count = BATCH};

		if (s->interval)
			while (bench_now() - start < s->written / BATCH * s->interval)
				;
		else
			while (s->written - s->read - s->lost > 3000)
				sched_yield();
		if (kernel_run(s->kernel, "write_records", &result) < 0)
			bench_fail("write_records");
		s->written += BATCH;
	}
	s->done = true;
	return NULL;
}

static void flush(struct stream *s)
{
	size_t at = 0;
	ssize_t n;

	for (; at < s->length; at += (size_t)n) {
		n = write(s->out, s->buffer + at, s->length - at);
		if (n <= 0)
			bench_fail("writing the report");
	}
	s->bytes += s->length;
	s->length = 0;
}

static void on_event(void *context, const struct event *event)
{
	struct stream *s = context;

	if (event_json(event, &s->line) < 0)
		bench_fail("memory");
	if (s->length + s->line.length > BUFFER)
		flush(s);
	memcpy(s->buffer + s->length, s->line.data, s->line.length);
	s->length += s->line.length;
	s->read++;
}

static void on_lost(void *context, const char *kind, uint64_t count)
{
	struct stream *s = context;

	(void)kind;
	s->lost += count;
}

/* Of this thread. */
static uint64_t cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Records a second, all of them written to `path` as JSONL. */
static double stream_records(struct stream *s, const char *path)
{
	struct pollfd pfd = {.events = POLLIN};
	pthread_t writer;
	uint64_t begin;
	int n = 1;

	s->written = s->read = s->lost = 0;
	s->done = false;
	s->cpu -= cpu_now();
	s->out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s->out < 0 || kernel_reader(&s->reading, &s->reader) < 0)
		bench_fail("reading the ring");
	pfd.fd = lsm_reader_fd(s->reader);
	begin = bench_now();
	if (pthread_create(&writer, NULL, write_stream, s) != 0)
		bench_fail("pthread_create");
	while (!s->done || n > 0) {
		if (n == 0)
			poll(&pfd, 1, s->interval ? LSM_READER_MS : 1);
		n = lsm_reader_pump(s->reader, on_event, on_lost, s);
		flush(s);
	}
	n = lsm_reader_pump(s->reader, on_event, on_lost, s);
	flush(s);
	begin = bench_now() - begin;
	s->cpu += cpu_now();
	pthread_join(writer, NULL);
	lsm_reader_free(s->reader);
	close(s->out);
	if (s->read + s->lost != RECORDS)
		bench_fail("counting the records");
	return (double)s->read * 1e9 / (double)begin;
}

static void bench_stream(const struct bench *b, struct kernel *kernel)
{
	struct stream s = {.kernel = kernel, .buffer = malloc(BUFFER)};
	double rates[3];
	struct ruleset set = {.blocks = NULL};
	uint64_t lost = 0;
	char path[256];

	if (!s.buffer ||
	    ruleset_compile((const struct policy *const *)&b->policy, 1,
			    &(struct ruleset_options){.key = {1, 2}, .scopeless = true}, NULL,
			    &set) < 0)
		bench_fail("an image for the reader");
	s.reading = (struct kernel_reading){.kernel = kernel, .set = &set};
	snprintf(s.reading.run, sizeof(s.reading.run), "%s/run", b->scratch);
	snprintf(path, sizeof(path), "%s/violations.jsonl", b->scratch);
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		rates[i] = stream_records(&s, path);
		lost += s.lost;
	}
	bench_row("violations from the ring to JSONL, none lost", "/s",
		  lost ? 0 : bench_median(rates, ARRAY_LEN(rates)), NULL, -1, ">= 300,000 /s");
	bench_row("... the reader's processor time, each", "ns",
		  (double)s.cpu / RECORDS / ARRAY_LEN(rates), NULL, -1, "-");
	bench_row("... bytes a line", "B", (double)s.bytes / RECORDS / ARRAY_LEN(rates), NULL, -1,
		  "-");
	s.interval = BATCH * 1000000000ull / 300000;
	rates[0] = stream_records(&s, path);
	bench_row("... lost at 300,000 a second, by the clock", "", (double)s.lost, NULL, -1, "0");
	event_line_clear(&s.line);
	ruleset_clear(&set);
	free(s.buffer);
}

void bench_host(const struct bench *b)
{
	struct kernel kernel;
	const char *reason = kernel_open(&kernel, 4 << 20);

	if (reason) {
		printf("| the host plane: %s |\n", reason);
		return;
	}
	bench_load(b);
	bench_decision(&kernel);
	bench_stream(b, &kernel);
	kernel_close(&kernel);
}
