/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What code inside a governed program tries: `attack [NAME...]`, all without one. Prints what came of
 * each as "NAME ERRNO" or "NAME done". Done, each would harm nothing but this process.
 *
 * Built with -shared -fPIC -DATTACK_LIBRARY it is carried into a program: into nginx by LD_PRELOAD, where it strikes
 * in the worker that gets "GET /attack?NAME&NAME", and answers; into redis as a module, where it
 * strikes when it is loaded and leaves its answer in attack.out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define X32_BIT 0x40000000L

static char zeros[256];

static long try_ptrace(void)
{
	return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}
static long try_vm_write(void)
{
	struct iovec iov = {zeros, 1};

	return syscall(SYS_process_vm_writev, getppid(), &iov, 1, &iov, 0, 0);
}
static long try_io_uring(void)
{
	char params[256] = {0};

	return syscall(SYS_io_uring_setup, 1, params);
}
static long try_userns(void)
{
	return syscall(SYS_unshare, CLONE_NEWUSER);
}
static long try_clone_userns(void)
{
	long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}
static long try_setns(void)
{
	return syscall(SYS_setns, -1, 0);
}
static long try_vsock(void)
{
	return syscall(SYS_socket, AF_VSOCK, SOCK_STREAM, 0);
}
static long try_alg(void)
{
	return syscall(SYS_socket, AF_ALG, SOCK_SEQPACKET, 0);
}
static long try_packet(void)
{
	return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0);
}
/* The kernel reads 32 bits of the command. */
static long try_tiocsti(void)
{
	return syscall(SYS_ioctl, 0, TIOCSTI | 0x100000000L, "x");
}
static long try_keyctl(void)
{
	return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
}
static long try_add_key(void)
{
	return syscall(SYS_add_key, "user", "bailiff-attack", zeros, 1, KEY_SPEC_PROCESS_KEYRING);
}
static long try_bpf(void)
{
	union bpf_attr attr = {0};

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}
static long try_perf(void)
{
	return syscall(SYS_perf_event_open, zeros, 0, -1, -1, 0);
}
static long try_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC);
}
static long try_mount(void)
{
	return syscall(SYS_mount, NULL, NULL, NULL, 0, NULL);
}
static long try_module(void)
{
	return syscall(SYS_init_module, zeros, sizeof(zeros), "");
}
static long try_kexec(void)
{
	return syscall(SYS_kexec_load, 0, 1000, NULL, 0);
}
static long try_handle(void)
{
	return syscall(SYS_open_by_handle_at, -1, zeros, O_RDONLY);
}
static long try_persona(void)
{
	return syscall(SYS_personality, READ_IMPLIES_EXEC);
}
static long try_exec(void)
{
	char *argv[] = {(char *)"true", NULL};
	sigset_t child, before;
	pid_t pid, waited;
	int status;

	/* A handler of the program may wait for it, too. */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &before);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execve, "/bin/true", argv, argv + 1);
		_exit(errno);
	}
	waited = pid < 0 ? pid : waitpid(pid, &status, 0);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid < 0 || waited != pid)
		return -1;
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}
static long try_rwx(void)
{
	return (long)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static long try_make_exec(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? 0 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}
static long try_write_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY);
}
/* World-readable on every Debian, and nothing that a program needs. */
static long try_read_file(void)
{
	return syscall(SYS_openat, AT_FDCWD, "/var/lib/dpkg/status", O_RDONLY);
}
static long try_make_file(void)
{
	static const char path[] = "/var/tmp/bailiff-attack";
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd >= 0)
		unlink(path);
	return fd;
}
static long try_link(void)
{
	return syscall(SYS_linkat, AT_FDCWD, "/etc/hostname", AT_FDCWD, "/etc/hostname", 0);
}
static long try_raw(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_RAW, 1); /* ICMP */
}
static long try_socket(void)
{
	return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}
static long try_kill(void)
{
	return syscall(SYS_kill, getppid(), 0);
}
static long try_x32(void)
{
	return syscall(X32_BIT | SYS_getpid);
}

static const struct {
	const char *name;
	long (*run)(void);
} attacks[] = {
	{"ptrace", try_ptrace},
	{"vm-write", try_vm_write},
	{"io-uring", try_io_uring},
	{"unshare", try_userns},
	{"clone", try_clone_userns},
	{"setns", try_setns},
	{"vsock", try_vsock},
	{"alg", try_alg},
	{"packet", try_packet},
	{"tiocsti", try_tiocsti},
	{"keyctl", try_keyctl},
	{"add-key", try_add_key},
	{"bpf", try_bpf},
	{"perf", try_perf},
	{"userfault", try_userfaultfd},
	{"mount", try_mount},
	{"module", try_module},
	{"kexec", try_kexec},
	{"handle", try_handle},
	{"personality", try_persona},
	{"exec", try_exec},
	{"rwx", try_rwx},
	{"make-exec", try_make_exec},
	{"write-file", try_write_file},
	{"read-file", try_read_file},
	{"make-file", try_make_file},
	{"link", try_link},
	{"raw", try_raw},
	{"socket", try_socket},
	{"kill", try_kill},
	{"x32", try_x32},
};

/* Those of which `wanted` says yes, told to fd. */
static void strike(int fd, bool (*wanted)(const char *name, const void *data), const void *data)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		if (!wanted(attacks[i].name, data))
			continue;
		errno = 0;
		dprintf(fd, "%s %s\n", attacks[i].name,
			attacks[i].run() == -1 ? strerrorname_np(errno) : "done");
	}
}

#ifdef ATTACK_LIBRARY
static bool in_query(const char *name, const void *data)
{
	const char *found = memmem(data, strcspn(data, " \r\n"), name, strlen(name));

	return found && (found[-1] == '?' || found[-1] == '&') &&
	       strchr("& \r\n", found[strlen(name)]);
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	static const char line[] = "GET /attack";
	ssize_t n = syscall(SYS_recvfrom, fd, buf, size, flags, NULL, NULL);

	if (n < (ssize_t)sizeof(line) || memcmp(buf, line, sizeof(line) - 1) != 0)
		return n;
	fcntl(fd, F_SETFL, 0);
	dprintf(fd, "HTTP/1.0 200 OK\r\n\r\n");
	strike(fd, in_query, (const char *)buf + sizeof(line) - 1);
	return 0;
}

static bool in_lines(const char *name, const void *data)
{
	const char *found = strstr(data, name);

	return found && found[strlen(name)] == '\n' && (found == data || found[-1] == '\n');
}

/* A module that says "no" is unloaded at once. */
int RedisModule_OnLoad(void *context, void **argv, int argc);
int RedisModule_OnLoad(void *context, void **argv, int argc)
{
	char names[1024] = {0};
	int in = open("attack.in", O_RDONLY | O_CLOEXEC);
	int out = open("attack.out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	(void)context, (void)argv, (void)argc;
	if (in >= 0 && out >= 0 && read(in, names, sizeof(names) - 1) >= 0)
		strike(out, in_lines, names);
	close(in);
	close(out);
	return 1;
}
#else
static bool in_arguments(const char *name, const void *data)
{
	char *const *argv = data;

	for (int i = 1; argv[i]; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return !argv[1];
}

int main(int argc, char **argv)
{
	(void)argc;
	strike(STDOUT_FILENO, in_arguments, argv);
	return 0;
}
#endif
