/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cost: what operations cost, in nanoseconds of the guest's clock; where that clock advances by one
 * nanosecond an instruction (QEMU -icount shift=0) these are instructions.
 *
 *   cost [--landlock] [--cgroup DIR] [--times N] OPERATION ARGUMENT
 *     open FILE        open and close
 *     renamed FILE     the same, each after a rename of another file
 *     first DIR        the same, of files that were not opened since they came about
 *     rw FILE          read and write of one byte
 *     exec PROGRAM     fork, execve and exit
 *     connect          connect and close on the loopback
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define FILES  200

static int times = 1000;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void open_close(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	close(fd);
}

/* One rule that allows everything below "/": what a program under Landlock pays at least. */
static void landlock(void)
{
	struct landlock_ruleset_attr ruleset = {.handled_access_fs = LANDLOCK_ACCESS_FS_READ_FILE |
								     LANDLOCK_ACCESS_FS_WRITE_FILE |
								     LANDLOCK_ACCESS_FS_EXECUTE};
	struct landlock_path_beneath_attr rule = {.allowed_access = ruleset.handled_access_fs};
	int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof(ruleset), 0);

	rule.parent_fd = open("/", O_PATH | O_CLOEXEC);
	if (fd < 0 || rule.parent_fd < 0 ||
	    syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		die("landlock");
	close(fd);
	close(rule.parent_fd);
}

static void join_cgroup(const char *dir)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	f = fopen(path, "we");
	if (!f || fprintf(f, "%d\n", (int)getpid()) < 0 || fclose(f) != 0)
		die(path);
}

static long cost_open(const char *path)
{
	long best = -1, start, each;

	open_close(path);
	for (int round = 0; round < ROUNDS; round++) {
		start = now();
		for (int i = 0; i < times; i++)
			open_close(path);
		each = (now() - start) / times;
		if (best < 0 || each < best)
			best = each;
	}
	return best;
}

static long cost_renamed(const char *path)
{
	static const char *const names[] = {"/tmp/renamed-a", "/tmp/renamed-b"};
	long sum = 0, start;

	close(open(names[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	for (int i = 0; i < FILES; i++) {
		if (rename(names[i & 1], names[!(i & 1)]) < 0)
			die("rename");
		start = now();
		open_close(path);
		sum += now() - start;
	}
	unlink(names[0]);
	return sum / FILES;
}

static long cost_first(const char *dir)
{
	char path[4096];
	long sum = 0, start;

	snprintf(path, sizeof(path), "%s/known", dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/file-%d", dir, i);
		close(creat(path, 0644));
	}
	/* What was learnt by making them goes with their names. */
	for (int i = 0; i < FILES; i++) {
		char other[4096];

		snprintf(path, sizeof(path), "%s/file-%d", dir, i);
		snprintf(other, sizeof(other), "%s/link-%d", dir, i);
		unlink(other);
		if (link(path, other) < 0)
			die(other);
	}
	snprintf(path, sizeof(path), "%s/known", dir);
	open_close(path);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/link-%d", dir, i);
		start = now();
		open_close(path);
		sum += now() - start;
	}
	return sum / FILES;
}

static long cost_rw(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	long best = -1, start, each;
	char byte = 1;

	if (fd < 0 || pwrite(fd, &byte, 1, 0) != 1)
		die(path);
	for (int round = 0; round < ROUNDS; round++) {
		start = now();
		for (int i = 0; i < times; i++)
			if (pread(fd, &byte, 1, 0) != 1 || pwrite(fd, &byte, 1, 0) != 1)
				die("read or write");
		each = (now() - start) / times;
		if (best < 0 || each < best)
			best = each;
	}
	close(fd);
	return best;
}

static long cost_exec(char *program)
{
	char *const argv[] = {program, NULL}, *const envp[] = {NULL};
	long best = -1, start, each;
	int status;
	pid_t pid;

	for (int round = 0; round < ROUNDS; round++) {
		start = now();
		for (int i = 0; i < times / 20; i++) {
			pid = fork();
			if (pid == 0) {
				execve(program, argv, envp);
				_exit(127);
			}
			if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
				die(program);
		}
		each = (now() - start) / (times / 20);
		if (best < 0 || each < best)
			best = each;
	}
	return best;
}

static long cost_connect(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	struct linger reset = {.l_onoff = 1};
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), fd, peer;
	long best = -1, each;

	if (server < 0 || bind(server, (struct sockaddr *)&address, length) < 0 ||
	    listen(server, 8) < 0 || getsockname(server, (struct sockaddr *)&address, &length) < 0)
		die("listen");
	for (int round = 0; round < ROUNDS; round++) {
		long sum = 0, start;

		for (int i = 0; i < times / 5; i++) {
			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
			start = now();
			if (connect(fd, (struct sockaddr *)&address, length) < 0)
				die("connect");
			close(fd);
			sum += now() - start;
			peer = accept(server, NULL, NULL);
			if (peer >= 0)
				close(peer);
		}
		each = sum / (times / 5);
		if (best < 0 || each < best)
			best = each;
	}
	return best;
}

int main(int argc, char **argv)
{
	int at = 1;
	const char *what;
	long cost;

	if (argc == 1)
		return 0; /* what `exec` starts */
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "--landlock") == 0)
			landlock();
		else if (strcmp(argv[at], "--cgroup") == 0 && at + 1 < argc)
			join_cgroup(argv[++at]);
		else if (strcmp(argv[at], "--times") == 0 && at + 1 < argc)
			times = atoi(argv[++at]) > 20 ? atoi(argv[at]) : 20;
		else
			return 2;
	}
	what = at < argc ? argv[at++] : "";
	if (at >= argc)
		return 2;
	cost = strcmp(what, "open") == 0      ? cost_open(argv[at])
	       : strcmp(what, "renamed") == 0 ? cost_renamed(argv[at])
	       : strcmp(what, "first") == 0   ? cost_first(argv[at])
	       : strcmp(what, "rw") == 0      ? cost_rw(argv[at])
	       : strcmp(what, "exec") == 0    ? cost_exec(argv[at])
	       : strcmp(what, "connect") == 0 ? cost_connect()
					      : -1;
	if (cost < 0)
		return 2;
	printf("%ld\n", cost);
	return 0;
}
