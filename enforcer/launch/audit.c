/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit stream, read by its multicast group: beside whoever is the machine's audit daemon, and with
 * nothing of the machine's settings changed. Opened before the supervisor lets go of its capabilities.
 */
#include "bailiff/launch.h"

#include "audit.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ABI_LOGGED 7 /* Linux 6.15 */
/* Numbers of the first namespaces, fixed in the kernel's interface. */
#define INITIAL_PID_NS	0xeffffffcu
#define INITIAL_USER_NS 0xeffffffdu
#define ANSWER_MS	1000
#define RECEIVE_BYTES	(4 << 20) /* that may wait: some thousand records */
#define PUMP_RECORDS	128   /* at once, before others have their turn, and the sink is emptied */
#define MOMENT_MS	30    /* for what the kernel is sending: it does so at once */
#define GONE_MS		1000  /* it frees a domain some RCU grace periods after its last process */
#define ALL_MS		10000 /* while it goes on sending: it may have thousands waiting */
#define MS		1000000ll

#define MARK_START "bailiff-"

struct audit {
	int fd;
	bool overrun;
	int64_t finish_since, last_read; /* in audit_last_words() */
	char mark[AUDIT_COMM];
	struct audit_events *events;
	struct audit_record record;
	char datagram[AUDIT_DATAGRAM];
};

static int refuse(char why[AUDIT_WHY], int error, const char *text)
{
	snprintf(why, AUDIT_WHY, "%s", text);
	return error;
}

static bool is_namespace(const char *path, ino_t number)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_ino == number;
}

/* The kernel sends to the sockets of the first network namespace only; the first process is in that. */
static int check_places(char why[AUDIT_WHY])
{
	struct stat own, first;

	if (!is_namespace("/proc/self/ns/pid", INITIAL_PID_NS))
		return refuse(why, -EPERM,
			      "audit records tell of processes as the machine's own PID "
			      "namespace has them, and this is another");
	if (stat("/proc/self/ns/net", &own) < 0 || stat("/proc/1/ns/net", &first) < 0)
		return refuse(why, -EPERM,
			      "it can't be told whether this is the machine's own network "
			      "namespace, where alone audit records arrive");
	if (own.st_ino != first.st_ino || own.st_dev != first.st_dev)
		return refuse(why, -EPERM,
			      "audit records arrive in the machine's own network namespace only");
	return 0;
}

/* What a message from the kernel itself says; -EAGAIN: none is there. -ENOBUFS: some were lost. */
static ssize_t receive(int fd, void *data, size_t size)
{
	struct sockaddr_nl from = {.nl_pid = UINT32_MAX};
	socklen_t length = sizeof(from);
	ssize_t n = recvfrom(fd, data, size, MSG_DONTWAIT, (struct sockaddr *)&from, &length);

	if (n < 0)
		return -errno;
	return length == sizeof(from) && from.nl_family == AF_NETLINK && from.nl_pid == 0 ? n : 0;
}

/* Does the kernel audit at all? By a question that changes nothing. */
static int ask_enabled(int fd, bool *ret_enabled)
{
	const struct nlmsghdr question = {
		.nlmsg_len = sizeof(question),
		.nlmsg_type = AUDIT_GET,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = 1,
	};
	const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct {
		struct nlmsghdr header;
		union {
			struct audit_status status;
			struct nlmsgerr error;
		} body;
	} answer;
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (sendto(fd, &question, sizeof(question), 0, (const struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		return -errno;
	while (poll(&pfd, 1, ANSWER_MS) > 0) {
		memset(&answer, 0, sizeof(answer));
		n = receive(fd, &answer, sizeof(answer));
		if (n < 0)
			return (int)n;
		if ((size_t)n < sizeof(answer.header))
			continue;
		if (answer.header.nlmsg_type == NLMSG_ERROR && answer.body.error.error)
			return answer.body.error.error;
		if (answer.header.nlmsg_type == AUDIT_GET) {
			*ret_enabled = answer.body.status.enabled != 0;
			return 0;
		}
	}
	return -ETIMEDOUT;
}

static int check_enabled(int fd, char why[AUDIT_WHY])
{
	bool enabled = false;
	int r = ask_enabled(fd, &enabled);

	if (r == -EPERM)
		return refuse(why, r,
			      "it takes CAP_AUDIT_CONTROL to ask whether the kernel audits");
	if (r < 0) {
		snprintf(why, AUDIT_WHY, "whether the kernel audits can't be asked: %s",
			 strerror(-r));
		return r;
	}
	return enabled ? 0
		       : refuse(why, -ENODATA,
				"the kernel does not audit (`auditctl -e 1`, or audit=1 at boot)");
}

/* Nothing but what audit_parse() takes: of a busy machine's other records none need be looked at. */
static int only_ours(int fd)
{
	/* Numbers are loaded as big-endian ones, and written as the machine has them. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __builtin_bswap16(1423), 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __builtin_bswap16(1424), 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __builtin_bswap16(1300), 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __builtin_bswap16(1336), 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __builtin_bswap16(1320), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	const struct sock_fprog program = {ARRAY_LEN(code), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int listen_to(int fd, char why[AUDIT_WHY])
{
	const struct sockaddr_nl group = {.nl_family = AF_NETLINK,
					  .nl_groups = 1u << (AUDIT_NLGRP_READLOG - 1)};
	int bytes = RECEIVE_BYTES;

	/* Both only make losses less likely, and those are counted. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	if (bind(fd, (const struct sockaddr *)&group, sizeof(group)) == 0)
		return 0;
	if (errno == EPERM && !is_namespace("/proc/self/ns/user", INITIAL_USER_NS))
		return refuse(why, -EPERM,
			      "audit records are for the machine's own user namespace only");
	if (errno == EPERM)
		return refuse(why, -EPERM, "it takes CAP_AUDIT_READ to read audit records");
	snprintf(why, AUDIT_WHY, "audit records can't be read: %s", strerror(errno));
	return -EIO;
}

static int open_stream(unsigned abi, int *ret_fd, char why[AUDIT_WHY])
{
	CLEANUP(close_fd) int fd = -1;
	int r;

	if (abi < ABI_LOGGED) {
		snprintf(why, AUDIT_WHY,
			 "the kernel tells of them from Linux 6.15 on (Landlock ABI %d; this has "
			 "%u)",
			 ABI_LOGGED, abi);
		return -EOPNOTSUPP;
	}
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	if (fd < 0)
		return refuse(why, -errno,
			      errno == EPROTONOSUPPORT
				      ? "auditing is off in this kernel (audit=0 at boot, or "
					"built without)"
				      : "no socket for audit records can be had");
	r = listen_to(fd, why);
	if (r == 0)
		r = check_places(why);
	if (r == 0)
		r = check_enabled(fd, why);
	if (r < 0)
		return r;
	(void)only_ours(fd); /* takes the answer, too */
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* Nobody else is called so: seven letters of 32. */
static int make_mark(char mark[AUDIT_COMM])
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned char bytes[AUDIT_COMM - sizeof(MARK_START)];
	char *at = stpcpy(mark, MARK_START);

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return -EIO;
	for (size_t i = 0; i < sizeof(bytes); i++)
		*at++ = letters[bytes[i] % 32];
	*at = '\0';
	return 0;
}

int audit_open(unsigned abi, audit_tell *tell, void *context, struct audit **ret_audit,
	       char ret_why[AUDIT_WHY])
{
	struct audit *audit = calloc(1, sizeof(*audit));
	int r;

	if (!audit)
		return refuse(ret_why, -ENOMEM, "there is no memory for it");
	audit->fd = -1;
	r = make_mark(audit->mark);
	if (r < 0)
		refuse(ret_why, r, "no random bytes can be had");
	if (r == 0)
		r = open_stream(abi, &audit->fd, ret_why);
	if (r == 0) {
		r = audit_events_new(audit->mark, tell, context, &audit->events);
		if (r < 0)
			refuse(ret_why, r, "there is no memory for it");
	}
	if (r < 0) {
		audit_close(audit);
		return r;
	}
	*ret_audit = audit;
	return 0;
}

void audit_close(struct audit *audit)
{
	if (!audit)
		return;
	audit_events_free(audit->events);
	close_fd(&audit->fd);
	free(audit);
}

int launch_hears_landlock(unsigned abi, char ret_why[LAUNCH_WHY])
{
	CLEANUP(close_fd) int fd = -1;

	_Static_assert(LAUNCH_WHY == AUDIT_WHY, "the same reasons");
	return open_stream(abi, &fd, ret_why);
}

const char *audit_mark(const struct audit *audit)
{
	return audit->mark;
}

void audit_started(struct audit *audit, pid_t maker)
{
	audit_events_maker(audit->events, maker);
}

int audit_fd(const struct audit *audit)
{
	return audit->fd;
}

/* How many were read; with none left, fewer than were asked for. */
static unsigned read_some(struct audit *audit, unsigned most)
{
	unsigned n;
	ssize_t length;

	for (n = 0; n < most; n++) {
		length = receive(audit->fd, audit->datagram, sizeof(audit->datagram));
		if (length == -ENOBUFS)
			audit->overrun = true;
		else if (length < 0 && length != -EINTR)
			break;
		if (length > 0 && audit_parse(audit->datagram, (size_t)length, &audit->record) == 0)
			audit_events_take(audit->events, &audit->record, now_ns());
	}
	return n;
}

void audit_pump(struct audit *audit)
{
	read_some(audit, PUMP_RECORDS);
	audit_events_flush(audit->events, now_ns());
}

int64_t audit_due(const struct audit *audit)
{
	return audit_events_due(audit->events);
}

struct audit_count audit_count(const struct audit *audit)
{
	return audit_events_count(audit->events);
}

bool audit_overrun(const struct audit *audit)
{
	return audit->overrun;
}

/* Milliseconds that another record may take; 0: no longer waited for. */
static int patience(const struct audit *audit, bool all, int64_t since_start, int64_t since_last)
{
	int64_t left;

	if (all && audit_count(audit).known)
		left = since_start < ALL_MS * MS ? GONE_MS * MS - since_last : 0;
	else
		left = MOMENT_MS * MS - since_start;
	return left > 0 ? (int)(left / MS) + 1 : 0;
}

bool audit_last_words(struct audit *audit, bool all)
{
	struct pollfd pfd = {.fd = audit->fd, .events = POLLIN};
	int64_t now = now_ns();

	if (!audit->finish_since)
		audit->finish_since = audit->last_read = now;
	/* What is here already is read in any case. */
	if (!audit_count(audit).gone && now - audit->finish_since < 2 * ALL_MS * MS &&
	    poll(&pfd, 1, patience(audit, all, now - audit->finish_since, now - audit->last_read)) >
		    0) {
		read_some(audit, PUMP_RECORDS);
		audit->last_read = now_ns();
		return true;
	}
	audit_events_flush(audit->events, INT64_MAX);
	audit->finish_since = 0;
	return false;
}
