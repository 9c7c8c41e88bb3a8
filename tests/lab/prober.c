/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prober: tries what is forbidden, without pause, in every way of being a task, and tells the first
 * time it succeeds.
 *
 *   prober WAY FILE   tries until SIGTERM; prints how often, and whether it ever got in
 *
 * WAY: open (one task), fork (a child each), exec (a fresh program each), thread (a new thread each),
 * cgroup (moving between two cgroups below its own, and out to the root's other branch), into (a child
 * by CLONE_INTO_CGROUP in a cgroup that no policy names), uid (a child as another user each).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define INSIDE	"/sys/fs/cgroup/governed"
#define OUTSIDE "/sys/fs/cgroup/elsewhere"

#define REFUSED 0
#define GOT_IN	77
#define BROKEN	78

static volatile sig_atomic_t over;
static const char *file;

static void stop(int signal)
{
	(void)signal;
	over = 1;
}

static int try(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == EPERM || errno == EACCES || errno == EINTR ? REFUSED : BROKEN;
	close(fd);
	return GOT_IN;
}

static int wait_for(pid_t pid)
{
	int status;

	if (pid < 0) /* a refused fork is no way in */
		return REFUSED;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return BROKEN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : BROKEN;
}

static int by_open(void)
{
	return try();
}

static int by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(try());
	return wait_for(pid);
}

static int by_exec(void)
{
	char *const argv[] = {"prober", "once", (char *)file, NULL}, *const envp[] = {NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(errno == EPERM ? REFUSED : BROKEN);
	}
	return wait_for(pid);
}

static void *thread(void *result)
{
	*(int *)result = try();
	return NULL;
}

static int by_thread(void)
{
	int result = REFUSED;
	pthread_t id;

	if (pthread_create(&id, NULL, thread, &result) == 0)
		pthread_join(id, NULL);
	return result;
}

static int move(const char *cgroup)
{
	char path[128], pid[32];
	int fd, n = snprintf(pid, sizeof(pid), "%d", (int)getpid());

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = write(fd, pid, (size_t)n) == n ? 0 : -1;
	close(fd);
	return n;
}

static int by_cgroup(void)
{
	pid_t pid = fork();
	int r;

	if (pid)
		return wait_for(pid);
	if (move(INSIDE "/a") < 0)
		_exit(BROKEN);
	r = try();
	if (r == REFUSED && move(OUTSIDE) < 0)
		_exit(BROKEN);
	_exit(r == REFUSED ? try() : r);
}

static int by_clone_into(void)
{
	struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
	int fd = open(OUTSIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		return BROKEN;
	args.cgroup = (__u64)(unsigned)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(try());
	close(fd);
	return wait_for(pid);
}

static int by_uid(void)
{
	pid_t pid = fork();

	if (pid)
		return wait_for(pid);
	if (setuid(1000) < 0)
		_exit(BROKEN);
	_exit(try());
}

static const struct {
	const char *name;
	int (*way)(void);
} ways[] = {
	{"once", by_open},     {"open", by_open},     {"fork", by_fork},       {"exec", by_exec},
	{"thread", by_thread}, {"cgroup", by_cgroup}, {"into", by_clone_into}, {"uid", by_uid},
};

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = stop};
	unsigned long tries = 0;
	int (*way)(void) = NULL;
	int r;

	for (size_t i = 0; argc == 3 && i < sizeof(ways) / sizeof(*ways); i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			way = ways[i].way;
	if (!way)
		return 2;
	file = argv[2];
	if (strcmp(argv[1], "once") == 0)
		return try();
	sigaction(SIGTERM, &action, NULL);
	while (!over) {
		r = way();
		if (r != REFUSED) {
			printf("%s by %s at try %lu\n", r == GOT_IN ? "GOT IN" : "BROKEN", argv[1],
			       tries);
			return 1;
		}
		tries++;
	}
	printf("refused %lu times by %s\n", tries, argv[1]);
	return tries ? 0 : 1;
}
