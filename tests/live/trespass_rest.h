/* SPDX-License-Identifier: Apache-2.0 */
/* Ways to programs, to the network, and to who is outside. */
#ifndef LIVE_TRESPASS_REST_H
#define LIVE_TRESPASS_REST_H

#include "trespass.h"

/* --- Programs ------------------------------------------------------------------------------------ */

/* Starts fd, or with fd < 0 path, and says how it ended. */
static int starts(int fd, const char *path, const char *argument)
{
	pid_t pid;
	int status;

	pid = vfork();
	if (pid == 0) {
		const char *argv[] = {"x", argument, NULL};
		const char *environment[] = {NULL};

		if (fd < 0)
			execve(path, (char **)argv, (char **)environment);
		else
			syscall(SYS_execveat, fd, "", argv, environment, AT_EMPTY_PATH);
		_exit(errno);
	}
	return pid < 0 || waitpid(pid, &status, 0) != pid ? IMPOSSIBLE : WEXITSTATUS(status);
}

static int start_by_name(void)
{
	return starts(-1, "open/run", NULL);
}
static int start_copy(void)
{
	unlink("open/copy");
	put("open/copy", tiny, sizeof(tiny), 0755);
	return starts(-1, "open/copy", NULL);
}
static int start_link(void)
{
	unlink("open/linked");
	return link("open/run", "open/linked") ? errno : starts(-1, "open/linked", NULL);
}
static int start_renamed(void)
{
	int error;

	if (rename("open/run", "open/renamed"))
		return errno;
	error = starts(-1, "open/renamed", NULL);
	(void)rename("open/renamed", "open/run");
	return error;
}
static int start_fd(void)
{
	int fd = open("open/run", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : starts(fd, "", NULL);
}
static int start_path_fd(void)
{
	char path[64];
	int fd = open("open/run", O_PATH | O_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 ? errno : starts(-1, path, NULL);
}
static int start_script(void)
{
	return starts(-1, "open/script", NULL);
}
static int memory_file(unsigned flags)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 1 /* MFD_CLOEXEC */ | flags);

	if (fd >= 0 && write(fd, tiny, sizeof(tiny)) != sizeof(tiny))
		return -1;
	return fd;
}
static int start_memory(void)
{
	int fd = memory_file(0);

	return fd < 0 ? errno : starts(fd, "", NULL);
}
static int start_memory_exec(void)
{
	int fd = memory_file(0x10 /* MFD_EXEC */);

	if (fd < 0)
		return errno == EINVAL ? IMPOSSIBLE : errno;
	return starts(fd, "", NULL);
}
static int start_memory_proc(void)
{
	char path[64];
	int fd = memory_file(0);

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return starts(-1, path, NULL);
}
static int start_unnamed(void)
{
	int fd = open("open", O_RDWR | O_TMPFILE | O_CLOEXEC, 0755);
	char path[64];
	int again;

	if (fd < 0)
		return IMPOSSIBLE;
	if (write(fd, tiny, sizeof(tiny)) != sizeof(tiny))
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	close(fd);
	return again < 0 ? errno : starts(again, "", NULL);
}
static int start_by_loader(void)
{
	static const char loader[] = "/lib64/ld-linux-x86-64.so.2";

	return access(loader, X_OK) ? IMPOSSIBLE : starts(-1, loader, "/bin/true");
}
static int start_mapped(void)
{
	int fd = open("open/run", O_RDONLY | O_CLOEXEC);
	char *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

	return map == MAP_FAILED ? errno : 0;
}
static int start_in_new_mount(void)
{
	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS))
		return errno;
	if (mount("none", "open/sub", "tmpfs", 0, NULL))
		return errno;
	put("open/sub/run", tiny, sizeof(tiny), 0755);
	return starts(-1, "open/sub/run", NULL);
}

static const struct attack programs[] = {
	{"execve", start_by_name, NULL, NULL},
	{"a copy", start_copy, NULL, NULL},
	{"a hard link", start_link, NULL, NULL},
	{"renamed", start_renamed, NULL, NULL},
	{"execveat of a descriptor", start_fd, NULL, NULL},
	{"/proc/self/fd", start_path_fd, NULL, NULL},
	{"a script", start_script, NULL, NULL},
	{"a file in memory", start_memory, NULL, NULL},
	{"a file in memory, asked to be executable", start_memory_exec, NULL, NULL},
	{"a file in memory by /proc/self/fd", start_memory_proc, NULL, NULL},
	{"an O_TMPFILE", start_unnamed, NULL, NULL},
	{"a file system of its own", start_in_new_mount, NULL, NULL},
	{"the loader with a program as its argument", start_by_loader,
	 "the loader only reads and maps it, and what may be read may be mapped", NULL},
	{"a mapping", start_mapped, "what may be read may be mapped", NULL},
	{NULL, NULL, NULL, NULL},
};

/* --- The network ---------------------------------------------------------------------------------- */

/* It was let through where nobody was there. */
static int reached(long r)
{
	return r < 0 && errno != ECONNREFUSED && errno != EINPROGRESS && errno != EAGAIN ? errno
											 : 0;
}
static struct sockaddr_in at(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}
static int absent(int error)
{
	return error == EPROTONOSUPPORT || error == EAFNOSUPPORT || error == ESOCKTNOSUPPORT ||
			       error == EADDRNOTAVAIL || error == EINVAL || error == ENOPROTOOPT
		       ? IMPOSSIBLE
		       : error;
}
static int connects(int family, int protocol, uint16_t port)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, protocol);
	struct sockaddr_in address = at(port);

	return fd < 0 ? absent(errno)
		      : reached(connect(fd, (struct sockaddr *)&address, sizeof(address)));
}
static int connect_tcp(void)
{
	return connects(AF_INET, 0, 20001);
}
static int connect_mptcp(void)
{
	return connects(AF_INET, 262, 20001);
}
static int connect_smc(void)
{
	return connects(43 /* AF_SMC */, 0, 20001);
}
static int connect_sctp(void)
{
	return connects(AF_INET, IPPROTO_SCTP, 20001);
}
static int connect_mapped(void)
{
	struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(20001)};
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return absent(errno);
	address.sin6_addr.s6_addr[10] = address.sin6_addr.s6_addr[11] = 0xff;
	address.sin6_addr.s6_addr[12] = 127;
	address.sin6_addr.s6_addr[15] = 1;
	return absent(reached(connect(fd, (struct sockaddr *)&address, sizeof(address))));
}
static int connect_again(void)
{
	struct sockaddr_in address = at(20002), other = at(20001);
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	(void)connect(fd, (struct sockaddr *)&address, sizeof(address));
	(void)connect(fd, &none, sizeof(none));
	return reached(connect(fd, (struct sockaddr *)&other, sizeof(other)));
}
static int connect_fast(void)
{
	struct sockaddr_in address = at(20001);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return reached(sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&address,
			      sizeof(address)));
}
static int connect_fast_message(void)
{
	struct sockaddr_in address = at(20001);
	struct iovec iov = {"x", 1};
	struct mmsghdr message = {.msg_hdr = {.msg_name = &address,
					      .msg_namelen = sizeof(address),
					      .msg_iov = &iov,
					      .msg_iovlen = 1}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : reached(sendmmsg(fd, &message, 1, MSG_FASTOPEN | MSG_NOSIGNAL));
}
static int connect_fast_option(void)
{
	struct sockaddr_in address = at(20001);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		return errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &one, sizeof(one)))
		return IMPOSSIBLE;
	/* The connection begins with what is sent first, or at once. */
	if (reached(connect(fd, (struct sockaddr *)&address, sizeof(address))))
		return errno;
	return reached(send(fd, "x", 1, MSG_NOSIGNAL)) == EPIPE ? 0 : errno;
}
static int send_udp(void)
{
	struct sockaddr_in address = at(20002);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno
		      : reached(sendto(fd, "x", 1, 0, (struct sockaddr *)&address,
				       sizeof(address)));
}
static int bind_tcp(void)
{
	struct sockaddr_in address = at(20002);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : of(bind(fd, (struct sockaddr *)&address, sizeof(address)));
}
static int listen_unbound(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : of(listen(fd, 1));
}
static int raw_socket(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP);

	return fd < 0 && errno == EPERM && geteuid() ? IMPOSSIBLE : of(fd);
}
static int packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd < 0 && errno == EPERM && geteuid() ? IMPOSSIBLE : of(fd);
}
static int ping_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);

	return fd < 0 && errno == EACCES ? IMPOSSIBLE : of(fd);
}
static int netlink_socket(void)
{
	return of(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}
static int vsock_socket(void)
{
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? absent(errno) : 0;
}
static int alg_socket(void)
{
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	return fd < 0 ? absent(errno) : 0;
}
static int ring_at_all(void)
{
	struct io_uring_params p = {0};
	int fd = (int)syscall(SYS_io_uring_setup, 4, &p);

	return of(fd);
}
/* Another network: its ports are the same ones. */
static int connect_elsewhere(void)
{
	int error;

	if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET))
		return IMPOSSIBLE;
	error = connects(AF_INET, 0, 20001);
	return error == ENETUNREACH ? 0 : error;
}

static const struct attack ports[] = {
	{"TCP", connect_tcp, NULL, NULL},
	{"MPTCP", connect_mptcp, NULL, NULL},
	{"SMC", connect_smc, NULL, NULL},
	{"SCTP", connect_sctp, NULL, NULL},
	{"IPv4 within IPv6", connect_mapped, NULL, NULL},
	{"AF_UNSPEC, and again", connect_again, NULL, NULL},
	{"MSG_FASTOPEN", connect_fast, NULL, NULL},
	{"MSG_FASTOPEN by sendmmsg", connect_fast_message, NULL, NULL},
	{"TCP_FASTOPEN_CONNECT", connect_fast_option, NULL, NULL},
	{"UDP without connect", send_udp, NULL, NULL},
	{"bind", bind_tcp, NULL, NULL},
	{"listen without bind", listen_unbound, NULL, NULL},
	{"a raw socket", raw_socket, NULL, NULL},
	{"a packet socket", packet_socket, NULL, NULL},
	{"a ping socket", ping_socket, NULL, NULL},
	{"netlink", netlink_socket, NULL, NULL},
	{"vsock", vsock_socket, NULL, NULL},
	{"the kernel's ciphers", alg_socket, NULL, NULL},
	{"io_uring", ring_at_all, NULL, NULL},
	{"another network namespace", connect_elsewhere, NULL, NULL},
	{NULL, NULL, NULL, NULL},
};

/* --- Who is outside ------------------------------------------------------------------------------- */

static int signal_outside(void)
{
	return of(kill(outside, 0));
}
static int trace_outside(void)
{
	if (ptrace(PTRACE_SEIZE, outside, NULL, NULL))
		return errno;
	ptrace(PTRACE_DETACH, outside, NULL, NULL);
	return 0;
}
static int read_outside(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", outside);
	return of(open(path, O_RDONLY | O_CLOEXEC));
}
static int environment_outside(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/environ", outside);
	return of(open(path, O_RDONLY | O_CLOEXEC));
}
static int take_fd_outside(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, outside, 0);

	return of(syscall(SYS_pidfd_getfd, pidfd, 1, 0));
}
static int memory_outside(void)
{
	char c;
	struct iovec to = {&c, 1}, from = {&c, 1};

	return of(process_vm_readv(outside, &to, 1, &from, 1, 0)) == EFAULT ? 0 : errno;
}

static const struct attack people[] = {
	{"ptrace", trace_outside, NULL, NULL},
	{"/proc/PID/mem", read_outside, NULL, NULL},
	{"/proc/PID/environ", environment_outside,
	 "whoever has CAP_PERFMON may look at any process on kernels after 6.12; drop it",
	 to_root_of_new},
	{"pidfd_getfd", take_fd_outside, NULL, NULL},
	{"process_vm_readv", memory_outside, NULL, NULL},
	{"a signal", signal_outside, "Landlock keeps signals in since ABI 6", before_scopes},
	{NULL, NULL, NULL, NULL},
};

#endif
