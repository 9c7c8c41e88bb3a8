/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A flood of calls from all CPUs, each of whose results is checked; and what a program that does nothing
 * but what is allowed gets done beside it. Static: it runs natively and in the guests.
 *
 *   flood all CALL RESULT THREADS COUNT KINDS   COUNT calls in all, of KINDS different kinds, and an allowed
 *                                               one after each
 *   flood beside CALL RESULT THREADS MS KINDS   as many as there may be within this time, beside one process
 *                                               that opens and closes "/"
 *   flood sum                                   adds up the records on standard input: told and lost
 *
 * Each thread stays on one CPU, the next thread on the next. CALL is "socket" (of families that there are not) or the path of a file to open; where there are many kinds,
 * of a directory with files 0, 1, ... RESULT is the errno that each must have, or 0. With an S behind it
 * ("socket:S"), signals come every millisecond. Prints key=value.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS	  64
#define NO_FAMILY 1000 /* and above: no kernel has it */
#define WARM_MS	  300

struct shared {
	int go, stop;
	unsigned long done, wrong,
		barred; /* calls; with another result; allowed ones that failed */
	unsigned long cpus, worked;
	long odd; /* one of the wrong results */
};

static struct shared *shared;
static const char *path; /* NULL: socket */
static long wanted;
static unsigned long each, kinds;

static long call(unsigned long i)
{
	char name[256];
	int fd;

	if (!path) {
		fd = (int)syscall(SYS_socket, NO_FAMILY + (int)(i % kinds), 1, 0);
	} else if (kinds > 1) {
		snprintf(name, sizeof(name), "%s/%lu", path, i % kinds);
		fd = open(name, O_RDONLY | O_CLOEXEC);
	} else {
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static bool allowed(void)
{
	return syscall(SYS_getppid) > 0;
}

/* To the i-th of the CPUs that we may use. Left to itself, the scheduler keeps those that wait for one
 * supervisor where that is. */
static void pin(unsigned i)
{
	cpu_set_t may, one;
	size_t cpu = 0;

	if (sched_getaffinity(0, sizeof(may), &may) < 0)
		return;
	for (i %= (unsigned)CPU_COUNT(&may); i || !CPU_ISSET(cpu, &may); cpu++)
		i -= CPU_ISSET(cpu, &may) != 0;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static void *flooder(void *number)
{
	unsigned long first = (unsigned long)number * each, done = 0, wrong = 0, barred = 0,
		      cpus = 0;

	pin((unsigned)(unsigned long)number);
	while (!__atomic_load_n(&shared->go, __ATOMIC_ACQUIRE))
		sched_yield();
	for (; done < each && !__atomic_load_n(&shared->stop, __ATOMIC_RELAXED); done++) {
		long r = call(first + done);

		if (r != wanted) {
			__atomic_store_n(&shared->odd, r, __ATOMIC_RELAXED);
			wrong++;
		}
		barred += !allowed();
		if (done % 1024 == 0)
			cpus |= 1ul << (sched_getcpu() & 63);
	}
	__atomic_fetch_add(&shared->done, done, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&shared->wrong, wrong, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&shared->barred, barred, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&shared->cpus, cpus, __ATOMIC_SEQ_CST);
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of a CPU. */
static double used(int who)
{
	struct rusage u = {0};

	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

/* The program beside: it counts what it gets done between warming up and the end. */
static void work(void)
{
	unsigned long n = 0;

	while (__atomic_load_n(&shared->stop, __ATOMIC_RELAXED) == 0) {
		int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0)
			_exit(1);
		close(fd);
		if (__atomic_load_n(&shared->go, __ATOMIC_RELAXED) > 1)
			n++;
	}
	shared->worked = n;
	_exit(0);
}

static void nothing(int signal)
{
	(void)signal;
}

static void interrupt(void)
{
	struct sigaction action = {.sa_handler = nothing, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 1000}, {0, 1000}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static int sum(void)
{
	unsigned long told = 0, lost = 0, records = 0;
	char *line = NULL, *count;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		count = strstr(line, "\"count\":");
		if (!count)
			continue;
		if (strncmp(line, "{\"lost\":", 8) == 0) {
			lost += strtoul(count + 8, NULL, 10);
		} else {
			told += strtoul(count + 8, NULL, 10);
			records++;
		}
	}
	free(line);
	printf("told=%lu lost=%lu records=%lu\n", told, lost, records);
	return 0;
}

static bool start(pthread_t *ids, unsigned threads)
{
	for (unsigned i = 0; i < threads; i++)
		if (pthread_create(&ids[i], NULL, flooder, (void *)(unsigned long)i) != 0)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	bool beside = argc == 7 && strcmp(argv[1], "beside") == 0, well = true;
	unsigned threads = argc > 4 ? (unsigned)atoi(argv[4]) : 0;
	pthread_t ids[THREADS];
	double began, took;
	pid_t worker = -1;
	int status = 0;
	char *mark;

	if (argc == 2 && strcmp(argv[1], "sum") == 0)
		return sum();
	if (argc != 7 || (!beside && strcmp(argv[1], "all") != 0))
		return 2;
	if (threads < 1 || threads > THREADS)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	mark = strstr(argv[2], ":S");
	if (mark)
		*mark = '\0';
	path = strcmp(argv[2], "socket") == 0 ? NULL : argv[2];
	wanted = atol(argv[3]);
	kinds = strtoul(argv[6], NULL, 10);
	each = beside ? ~0ul / THREADS : strtoul(argv[5], NULL, 10) / threads;
	if (beside && (worker = fork()) == 0)
		work();
	if (mark)
		interrupt();
	if (kinds < 1 || !start(ids, threads))
		return 1;
	began = now();
	__atomic_store_n(&shared->go, 1, __ATOMIC_RELEASE);
	if (beside) {
		sleep_ms(WARM_MS);
		began = now();
		__atomic_store_n(&shared->go, 2, __ATOMIC_RELEASE);
		sleep_ms(atol(argv[5]));
		took = now() - began;
		__atomic_store_n(&shared->stop, 1, __ATOMIC_RELEASE);
		well = waitpid(worker, &status, 0) == worker && status == 0;
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	if (!beside)
		took = now() - began;
	printf("done=%lu wrong=%lu odd=%ld barred=%lu cpus=%d seconds=%.3f", shared->done,
	       shared->wrong, shared->odd, shared->barred, __builtin_popcountl(shared->cpus), took);
	if (beside)
		printf(" work=%.0f cpu=%.3f its-cpu=%.3f", (double)shared->worked / took,
		       used(RUSAGE_SELF), used(RUSAGE_CHILDREN));
	printf("\n");
	return well ? 0 : 1;
}
