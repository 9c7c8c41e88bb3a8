/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc says of a task. Everything here may be missing or a lie of the task's making: what
 * can't be read is left out, and nothing is decided by it.
 *
 * The governed program may be root in our own mount namespace, so it could mount things over /proc,
 * a fifo for instance to make us wait. Hence /proc is opened once, before the program starts, and
 * nothing mounted on it is crossed into.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "room.h"

#define TEXTS	     (EVENT_MAX_PROCESS - 1024u) /* more would be cut when it is packed */
#define USERS	     64
#define USER_MAX     33 /* of useradd, and a NUL */
#define PASSWD_BYTES (1u << 20)
#define FILE_BYTES   4096

struct processes {
	int proc; /* -1: there is no /proc */
	long ticks;
	struct event_process process;
	struct event_task ancestors[EVENT_MAX_ANCESTORS];
	unsigned n_users, next_user;
	size_t used;
	/* From here on it is not zeroed. */
	struct {
		uid_t uid;
		char name[USER_MAX];
	} users[USERS]; /* a ring of what /etc/passwd said, also of nothing ("") */
	char texts[TEXTS];
};

struct stat_line {
	pid_t parent;
	uint64_t start; /* ticks since boot */
	const char *comm;
	size_t comm_length;
};

/* In a PID namespace with the /proc of another one, numbers would name strangers: better none. */
static bool is_of_our_namespace(int proc)
{
	char self[16];
	ssize_t n = readlinkat(proc, "self", self, sizeof(self) - 1);

	if (n <= 0)
		return false;
	self[n] = '\0';
	return strtol(self, NULL, 10) == getpid();
}

int processes_new(struct processes **ret_processes)
{
	struct processes *processes = malloc(sizeof(*processes));
	struct statfs fs;

	if (!processes)
		return -ENOMEM;
	memset(processes, 0, offsetof(struct processes, users));
	processes->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (processes->proc >= 0 &&
	    (fstatfs(processes->proc, &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC ||
	     !is_of_our_namespace(processes->proc)))
		close_fd(&processes->proc);
	processes->ticks = sysconf(_SC_CLK_TCK);
	*ret_processes = processes;
	return 0;
}

void processes_free(struct processes *processes)
{
	if (!processes)
		return;
	close_fd(&processes->proc);
	free(processes);
}

int processes_fd(const struct processes *processes)
{
	return processes->proc;
}

static int open_inside(int dir, const char *name, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};

	if (flags & O_PATH)
		how.flags = flags | O_CLOEXEC;
	return (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
}

static int open_task(const struct processes *processes, pid_t pid)
{
	char name[16];

	if (processes->proc < 0 || pid <= 0)
		return -1;
	snprintf(name, sizeof(name), "%d", pid);
	return open_inside(processes->proc, name, O_PATH | O_DIRECTORY);
}

/* A file's first bytes, NUL-terminated; the length, or 0. */
static size_t read_text(int task, const char *name, char *ret_text, size_t size)
{
	CLEANUP(close_fd) int fd = open_inside(task, name, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, ret_text, size - 1);
	if (n <= 0)
		return 0;
	ret_text[n] = '\0';
	return (size_t)n;
}

static const char *keep(struct processes *processes, const char *text, size_t length)
{
	char *copy = processes->texts + processes->used;

	if (length + 1 > sizeof(processes->texts) - processes->used)
		return NULL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	processes->used += length + 1;
	return copy;
}

static const char *read_exe(struct processes *processes, int task)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(task, "exe", path, sizeof(path));

	return n > 0 ? keep(processes, path, (size_t)n) : NULL;
}

/*
 * Without CAP_SYS_PTRACE, which containers seldom have, the kernel tells this to the process's own
 * user only; who may become that user (`run --user` takes the same) is it for one look at a file.
 * Where we may not, the exe stays unknown.
 */
static const char *read_exe_as_user(struct processes *processes, int task)
{
	uid_t uid = (uid_t)processes->process.uid, own_uid = geteuid();
	gid_t gid = (gid_t)processes->process.gid, own_gid = getegid();
	const char *exe = read_exe(processes, task);

	if (exe || errno != EACCES || processes->process.uid < 0 || processes->process.gid < 0 ||
	    (uid == own_uid && gid == own_gid))
		return exe;
	setfsgid(gid);
	setfsuid(uid);
	exe = read_exe(processes, task);
	setfsuid(own_uid);
	setfsgid(own_gid);
	/* By fs.suid_dumpable, a change of user can make us dumpable. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	return exe;
}

/* "pid (comm) state ppid ... starttime ...": the fields are counted from behind comm, which may
 * hold anything. */
static bool parse_stat(const char *text, struct stat_line *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')'), *at = close;
	const char *fields[20] = {NULL}; /* the third is the first, the 22nd the last of interest */
	size_t n = 0;

	if (!open || !close || close < open)
		return false;
	while (n < ARRAY_LEN(fields) && (at = strchr(at, ' ')))
		fields[n++] = ++at;
	if (n < ARRAY_LEN(fields))
		return false;
	ret->parent = (pid_t)strtol(fields[1], NULL, 10);
	ret->start = strtoull(fields[19], NULL, 10);
	ret->comm = open + 1;
	ret->comm_length = (size_t)(close - open - 1);
	return true;
}

static bool read_stat(int task, char *text, struct stat_line *ret)
{
	return read_text(task, "stat", text, FILE_BYTES) && parse_stat(text, ret);
}

static int64_t wall_clock(const struct processes *processes, uint64_t ticks)
{
	struct timespec real, boot;
	int64_t now;

	if (processes->ticks <= 0)
		return 0;
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	now = (real.tv_sec - boot.tv_sec) * 1000000000ll + real.tv_nsec - boot.tv_nsec;
	return now + (int64_t)(ticks * (1000000000ull / (uint64_t)processes->ticks));
}

/* The number after `key` in /proc/PID/status, or -1. The Name line, which comes first, has its
 * newlines escaped by the kernel. */
static int64_t status_field(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoll(at + strlen(key), NULL, 10) : -1;
}

/* The second number after `key`: of the ids, the effective one. */
static int64_t second_number(const char *text, const char *key)
{
	const char *at = strstr(text, key);
	char *end, *last;
	int64_t number;

	if (!at)
		return -1;
	strtoll(at + strlen(key), &end, 10);
	number = strtoll(end, &last, 10);
	return last == end ? -1 : number;
}

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* A container's id is 64 hexadecimal digits somewhere in the path, alone or after "docker-" and the
 * like; the last one, for containers in containers. */
static const char *find_container(struct processes *processes, const char *cgroup)
{
	const char *found = NULL;
	size_t run = 0;

	for (const char *p = cgroup;; p++) {
		if (is_hex(*p)) {
			run++;
			continue;
		}
		if (run == 64)
			found = p - 64;
		run = 0;
		if (!*p)
			break;
	}
	return found ? keep(processes, found, 64) : NULL;
}

/* The unified hierarchy's line ("0::/path"), else the first one's path. */
static void read_cgroup(struct processes *processes, int task)
{
	char text[FILE_BYTES], *line, *end;

	if (!read_text(task, "cgroup", text, sizeof(text)))
		return;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	line = line ? line + (*line == '\n') : text;
	for (int colons = 0; *line && colons < 2; line++)
		colons += *line == ':';
	end = strchr(line, '\n');
	if (!end)
		return;
	processes->process.cgroup = keep(processes, line, (size_t)(end - line));
	if (processes->process.cgroup)
		processes->process.container = find_container(processes, processes->process.cgroup);
}

/* The name before "*:UID:" on a line of /etc/passwd. */
static void find_user(const char *passwd, uid_t uid, char *ret_name)
{
	const char *line = passwd, *colon, *second;
	char *end;

	for (; *line; line = *line ? line + 1 : line) {
		colon = strchr(line, ':');
		second = colon ? strchr(colon + 1, ':') : NULL;
		if (!second)
			return;
		if (strtoul(second + 1, &end, 10) == uid && end != second + 1 && *end == ':' &&
		    colon - line < USER_MAX && !memchr(line, '\n', (size_t)(colon - line))) {
			memcpy(ret_name, line, (size_t)(colon - line));
			ret_name[colon - line] = '\0';
			return;
		}
		line = strchrnul(line, '\n');
	}
}

static const char *user_name(struct processes *processes, uid_t uid)
{
	CLEANUP(free_ptr) char *passwd = NULL;
	size_t length;
	unsigned i;

	for (i = 0; i < processes->n_users; i++)
		if (processes->users[i].uid == uid)
			return processes->users[i].name;
	i = processes->next_user++ % USERS;
	if (processes->n_users < USERS)
		processes->n_users++;
	processes->users[i].uid = uid;
	processes->users[i].name[0] = '\0';
	/* Never a fifo or a device, whatever the program made of it. */
	if (read_file("/etc/passwd", PASSWD_BYTES, 0, &passwd, &length) == 0)
		find_user(passwd, uid, processes->users[i].name);
	return processes->users[i].name;
}

static pid_t read_ancestor(struct processes *processes, pid_t pid)
{
	CLEANUP(close_fd) int task = open_task(processes, pid);
	struct event_task *ancestor = &processes->ancestors[processes->process.n_ancestors];
	struct stat_line line;
	char text[FILE_BYTES];

	if (task < 0 || !read_stat(task, text, &line))
		return 0;
	ancestor->pid = pid;
	ancestor->exe = read_exe(processes, task);
	ancestor->comm = keep(processes, line.comm, line.comm_length);
	processes->process.n_ancestors++;
	return line.parent;
}

static void read_status(struct processes *processes, int task)
{
	char text[FILE_BYTES];
	const char *name;

	if (!read_text(task, "status", text, sizeof(text)))
		return;
	processes->process.pid = (pid_t)status_field(text, "\nTgid:");
	processes->process.uid = second_number(text, "\nUid:");
	processes->process.gid = second_number(text, "\nGid:");
	if (processes->process.uid < 0)
		return;
	name = user_name(processes, (uid_t)processes->process.uid);
	processes->process.user = *name ? name : NULL;
}

/* The process that the thread belongs to: its start, and its parent. */
static pid_t read_leader(struct processes *processes, pid_t tid, struct stat_line *line)
{
	struct event_process *process = &processes->process;
	CLEANUP(close_fd) int leader = -1;
	char text[FILE_BYTES];

	if (process->pid > 0 && process->pid != tid) {
		leader = open_task(processes, process->pid);
		if (leader < 0 || !read_stat(leader, text, line))
			return 0;
	}
	process->start_ns = wall_clock(processes, line->start);
	return line->parent;
}

const char *processes_exe(struct processes *processes, pid_t pid)
{
	CLEANUP(close_fd) int task = open_task(processes, pid);

	processes->used = 0;
	return task < 0 ? NULL : read_exe(processes, task);
}

const struct event_process *processes_unknown(struct processes *processes, pid_t tid)
{
	processes->process = (struct event_process){.tid = tid, .uid = -1, .gid = -1};
	return &processes->process;
}

const struct event_process *processes_read(struct processes *processes, pid_t tid)
{
	CLEANUP(close_fd) int task = open_task(processes, tid);
	struct event_process *process = &processes->process;
	struct stat_line line;
	char text[FILE_BYTES];
	pid_t parent;

	processes_unknown(processes, tid);
	process->ancestors = processes->ancestors;
	processes->used = 0;
	if (task < 0)
		return process;
	read_status(processes, task);
	process->exe = read_exe_as_user(processes, task);
	read_cgroup(processes, task);
	if (!read_stat(task, text, &line))
		return process;
	process->comm = keep(processes, line.comm, line.comm_length);
	parent = read_leader(processes, tid, &line);
	while (parent > 0 && process->n_ancestors < EVENT_MAX_ANCESTORS)
		parent = read_ancestor(processes, parent);
	return process;
}
