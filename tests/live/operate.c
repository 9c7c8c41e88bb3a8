/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operate: reads one operation a line, does it, and prints what came of it: 0 or the errno. A test that
 * starts it under a policy asks it what it likes, and puts things right between two questions.
 *
 *   operate                     from standard input, to its end
 *   operate from FILE           from there
 *   operate OP [A [B]]          one, which is the status, too
 *
 * Names of operations are in the table below. A path has no blanks; a port is one of 127.0.0.1.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int of(long r)
{
	return r < 0 ? errno : 0;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0644), error = of(fd);

	if (fd >= 0)
		close(fd);
	return error;
}

/* --- Files --------------------------------------------------------------------------------------- */

static int op_read(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_RDONLY);
}
static int op_write(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_WRONLY);
}
static int op_both(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_RDWR);
}
static int op_trunc(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_WRONLY | O_TRUNC);
}
static int op_readtrunc(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_RDONLY | O_TRUNC);
}
static int op_append(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_WRONLY | O_APPEND);
}
static int op_truncate(const char *a, const char *b)
{
	(void)b;
	return of(truncate(a, 0));
}
static int op_path(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_PATH);
}
static int op_list(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_RDONLY | O_DIRECTORY);
}
static int op_tmpfile(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_WRONLY | O_TMPFILE);
}
static int op_creat(const char *a, const char *b)
{
	(void)b;
	return opened(a, O_WRONLY | O_CREAT | O_EXCL);
}
static int op_mkdir(const char *a, const char *b)
{
	(void)b;
	return of(mkdir(a, 0755));
}
static int op_symlink(const char *a, const char *b)
{
	(void)b;
	return of(symlink("nowhere", a));
}
static int op_fifo(const char *a, const char *b)
{
	(void)b;
	return of(mknod(a, S_IFIFO | 0644, 0));
}
static int op_regular(const char *a, const char *b)
{
	(void)b;
	return of(mknod(a, S_IFREG | 0644, 0));
}
static int op_chardev(const char *a, const char *b)
{
	(void)b;
	return of(mknod(a, S_IFCHR | 0644, makedev(1, 3)));
}
static int op_blockdev(const char *a, const char *b)
{
	(void)b;
	return of(mknod(a, S_IFBLK | 0644, makedev(7, 0)));
}
static int op_unlink(const char *a, const char *b)
{
	(void)b;
	return of(unlink(a));
}
static int op_rmdir(const char *a, const char *b)
{
	(void)b;
	return of(rmdir(a));
}
static int op_rename(const char *a, const char *b)
{
	return of(rename(a, b));
}
static int op_exchange(const char *a, const char *b)
{
	return of(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE));
}
static int op_link(const char *a, const char *b)
{
	return of(link(a, b));
}
static int op_chmod(const char *a, const char *b)
{
	(void)b;
	return of(chmod(a, 0755));
}
static int op_chown(const char *a, const char *b)
{
	(void)b;
	return of(chown(a, getuid(), getgid()));
}
static int op_setxattr(const char *a, const char *b)
{
	int error = of(setxattr(a, "user.operate", "1", 1, 0));

	(void)b;
	return error == ENOTSUP ? 0 : error; /* of the file system */
}
static int op_utimes(const char *a, const char *b)
{
	(void)b;
	return of(utimensat(AT_FDCWD, a, NULL, 0));
}
static int op_exec(const char *a, const char *b)
{
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execl(a, a, NULL);
		_exit(errno);
	}
	(void)b;
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}
/* No device that there is knows this one: ENOTTY is what comes of it where it is let through. */
static int op_ioctl(const char *a, const char *b)
{
	int fd = open(a, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = of(fd);

	(void)b;
	if (fd < 0)
		return error;
	error = of(ioctl(fd, _IO('~', 99)));
	close(fd);
	return error == ENOTTY || error == EINVAL ? 0 : error;
}

/* --- Sockets ------------------------------------------------------------------------------------- */

enum call { BIND, CONNECT, SEND };

/* Nobody need be there: what comes of that is told apart. */
static int addressed(enum call call, int family, int type, int protocol, const void *address,
		     socklen_t size)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol), error = of(fd);

	if (fd < 0)
		return error;
	if (call == BIND)
		error = of(bind(fd, address, size));
	else if (call == CONNECT)
		error = of(connect(fd, address, size));
	else
		error = of(sendto(fd, "x", 1, MSG_NOSIGNAL, address, size));
	close(fd);
	return error == ECONNREFUSED || error == EINPROGRESS || error == EAGAIN ? 0 : error;
}

static int ported(enum call call, int type, int protocol, const char *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)atoi(port)),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};

	return addressed(call, AF_INET, type, protocol, &in, sizeof(in));
}
static int ported6(enum call call, int type, const char *port)
{
	struct sockaddr_in6 in = {.sin6_family = AF_INET6,
				  .sin6_port = htons((uint16_t)atoi(port)),
				  .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int error = addressed(call, AF_INET6, type, 0, &in, sizeof(in));

	/* Machines without an address of IPv6. */
	return error == EADDRNOTAVAIL || error == ENETUNREACH ? 0 : error;
}
static int unixed(enum call call, int type, const char *name)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t length = strlen(name);

	if (length >= sizeof(un.sun_path))
		return ENAMETOOLONG;
	memcpy(un.sun_path, name, length);
	if (*name == '@')
		un.sun_path[0] = '\0';
	return addressed(
		call, AF_UNIX, type, 0, &un,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*name != '@')));
}

static int op_bindtcp(const char *a, const char *b)
{
	(void)b;
	return ported(BIND, SOCK_STREAM, 0, a);
}
static int op_connecttcp(const char *a, const char *b)
{
	(void)b;
	return ported(CONNECT, SOCK_STREAM, 0, a);
}
static int op_bindtcp6(const char *a, const char *b)
{
	(void)b;
	return ported6(BIND, SOCK_STREAM, a);
}
static int op_connecttcp6(const char *a, const char *b)
{
	(void)b;
	return ported6(CONNECT, SOCK_STREAM, a);
}
static int op_bindudp(const char *a, const char *b)
{
	(void)b;
	return ported(BIND, SOCK_DGRAM, 0, a);
}
static int op_connectudp(const char *a, const char *b)
{
	(void)b;
	return ported(CONNECT, SOCK_DGRAM, 0, a);
}
static int op_sendudp(const char *a, const char *b)
{
	(void)b;
	return ported(SEND, SOCK_DGRAM, 0, a);
}
static int op_listentcp(const char *a, const char *b)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), error = of(fd);

	(void)a, (void)b;
	if (fd < 0)
		return error;
	error = of(listen(fd, 1));
	close(fd);
	return error;
}
static int op_bindunix(const char *a, const char *b)
{
	(void)b;
	return unixed(BIND, SOCK_STREAM, a);
}
static int op_connectunix(const char *a, const char *b)
{
	int error;

	(void)b;
	error = unixed(CONNECT, SOCK_STREAM, a);
	return error;
}
/* SOCKET FAMILY TYPE, by number */
static int op_socket(const char *a, const char *b)
{
	int fd = socket(atoi(a), atoi(b), 0), error = of(fd);

	if (fd >= 0)
		close(fd);
	/* What this kernel does not have, nobody has refused. */
	return error == EAFNOSUPPORT || error == ESOCKTNOSUPPORT || error == EPROTONOSUPPORT ||
			       error == EINVAL
		       ? 0
		       : error;
}
static int op_protocol(const char *a, const char *b)
{
	int fd = socket(AF_INET, atoi(a), atoi(b)), error = of(fd);

	if (fd >= 0)
		close(fd);
	return error == ESOCKTNOSUPPORT || error == EPROTONOSUPPORT || error == EINVAL ? 0 : error;
}

/* --- The rest ------------------------------------------------------------------------------------ */

static int op_kill(const char *a, const char *b)
{
	(void)b;
	return of(kill(atoi(a), 0));
}
static int op_none(const char *a, const char *b)
{
	(void)a, (void)b;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(const char *a, const char *b);
} table[] = {
	{"none", op_none},
	{"read", op_read},
	{"write", op_write},
	{"both", op_both},
	{"trunc", op_trunc},
	{"readtrunc", op_readtrunc},
	{"append", op_append},
	{"truncate", op_truncate},
	{"path", op_path},
	{"list", op_list},
	{"tmpfile", op_tmpfile},
	{"creat", op_creat},
	{"mkdir", op_mkdir},
	{"symlink", op_symlink},
	{"fifo", op_fifo},
	{"regular", op_regular},
	{"chardev", op_chardev},
	{"blockdev", op_blockdev},
	{"unlink", op_unlink},
	{"rmdir", op_rmdir},
	{"rename", op_rename},
	{"exchange", op_exchange},
	{"link", op_link},
	{"chmod", op_chmod},
	{"chown", op_chown},
	{"setxattr", op_setxattr},
	{"utimes", op_utimes},
	{"exec", op_exec},
	{"ioctl", op_ioctl},
	{"bindtcp", op_bindtcp},
	{"connecttcp", op_connecttcp},
	{"bindtcp6", op_bindtcp6},
	{"connecttcp6", op_connecttcp6},
	{"listentcp", op_listentcp},
	{"bindudp", op_bindudp},
	{"connectudp", op_connectudp},
	{"sendudp", op_sendudp},
	{"bindunix", op_bindunix},
	{"connectunix", op_connectunix},
	{"socket", op_socket},
	{"protocol", op_protocol},
	{"kill", op_kill},
};

static int operate(const char *op, const char *a, const char *b)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, op) == 0)
			return table[i].run(a, b);
	return 250;
}

int main(int argc, char **argv)
{
	char line[9000], op[16], a[4200], b[4200];

	signal(SIGPIPE, SIG_IGN);
	if (argc > 2 && strcmp(argv[1], "from") == 0) {
		if (!freopen(argv[2], "re", stdin))
			return errno;
	} else if (argc > 1) {
		int error = operate(argv[1], argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");

		printf("%d\n", error);
		return error;
	}
	while (fgets(line, sizeof(line), stdin)) {
		*op = *a = *b = '\0';
		(void)sscanf(line, "%15s %4199s %4199s", op, a, b);
		printf("%d\n", operate(op, a, b));
		fflush(stdout);
	}
	return 0;
}
