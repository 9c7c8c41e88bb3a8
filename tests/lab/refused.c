// SPDX-License-Identifier: Apache-2.0
// refused: does one thing of each kind that Landlock may refuse, and prints "KIND ERRNO" of each.
//
//   refused all PATH DIR    reads PATH, and so on; makes and removes things in DIR
//   refused nested PATH     makes a Landlock domain of its own, then reads PATH in it
//   refused uring PATH      opens PATH by io_uring
//   refused threads N PATH  opens PATH N times in each of four threads
//   refused audit enabled|limit|wait N
//                           sets the machine's auditing: for guests only
//   refused audit daemon 0  is the machine's audit daemon, which takes the records and drops them
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/io_uring.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static void told(const char *kind, long r)
{
	int error = r < 0 ? errno : 0;

	printf("%s %s\n", kind, error ? strerrorname_np(error) : "0");
	fflush(stdout);
}

static int in(const char *dir, char *path, const char *name)
{
	return sprintf(path, "%s/%s", dir, name);
}

static void names(const char *dir)
{
	char path[256], other[256];

	in(dir, path, "there");
	in(dir, other, "new");
	told("read_dir", open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	told("make_reg", open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	told("make_dir", mkdir(other, 0700));
	told("make_sym", symlink("x", other));
	told("make_fifo", mknod(other, S_IFIFO | 0600, 0));
	told("remove_file", unlink(path));
	in(dir, path, "dir");
	told("remove_dir", rmdir(path));
}

static void sockets(const char *dir)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(7001)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(7001)};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int tcp6 = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	v6.sin6_addr = in6addr_loopback;
	told("bind_tcp", bind(tcp, (struct sockaddr *)&v4, sizeof(v4)));
	told("connect_tcp", connect(tcp6, (struct sockaddr *)&v6, sizeof(v6)));
	memcpy(local.sun_path, "\0a \0b", 5);
	told("abstract", connect(stream, (struct sockaddr *)&local,
				 offsetof(struct sockaddr_un, sun_path) + 5));
	in(dir, local.sun_path, "socket");
	told("make_sock", bind(stream, (struct sockaddr *)&local, sizeof(local)));
}

static int all(const char *path, const char *dir)
{
	char *argv[] = {(char *)(uintptr_t)path, NULL};

	told("read_file", open(path, O_RDONLY | O_CLOEXEC));
	told("write_file", open(path, O_WRONLY | O_CLOEXEC));
	told("truncate", truncate(path, 0));
	told("execute", execv(path, argv));
	names(dir);
	sockets(dir);
	told("signal", kill(1, 0));
	told("ptrace", ptrace(PTRACE_SEIZE, 1, 0, 0));
	told("mount", mount("none", "/mnt", "tmpfs", 0, NULL));
	return 0;
}

static int nested(const char *path)
{
	struct {
		uint64_t fs;
	} attr = {LANDLOCK_ACCESS_FS_READ_FILE};
	long ruleset = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	told("restrict", syscall(SYS_landlock_restrict_self, ruleset, 0));
	told("nested", open(path, O_RDONLY | O_CLOEXEC));
	return 0;
}

static int uring(const char *path)
{
	struct io_uring_params params = {.flags = 0};
	int fd = (int)syscall(SYS_io_uring_setup, 4, &params);
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	char *ring;

	if (fd < 0) {
		told("uring", fd);
		return 0;
	}
	ring = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		    IORING_OFF_SQ_RING);
	sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
		   IORING_OFF_SQES);
	*sqe = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
				     .fd = AT_FDCWD,
				     .addr = (uintptr_t)path,
				     .open_flags = O_RDONLY | O_CLOEXEC};
	__atomic_store_n((uint32_t *)(void *)(ring + params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) {
		told("uring", -1);
		return 0;
	}
	cqe = (struct io_uring_cqe *)(void *)(ring + params.cq_off.cqes);
	errno = -cqe->res;
	told("uring", cqe->res);
	return 0;
}

struct job {
	const char *path;
	int count, refused;
};

static void *open_often(void *context)
{
	struct job *job = context;

	for (int i = 0; i < job->count; i++) {
		int fd = open(job->path, O_RDONLY | O_CLOEXEC);

		job->refused += fd < 0;
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static int threads(int count, const char *path)
{
	struct job jobs[4];
	pthread_t ids[4];
	int sum = 0;

	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){path, count, 0};
		if (pthread_create(&ids[i], NULL, open_often, &jobs[i]))
			return 1;
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(ids[i], NULL);
		sum += jobs[i].refused;
	}
	printf("%d\n", sum);
	return 0;
}

static int set_audit(const char *what, uint32_t n)
{
	struct {
		struct nlmsghdr header;
		struct audit_status status;
	} message = {.header = {.nlmsg_len = sizeof(message),
				.nlmsg_type = AUDIT_SET,
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK}};
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr header;
		int error;
		char rest[256];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

	if (strcmp(what, "enabled") == 0) {
		message.status.mask = AUDIT_STATUS_ENABLED;
		message.status.enabled = n;
	} else if (strcmp(what, "limit") == 0) {
		message.status.mask = AUDIT_STATUS_BACKLOG_LIMIT;
		message.status.backlog_limit = n;
	} else if (strcmp(what, "daemon") == 0) {
		message.status.mask = AUDIT_STATUS_PID;
		message.status.pid = (uint32_t)getpid();
	} else {
		message.status.mask = AUDIT_STATUS_BACKLOG_WAIT_TIME;
		message.status.backlog_wait_time = n;
	}
	if (fd < 0 || sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&kernel,
			     sizeof(kernel)) < 0)
		return 1;
	do {
		if (recv(fd, &answer, sizeof(answer), 0) < 20)
			return 1;
	} while (answer.header.nlmsg_type != NLMSG_ERROR);
	if (answer.error)
		return 1;
	while (message.status.pid)
		(void)recv(fd, &answer, sizeof(answer), 0);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "all") == 0)
		return all(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "nested") == 0)
		return nested(argv[2]);
	if (argc == 3 && strcmp(argv[1], "uring") == 0)
		return uring(argv[2]);
	if (argc == 4 && strcmp(argv[1], "threads") == 0)
		return threads(atoi(argv[2]), argv[3]);
	if (argc == 4 && strcmp(argv[1], "audit") == 0)
		return set_audit(argv[2], (uint32_t)atoi(argv[3]));
	return 2;
}
