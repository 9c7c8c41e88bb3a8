/* SPDX-License-Identifier: Apache-2.0 */
/* What proc.h says of a task, put together. What can't be read is left out. /proc is opened before the
 * program starts. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bailiff/proc.h"
#include "room.h"

#define CLOCK_NS 20000000		     /* what a time of start, in ticks, may be off */
#define TEXTS	 (EVENT_MAX_PROCESS - 1024u) /* more would be cut when it is packed */

struct processes {
	int proc; /* -1: there is no /proc */
	long ticks;
	struct event_process process;
	struct event_task ancestors[EVENT_MAX_ANCESTORS];
	size_t used;
	/* From here on it is not zeroed. */
	struct proc_users users, groups;
	char texts[TEXTS];
};

int processes_new(struct processes **ret_processes)
{
	struct processes *processes = malloc(sizeof(*processes));

	if (!processes)
		return -ENOMEM;
	memset(processes, 0, offsetof(struct processes, users));
	proc_users_forget(&processes->users);
	proc_users_forget(&processes->groups);
	processes->proc = proc_open();
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
	size_t n = proc_exe(task, path);

	return n ? keep(processes, path, n) : NULL;
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

static int64_t wall_clock(const struct processes *processes, uint64_t ticks)
{
	if (processes->ticks <= 0)
		return 0;
	return proc_boot_ns() + (int64_t)(ticks * (1000000000ull / (uint64_t)processes->ticks));
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

/* The unified hierarchy's line ("0::/path"), else the first one's path. */
static void read_cgroup(struct processes *processes, int task)
{
	char text[PROC_BYTES], *line, *end;
	const char *container;

	if (!proc_text(task, "cgroup", text, sizeof(text)))
		return;
	line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	line = line ? line + (*line == '\n') : text;
	for (int colons = 0; *line && colons < 2; line++)
		colons += *line == ':';
	end = strchr(line, '\n');
	if (!end)
		return;
	processes->process.cgroup = keep(processes, line, (size_t)(end - line));
	container = processes->process.cgroup ? proc_container(processes->process.cgroup) : NULL;
	if (container)
		processes->process.container = keep(processes, container, PROC_CONTAINER_ID);
}

static pid_t read_ancestor(struct processes *processes, pid_t pid)
{
	CLEANUP(close_fd) int task = proc_task(processes->proc, pid);
	struct event_task *ancestor = &processes->ancestors[processes->process.n_ancestors];
	struct proc_stat line;
	char text[PROC_BYTES];

	if (task < 0 || !proc_stat(task, text, &line))
		return 0;
	ancestor->pid = pid;
	ancestor->exe = read_exe(processes, task);
	ancestor->comm = keep(processes, line.comm, line.comm_length);
	processes->process.n_ancestors++;
	return line.parent;
}

static void read_status(struct processes *processes, int task)
{
	char text[PROC_BYTES];

	if (!proc_text(task, "status", text, sizeof(text)))
		return;
	processes->process.pid = (pid_t)status_field(text, "\nTgid:");
	processes->process.uid = second_number(text, "\nUid:");
	processes->process.gid = second_number(text, "\nGid:");
	if (processes->process.uid >= 0)
		processes->process.user =
			proc_user(&processes->users, (uid_t)processes->process.uid);
	if (processes->process.gid >= 0)
		processes->process.group =
			proc_group(&processes->groups, (gid_t)processes->process.gid);
}

/* The process that the thread belongs to: its start, and its parent. */
static pid_t read_leader(struct processes *processes, pid_t tid, struct proc_stat *line)
{
	struct event_process *process = &processes->process;
	CLEANUP(close_fd) int leader = -1;
	char text[PROC_BYTES];

	if (process->pid > 0 && process->pid != tid) {
		leader = proc_task(processes->proc, process->pid);
		if (leader < 0 || !proc_stat(leader, text, line))
			return 0;
	}
	process->start_ns = wall_clock(processes, line->start);
	return line->parent;
}

const char *processes_exe(struct processes *processes, pid_t pid)
{
	CLEANUP(close_fd) int task = proc_task(processes->proc, pid);

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
	CLEANUP(close_fd) int task = proc_task(processes->proc, tid);
	struct event_process *process = &processes->process;
	struct proc_stat line;
	char text[PROC_BYTES];
	pid_t parent;

	processes_unknown(processes, tid);
	process->ancestors = processes->ancestors;
	processes->used = 0;
	if (task < 0)
		return process;
	read_status(processes, task);
	process->exe = read_exe_as_user(processes, task);
	read_cgroup(processes, task);
	if (!proc_stat(task, text, &line))
		return process;
	process->comm = keep(processes, line.comm, line.comm_length);
	parent = read_leader(processes, tid, &line);
	while (parent > 0 && process->n_ancestors < EVENT_MAX_ANCESTORS)
		parent = read_ancestor(processes, parent);
	return process;
}

static bool same_text(const char *text, const char *other)
{
	return text && other && strcmp(text, other) == 0;
}

const struct event_process *processes_told(struct processes *processes,
					   const struct event_process *told, int64_t time_ns)
{
	const struct event_process *seen = processes_read(processes, told->pid);
	struct event_process *process = &processes->process;

	/* Another by now, under this number or by an exec: of it nothing is told. */
	if (seen->pid != told->pid || seen->uid != told->uid || seen->gid != told->gid ||
	    !same_text(seen->exe, told->exe) || seen->start_ns > time_ns + CLOCK_NS) {
		processes_unknown(processes, 0);
		processes->used = 0;
		process->pid = told->pid;
		process->uid = told->uid;
		process->gid = told->gid;
		if (told->uid >= 0)
			process->user = proc_user(&processes->users, (uid_t)told->uid);
		if (told->gid >= 0)
			process->group = proc_group(&processes->groups, (gid_t)told->gid);
		if (told->exe)
			process->exe = keep(processes, told->exe, strlen(told->exe));
	}
	process->tid = 0;
	process->comm = told->comm ? keep(processes, told->comm, strlen(told->comm)) : NULL;
	return process;
}
