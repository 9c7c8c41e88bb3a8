/* SPDX-License-Identifier: Apache-2.0 */
/* detours: for escapes.c, ways round that go through something else: a worker, another program, a device,
 * a namespace made of a tree, a cgroup that lies deep. */
#ifndef DETOURS_H
#define DETOURS_H

#include <linux/io_uring.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include "trial.h"

/* --- io_uring: who does it was there before the task became another user -------------------------- */

static struct io_uring_params ring_params;
static int ring_fd;
static char *ring_sq, *ring_cq;
static struct io_uring_sqe *ring_sqes;

static int ring_make(unsigned flags)
{
	const int prot = PROT_READ | PROT_WRITE;

	ring_params.flags = flags;
	ring_fd = (int)syscall(__NR_io_uring_setup, 4, &ring_params);
	ring_sq = mmap(NULL, 4096, prot, MAP_SHARED, ring_fd, IORING_OFF_SQ_RING);
	ring_cq = mmap(NULL, 4096, prot, MAP_SHARED, ring_fd, IORING_OFF_CQ_RING);
	ring_sqes = mmap(NULL, 4096, prot, MAP_SHARED, ring_fd, IORING_OFF_SQES);
	return ring_sq == MAP_FAILED || ring_cq == MAP_FAILED || ring_sqes == MAP_FAILED;
}

/* One request, and its result. */
static int ring_do(const struct io_uring_sqe *sqe)
{
	unsigned *tail = (unsigned *)(ring_sq + ring_params.sq_off.tail);
	unsigned *head = (unsigned *)(ring_cq + ring_params.cq_off.head), slot = *tail & 3;

	ring_sqes[slot] = *sqe;
	((unsigned *)(ring_sq + ring_params.sq_off.array))[slot] = slot;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(__NR_io_uring_enter, ring_fd, 1, 1,
		    IORING_ENTER_GETEVENTS | IORING_ENTER_SQ_WAKEUP, NULL, 0) < 0)
		return -errno;
	slot = *head & (ring_params.cq_entries - 1);
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return ((struct io_uring_cqe *)(ring_cq + ring_params.cq_off.cqes))[slot].res;
}

static int open_by_ring(unsigned setup, uint8_t flags)
{
	struct io_uring_sqe nop = {.opcode = IORING_OP_NOP, .flags = flags};
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .flags = flags, .open_flags = O_RDONLY};
	int r;

	sqe.addr = (uintptr_t) "/users/f";
	if (ring_make(setup) || ring_do(&nop) || setuid(1000))
		return 250;
	r = ring_do(&sqe);
	return r < 0 ? -r : 0;
}
static int user_worker(const char *dir)
{
	(void)dir;
	return open_by_ring(0, IOSQE_ASYNC);
}
static int user_poller(const char *dir)
{
	(void)dir;
	return open_by_ring(IORING_SETUP_SQPOLL, 0);
}
static int user_self(const char *dir)
{
	(void)dir;
	return setuid(1000) ? 250 : open("/users/f", O_RDONLY) < 0 ? errno : 0;
}

/* --- A program that a rule allows more (`by`) ------------------------------------------------------- */

/* What it is asked: to open a file, or whether the loader of ELF would heed the environment. */
static int reader_main(const char *what)
{
	if (strcmp(what, "secure") == 0)
		return getauxval(AT_SECURE) ? 0 : 98;
	return open(what, O_RDONLY) < 0 ? errno : 0;
}
static void make_readers(void)
{
	static char block[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	ssize_t n;

	for (int i = 0; i < 2; i++) {
		const char *path = i ? "/t/by/reader" : "/t/by/other";
		int to = open(path, O_WRONLY | O_CREAT, 0755);

		lseek(from, 0, SEEK_SET);
		while ((n = read(from, block, sizeof(block))) > 0)
			if (write(to, block, (size_t)n) != n)
				die(path);
		close(to);
	}
	close(from);
}
#define READER(name, program, what)                                                                \
	static int name(const char *dir)                                                           \
	{                                                                                          \
		(void)dir;                                                                         \
		execl(program, "reader", what, NULL);                                              \
		return errno;                                                                      \
	}
READER(by_reader, "/t/by/reader", "/t/by/f")
READER(by_other, "/t/by/other", "/t/by/f")
READER(by_secure, "/t/by/reader", "secure")

/* Traced already when it starts the program: the parent could put its own code into it. */
static int traced(const char *program)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(250);
		execl(program, "reader", "/", NULL);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 251;
	if (!WIFSTOPPED(status))
		return WEXITSTATUS(status);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 0;
}
static int by_traced(const char *dir)
{
	(void)dir;
	return traced("/t/by/reader");
}
static int by_traced_other(const char *dir)
{
	(void)dir;
	return traced("/t/by/other");
}

/* --- Others ------------------------------------------------------------------------------------------- */

static int zero;
static int has_zero(const char *dir)
{
	(void)dir;
	zero = open("/dev/zero", O_RDWR);
	return zero < 0;
}
static int map_device(const char *dir)
{
	(void)dir;
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0) == MAP_FAILED ? errno
											   : 0;
}

static int tree_as_namespace(const char *dir)
{
	int ns = (int)syscall(__NR_open_tree, AT_FDCWD, "/secret", 2 /* OPEN_TREE_NAMESPACE */);

	(void)dir;
	if (ns < 0)
		return errno;
	if (setns(ns, CLONE_NEWNS) < 0)
		return errno;
	return open("/f", O_RDONLY) < 0 ? errno : 97;
}

static void enter_tree(void)
{
	int r = trial("names", "/", NULL, tree_as_namespace);
	char why[16];

	snprintf(why, sizeof(why), "%d", r);
	if (r == EINVAL)
		printf("SKIP a tree as a namespace: this kernel can't\n"); /* from 7.0 on */
	else
		result(r == EPERM, "a tree as a namespace", why);
}

static int deep_cgroup(const char *dir)
{
	int procs;

	(void)dir;
	if (chdir("/sys/fs/cgroup/names") != 0)
		return 250;
	for (int i = 0; i < 150; i++)
		if ((mkdir("d", 0755) != 0 && errno != EEXIST) || chdir("d") != 0)
			return 251;
	procs = open("cgroup.procs", O_WRONLY);
	if (write(procs, "0", 1) != 1)
		return 252;
	return open("/secret/f", O_RDONLY) < 0 ? errno : 0;
}

#endif
