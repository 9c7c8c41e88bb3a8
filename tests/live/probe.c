/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What live tests start under a policy: it tries things, and says what came of them. Static, and
 * needs nothing of the system that it runs in.
 *
 *   probe call NR [ARG...]      one raw call; prints its result: "0", "-EPERM" as "-1"
 *   probe fds                   the open descriptors' numbers
 *   probe signals               blocked, ignored and pending signals, of /proc/self/status
 *   probe status KEY            a line of /proc/self/status
 *   probe flood THREADS COUNT   mkdir, from every thread; the first result that is no denial
 *   probe kinds COUNT           COUNT different denied calls (socket of many families)
 *   probe outlive MS COUNT      leaves a descendant that floods after MS milliseconds
 *   probe orphans COUNT         leaves COUNT short-lived orphans; waits until they are reaped
 *   probe wait SIGNAL...        prints each signal as it comes; ends on SIGTERM
 *   probe closed                closes standard output, then sleeps a second
 *   probe keepalive MS          calls an allowed call and a denied one; the slowest allowed, in ms
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long denied_call(void)
{
	return syscall(SYS_mkdir, "/nonexistent/probe", 0700) < 0 ? -errno : 0;
}

static int call(int argc, char **argv)
{
	long args[7] = {0}, r;

	for (int i = 0; i < argc && i < 7; i++)
		args[i] = (long)strtoull(argv[i], NULL, 0);
	r = syscall(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
	printf("%ld\n", r < 0 ? (long)-errno : r);
	return 0;
}

static int fds(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	puts("");
	return 0;
}

static int status(const char *key)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			fputs(line, stdout);
	return file ? fclose(file) : 1;
}

static long flood_count, flood_wrong;

static void *flood_thread(void *unused)
{
	(void)unused;
	for (long i = 0; i < flood_count; i++) {
		long r = denied_call();

		if (r != -EACCES)
			__atomic_store_n(&flood_wrong, r ? r : 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static int flood(int threads, long count)
{
	pthread_t ids[64];

	flood_count = count;
	for (int i = 0; i < threads && i < 64; i++)
		if (pthread_create(&ids[i], NULL, flood_thread, NULL))
			return 1;
	for (int i = 0; i < threads && i < 64; i++)
		pthread_join(ids[i], NULL);
	printf("%ld\n", flood_wrong);
	return 0;
}

static int kinds(int count)
{
	long wrong = 0;

	for (int i = 0; i < count; i++)
		if (syscall(SYS_socket, 1000 + i, 1, 0) != -1 || errno != EACCES)
			wrong++;
	printf("%ld\n", wrong);
	return 0;
}

static void sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

static int outlive(long ms, long count)
{
	long wrong = 0;

	if (fork() != 0)
		return 0;
	setsid();
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	sleep_ms(ms);
	for (long i = 0; i < count; i++)
		if (denied_call() != -EACCES)
			wrong++;
	_exit(wrong != 0);
}

static int orphans(int count)
{
	pid_t last = 0;

	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			if (fork() == 0) {
				sleep_ms(20);
				_exit(0);
			}
			_exit(0);
		}
		waitpid(pid, NULL, 0);
		last = pid;
	}
	sleep_ms(200);
	/* Ours are reaped; the orphans are the supervisor's. Any zombie among them? */
	{
		DIR *proc = opendir("/proc");
		struct dirent *entry;
		int zombies = 0;

		while (proc && (entry = readdir(proc))) {
			char name[300], text[512] = "";
			FILE *file;

			if (atoi(entry->d_name) < last - 2 * count || atoi(entry->d_name) == 0)
				continue;
			snprintf(name, sizeof(name), "/proc/%s/stat", entry->d_name);
			file = fopen(name, "re");
			if (!file)
				continue;
			if (fgets(text, sizeof(text), file) && strstr(text, "(probe) Z"))
				zombies++;
			fclose(file);
		}
		if (proc)
			closedir(proc);
		printf("%d\n", zombies);
	}
	return 0;
}

static int wait_signals(int argc, char **argv)
{
	sigset_t set;
	siginfo_t info;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	for (int i = 0; i < argc; i++)
		sigaddset(&set, atoi(argv[i]));
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	for (;;) {
		int signal = sigwaitinfo(&set, &info);

		if (signal < 0)
			continue;
		printf("%d %d %d\n", signal, info.si_code == SI_QUEUE,
		       info.si_code == SI_QUEUE ? info.si_value.sival_int : 0);
		fflush(stdout);
		if (signal == SIGTERM)
			return 0;
	}
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 + (now.tv_nsec - since->tv_nsec) / 1000000;
}

static int keepalive(long ms)
{
	struct timespec start, before;
	long worst = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (elapsed_ms(&start) < ms) {
		long took;

		denied_call();
		clock_gettime(CLOCK_MONOTONIC, &before);
		syscall(SYS_getppid);
		took = elapsed_ms(&before);
		worst = took > worst ? took : worst;
	}
	printf("%ld\n", worst);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long a = argc > 2 ? strtol(argv[2], NULL, 0) : 0;
	long b = argc > 3 ? strtol(argv[3], NULL, 0) : 0;

	if (strcmp(what, "call") == 0)
		return call(argc - 2, argv + 2);
	if (strcmp(what, "fds") == 0)
		return fds();
	if (strcmp(what, "signals") == 0)
		return status("Sig");
	if (strcmp(what, "status") == 0 && argc > 2)
		return status(argv[2]);
	if (strcmp(what, "flood") == 0)
		return flood((int)a, b);
	if (strcmp(what, "kinds") == 0)
		return kinds((int)a);
	if (strcmp(what, "outlive") == 0)
		return outlive(a, b);
	if (strcmp(what, "orphans") == 0)
		return orphans((int)a);
	if (strcmp(what, "wait") == 0)
		return wait_signals(argc - 2, argv + 2);
	if (strcmp(what, "closed") == 0) {
		close(STDOUT_FILENO);
		sleep_ms(a);
		return 0;
	}
	if (strcmp(what, "keepalive") == 0)
		return keepalive(a);
	fputs("probe: it wants one of the words in its first comment\n", stderr);
	return 2;
}
