// SPDX-License-Identifier: Apache-2.0
// crowd: as many tasks as there may be.
//
//   crowd N wait   N sleeping threads, until it is killed; says "here"
//   crowd N FILE   threads until no more can be had, which must be before there are N: each tries FILE,
//                  which is forbidden; prints PASS and FAIL
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX 4096

static const char *file;
static pthread_mutex_t stay =
	PTHREAD_MUTEX_INITIALIZER; // held by main() as long as they are to stay
static unsigned got_in;

static bool can_open(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void *one(void *unused)
{
	if (file && can_open())
		__atomic_fetch_add(&got_in, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&stay);
	pthread_mutex_unlock(&stay);
	return unused;
}

static unsigned gather(pthread_t *ids, unsigned n)
{
	pthread_attr_t small;
	unsigned i;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (i = 0; i < n; i++)
		if (pthread_create(&ids[i], &small, one, NULL) != 0)
			break;
	return i;
}

static void say(bool good, const char *name, const char *what, unsigned number)
{
	if (good)
		printf("PASS %s\n", name);
	else
		printf("FAIL %s: %s %u\n", name, what, number);
	fflush(stdout);
}

// 0: the child came to its end and was refused.
static int child(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(can_open());
	if (pid < 0)
		return errno;
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 255;
}

int main(int argc, char **argv)
{
	static pthread_t ids[MAX];
	unsigned limit, n;
	int r;

	if (argc != 3)
		return 2;
	limit = (unsigned)atoi(argv[1]);
	pthread_mutex_lock(&stay);
	if (strcmp(argv[2], "wait") == 0) {
		if (gather(ids, limit < MAX ? limit : MAX) != limit)
			return 1;
		printf("here\n");
		fflush(stdout);
		pause();
	}
	file = argv[2];
	n = gather(ids, MAX);
	say(n > limit / 2 && n < limit, "crowd-is-bounded", "threads:", n);
	r = child();
	say(r == ENOMEM, "crowd-fork-refused", "errno", (unsigned)r);
	say(!can_open(), "crowd-old-denied", "it got in", 0);
	pthread_mutex_unlock(&stay);
	for (unsigned i = 0; i < n; i++)
		pthread_join(ids[i], NULL);
	say(got_in == 0, "crowd-never", "got in:", got_in);
	for (int i = 0; i < 50 && (r = child()) != 0; i++) // what is freed is freed later
		usleep(100000);
	say(r == 0, "crowd-forks-again", "errno", (unsigned)r);
	return 0;
}
