/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storm COUNT FILE CGROUP: opens FILE so often in this cgroup, while two others outside mount, unmount and rename
 * directories all the time. Prints how many opens failed, and what the others did.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile uint64_t *done;

static void fail(void)
{
	printf("storm: %s\n", strerror(errno));
	fflush(stdout);
	_exit(1);
}

#define MOUNTS 400
#define ROUNDS 40

/* Hundreds at once: the kernel holds its lock for all of them. */
static void mounts(void)
{
	char path[64];

	(void)mkdir("/storm", 0755);
	if (mount("/storm", "/storm", NULL, MS_BIND, NULL) ||
	    mount(NULL, "/storm", NULL, MS_PRIVATE, NULL))
		fail();
	(void)mkdir("/storm/from", 0755);
	(void)mkdir("/storm/to", 0755);
	if (mount("/storm/from", "/storm/from", NULL, MS_BIND, NULL))
		fail();
	for (int i = 0; i < MOUNTS; i++) {
		snprintf(path, sizeof(path), "/storm/from/%d", i);
		if (mkdir(path, 0755) || mount("/storm/to", path, NULL, MS_BIND, NULL))
			fail();
	}
	for (;;) {
		if (mount("/storm/from", "/storm/to", NULL, MS_BIND | MS_REC, NULL) ||
		    umount2("/storm/to", MNT_DETACH))
			fail();
		done[0]++;
	}
}

static void renames(void)
{
	(void)mkdir("/storms", 0755);
	(void)mkdir("/storms/a", 0755);
	(void)mkdir("/storms/a/d", 0755);
	(void)mkdir("/storms/b", 0755);
	for (;;) {
		if (rename("/storms/a/d", "/storms/b/d") || rename("/storms/b/d", "/storms/a/d"))
			fail();
		done[1]++;
	}
}

static pid_t start(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0)
		function();
	return pid;
}

static int enter(const char *procs)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "0", 1) == 1 && close(fd) == 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 4 ? strtoul(argv[1], NULL, 10) : 0, opens = 0, refused = 0,
		      other = 0;
	pid_t pids[2];

	done = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!count || done == MAP_FAILED)
		return 2;
	pids[0] = start(mounts);
	pids[1] = start(renames);
	while (!done[0] || !done[1])
		if (waitpid(-1, NULL, WNOHANG) != 0 || usleep(1000))
			return 2;
	if (enter(argv[3]))
		return 2;
	for (; opens < count || done[0] < ROUNDS; opens++) {
		int fd = open(argv[2], O_RDONLY | O_CLOEXEC);

		refused += fd < 0 && errno == EPERM;
		other += fd < 0 && errno != EPERM;
		if (fd >= 0)
			close(fd);
	}
	for (int i = 0; i < 2; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	printf("%s refused, %lu otherwise failed; %s mounts, %s renames\n",
	       !refused		  ? "none"
	       : refused == opens ? "all"
				  : "some",
	       other, done[0] >= ROUNDS ? "many" : "few", done[1] > 100 ? "many" : "few");
	printf("# %lu refused of %lu; %llu mounts, %llu renames\n", refused, opens,
	       (unsigned long long)done[0], (unsigned long long)done[1]);
	return 0;
}
