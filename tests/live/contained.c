/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one program, beside bailiff, of the images that tests run in containers. It needs no file but
 * itself. Its first argument says what it does:
 *
 *   look          prints who it is, which descriptors it has, and what came of each of its calls
 *   calls         prints what came of each of its calls
 *   swapoff       makes this call, which policies of tests kill
 *   exit N        ends with that status
 *   signal N      ends by that signal
 *   wait [FILE]   ends with status 42 on SIGTERM, and is ready when FILE is there
 *   orphans N [FILE]  the same, having left N children without a parent
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOPPED	      42
#define MAX_FD	      1024
#define ORPHAN_WAIT_S 20

/*
 * Arguments that no kernel carries out, so that a call which passes the filters fails by itself with
 * another errno than theirs (EPERM, ENOSYS and EUCLEAN in these tests), whoever makes it.
 */
#define BAD ((long)-1)
#define X32 0x40000000L
static const struct attempt {
	const char *name;
	long nr;
	long args[6];
} attempts[] = {
	{"getpid", SYS_getpid, {0}},
	{"read", SYS_read, {BAD, 0, 0}},
	{"symlink", SYS_symlink, {BAD, BAD}},
	{"symlinkat", SYS_symlinkat, {BAD, BAD, BAD}},
	{"mkdirat", SYS_mkdirat, {BAD, BAD, 0}},
	{"socket-unix", SYS_socket, {AF_UNIX, SOCK_STREAM, 0}},
	{"socket-unix-dirty", SYS_socket, {AF_UNIX | 1L << 40, SOCK_STREAM | 1L << 33, 0}},
	{"socket-cloexec", SYS_socket, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0}},
	{"socket-vsock", SYS_socket, {AF_VSOCK, 0x1000, 0}},
	{"socket-vsock-dirty", SYS_socket, {AF_VSOCK | 1L << 40, 0x1000, 0}},
	{"socket-alg", SYS_socket, {AF_ALG, 0x1000, 0}},
	{"socket-none", SYS_socket, {255, SOCK_STREAM, 0}},
	{"personality-query", SYS_personality, {0xffffffff}},
	{"personality-query-dirty", SYS_personality, {BAD}},
	{"personality-odd", SYS_personality, {0x8000000}},
	{"clone-namespace", SYS_clone, {CLONE_NEWUSER | CLONE_FS, 0, 0, 0, 0}},
	{"clone-thread-alone", SYS_clone, {CLONE_THREAD, 0, 0, 0, 0}},
	{"clone3", SYS_clone3, {BAD, 0}},
	{"unshare", SYS_unshare, {0x40}},
	{"setns", SYS_setns, {BAD, 0}},
	{"mount", SYS_mount, {BAD, BAD, BAD, 0, 0}},
	{"umount2", SYS_umount2, {BAD, 0}},
	{"pivot_root", SYS_pivot_root, {BAD, BAD}},
	{"keyctl", SYS_keyctl, {BAD, 0, 0, 0, 0}},
	{"add_key", SYS_add_key, {BAD, BAD, BAD, 0, 0}},
	{"bpf", SYS_bpf, {BAD, BAD, 0}},
	{"perf_event_open", SYS_perf_event_open, {BAD, 0, BAD, BAD, 0}},
	{"userfaultfd", SYS_userfaultfd, {0x40000}},
	{"io_uring_setup", SYS_io_uring_setup, {0, BAD}},
	{"kexec_load", SYS_kexec_load, {0, 1000, BAD, BAD}},
	{"init_module", SYS_init_module, {BAD, 0, BAD}},
	{"ptrace", SYS_ptrace, {BAD, 0, 0, 0}},
	{"process_vm_readv", SYS_process_vm_readv, {BAD, 0, 0, 0, 0, 1}},
	{"open_by_handle_at", SYS_open_by_handle_at, {BAD, BAD, 0}},
	{"quotactl", SYS_quotactl, {BAD, BAD, 0, 0}},
	{"acct", SYS_acct, {BAD}},
	{"swapon", SYS_swapon, {BAD, 0}},
	{"unknown", 1023, {0}},
	{"unknown-far", 100000, {0}},
	{"x32-getpid", X32 | SYS_getpid, {0}},
};

/* runc's filters kill at calls of other ABIs, so a child makes them. */
static const char *result_of_child(const struct attempt *a)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit no_core = {0, 0};

		setrlimit(RLIMIT_CORE, &no_core);
		_exit(syscall(a->nr, a->args[0]) < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return strerrorname_np(errno);
	if (WIFSIGNALED(status))
		return "killed";
	return WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "done";
}

/* A clone that comes through has made a child, which must not go on as a second one of us. */
static long attempt(const struct attempt *a)
{
	long r = syscall(a->nr, a->args[0], a->args[1], a->args[2], a->args[3], a->args[4],
			 a->args[5]);

	if (a->nr == SYS_clone && r == 0)
		_exit(0);
	if (a->nr == SYS_clone && r > 0)
		waitpid((pid_t)r, NULL, 0);
	if (a->nr == SYS_socket && r >= 0)
		close((int)r);
	return r;
}

static void print_calls(void)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		const char *result = "done";

		if (attempts[i].nr & X32)
			result = result_of_child(&attempts[i]);
		else if (attempt(&attempts[i]) < 0)
			result = strerrorname_np(errno);
		printf("call %s %s\n", attempts[i].name, result ? result : "?");
	}
}

static void print_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}, {0}};

	if (syscall(SYS_capget, &header, data) < 0)
		printf("capabilities ?\n");
	else
		printf("capabilities %llx\n",
		       (unsigned long long)data[1].effective << 32 | data[0].effective);
}

/* By asking for each, for there may be no /proc. */
static void print_descriptors(void)
{
	struct stat st;

	printf("descriptors");
	for (int fd = 0; fd < MAX_FD; fd++)
		if (fstat(fd, &st) == 0)
			printf(" %d", fd);
	printf("\n");
}

static void print_cgroups(void)
{
	char line[4096];
	FILE *file = fopen("/proc/self/cgroup", "re");

	while (file && fgets(line, sizeof(line), file))
		printf("cgroup %s", line);
	if (file)
		fclose(file);
}

static void print_self(void)
{
	printf("user %d:%d\n", geteuid(), getegid());
	printf("pid %d of %d\n", getpid(), getppid());
	printf("no-new-privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	printf("seccomp %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	printf("proc %s\n", access("/proc/self/status", F_OK) == 0 ? "yes" : "no");
	printf("root %s\n", mkdir("/new", 0755) == 0 ? "writable" : strerrorname_np(errno));
	rmdir("/new");
	print_capabilities();
	print_descriptors();
	print_cgroups();
}

static void stop(int signal)
{
	(void)signal;
	_exit(STOPPED);
}

static int wait_for_term(const char *ready)
{
	signal(SIGTERM, stop);
	if (ready && creat(ready, 0644) < 0) {
		perror(ready);
		return 1;
	}
	for (;;)
		pause();
}

/* Each orphan waits until its parent is gone for sure: a pipe whose other end nobody has any more. */
static void leave_orphan(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		exit(1);
	if (fork() == 0) {
		if (fork() == 0) {
			close(ends[1]);
			alarm(ORPHAN_WAIT_S);
			while (read(ends[0], &byte, 1) > 0)
				;
			_exit(0);
		}
		_exit(0);
	}
	close(ends[0]);
	wait(NULL);
	close(ends[1]);
}

static int die(int signal)
{
	struct rlimit no_core = {0, 0};

	setrlimit(RLIMIT_CORE, &no_core);
	raise(signal);
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(what, "look") == 0)
		print_self();
	if (strcmp(what, "look") == 0 || strcmp(what, "calls") == 0) {
		print_calls();
		return 0;
	}
	if (strcmp(what, "swapoff") == 0)
		return (int)syscall(SYS_swapoff, BAD) + 1;
	if (strcmp(what, "exit") == 0)
		return number;
	if (strcmp(what, "signal") == 0)
		return die(number);
	if (strcmp(what, "wait") == 0)
		return wait_for_term(argc > 2 ? argv[2] : NULL);
	if (strcmp(what, "orphans") != 0)
		return 2;
	for (int i = 0; i < number; i++)
		leave_orphan();
	return wait_for_term(argc > 3 ? argv[3] : NULL);
}
