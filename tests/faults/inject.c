// SPDX-License-Identifier: Apache-2.0
// inject [-l] [-n NAME] [-t SECONDS] [-o FILE] N WHAT -- COMMAND...: the N-th system call of COMMAND goes wrong. Counted
// are its own calls and those of the processes that it makes, in the order in which they are made, until one
// of them becomes another program: that is let go, with what it makes.
//   WHAT  ENOMEM...  the call is not made, and fails with that
//         ENOMEM...+ so do all later ones of the same name
//         kill       who makes it is killed before it is made
//         orphan     all others that are counted are killed before it is made
//   N     0: nothing goes wrong
//   -n    N counts only the calls of this name, as -l has it: bpf:2 is the command 2 of bpf
//   -l    lists each call, and how it could fail
//   -t    what is left after so many seconds is killed, and named (20)
//   -o    where that is written: "call N NAME [ERRNO,...]", "did N NAME WHAT", "left PID COMM", "total N"
// The status is COMMAND's.
#include <elf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/names.h"

#include "errnos.h"

#define TASKS 64

static struct task {
	pid_t tid;	/* 0: free */
	bool held;	/* at the entry of a call */
	int answer;	/* what the call gets instead of its own result; 0: that */
	long arguments; /* of a call that is made after all: its first, before we changed it */
	bool moved;
} tasks[TASKS];

static FILE *out;
static bool list;
static unsigned long number, matching, wanted;
static const char *what, *named;
static const char *again; /* every later call of this name fails too */
static pid_t command;
static int status_of_command = 125;
static volatile sig_atomic_t late;

static void on_alarm(int signal)
{
	(void)signal;
	late = 1;
}

static struct task *task_of(pid_t tid)
{
	struct task *none = NULL;

	for (size_t i = 0; i < TASKS; i++) {
		if (tasks[i].tid == tid)
			return &tasks[i];
		if (!tasks[i].tid && !none)
			none = &tasks[i];
	}
	return none;
}

static const struct errnos *errnos_for(const char *name)
{
	static const struct errnos other = {"", {ENOMEM, EPERM}};

	for (size_t i = 0; i < sizeof(errnos_of) / sizeof(errnos_of[0]); i++)
		if (strcmp(errnos_of[i].name, name) == 0)
			return &errnos_of[i];
	return &other;
}

/* 0: none */
static int errno_named(const char *name, size_t length)
{
	for (int e = 1; e < 134; e++) {
		const char *its = strerrorname_np(e);

		if (its && strlen(its) == length && strncmp(its, name, length) == 0)
			return e;
	}
	return 0;
}

static const char *name_of(uint64_t nr)
{
	const struct name_call *call = names_call_by_nr(ARCH_X86_64, (uint32_t)nr);

	return call ? call->name : "?";
}

/* bpf and ioctl with their command. */
static void spell(const struct __ptrace_syscall_info *info, char name[64])
{
	int length = snprintf(name, 64, "%s", name_of(info->entry.nr));

	if (info->entry.nr == SYS_bpf || info->entry.nr == SYS_ioctl)
		snprintf(name + length, 64 - (size_t)length, ":%llu",
			 (unsigned long long)info->entry.args[info->entry.nr == SYS_ioctl]);
}

static void list_call(const char *name, const char *spelt)
{
	const struct errnos *e = errnos_for(name);

	fprintf(out, "call %lu %s", number, spelt);
	for (int i = 0; i < SENSIBLE && e->errnos[i]; i++)
		fprintf(out, "%c%s", i ? ',' : ' ', strerrorname_np(e->errnos[i]));
	fputc('\n', out);
}

/* A filter may judge the number -1 otherwise than the call: the program's start fails by its argument. */
static void refuse(struct task *task, uint64_t nr, int error)
{
	size_t orig = offsetof(struct user_regs_struct, orig_rax);
	size_t first = offsetof(struct user_regs_struct, rdi);

	task->answer = -error;
	if (nr == SYS_execve || nr == SYS_brk) {
		task->arguments = ptrace(PTRACE_PEEKUSER, task->tid, first, 0);
		task->moved = true;
		ptrace(PTRACE_POKEUSER, task->tid, first, 0);
		/* brk says no by staying where it is. */
		if (nr == SYS_brk)
			task->answer = 0;
		return;
	}
	ptrace(PTRACE_POKEUSER, task->tid, orig, -1L);
}

static void kill_others(const struct task *but)
{
	for (size_t i = 0; i < TASKS; i++)
		if (tasks[i].tid && &tasks[i] != but)
			kill(tasks[i].tid, SIGKILL);
}

static void go_wrong(struct task *task, uint64_t nr, const char *name)
{
	size_t length = strlen(what);
	bool ever = length && what[length - 1] == '+';

	fprintf(out, "did %lu %s %s\n", number, name, what);
	fflush(out);
	if (strcmp(what, "kill") == 0) {
		kill(task->tid, SIGKILL);
	} else if (strcmp(what, "orphan") == 0) {
		kill_others(task);
	} else {
		refuse(task, nr, errno_named(what, length - ever));
		again = ever ? name : NULL;
	}
}

static void enter(struct task *task, const struct __ptrace_syscall_info *info)
{
	const char *name = name_of(info->entry.nr);

	char spelt[64];

	spell(info, spelt);
	number++;
	if (list)
		list_call(name, spelt);
	if (!named || strcmp(named, spelt) == 0)
		matching++;
	if (wanted && matching == wanted) {
		wanted = 0;
		go_wrong(task, info->entry.nr, name);
	} else if (again && strcmp(again, name) == 0)
		refuse(task, info->entry.nr, errno_named(what, strlen(what) - 1));
}

static void leave(struct task *task)
{
	if (task->answer)
		ptrace(PTRACE_POKEUSER, task->tid, offsetof(struct user_regs_struct, rax),
		       (long)task->answer);
	if (task->moved)
		ptrace(PTRACE_POKEUSER, task->tid, offsetof(struct user_regs_struct, rdi),
		       task->arguments);
	task->answer = 0;
	task->moved = false;
}

static void at_call(struct task *task)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		enter(task, &info);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		leave(task);
}

/* A stop of one that is counted: what signal goes on to it. */
static int stopped(struct task *task, int status)
{
	int signal = WSTOPSIG(status);

	if (signal == (SIGTRAP | 0x80)) {
		at_call(task);
		return 0;
	}
	if (status >> 16)
		return 0;
	if (signal == SIGSTOP && !task->held) {
		task->held = true; /* its first */
		return 0;
	}
	return signal;
}

static void follow(pid_t tid, int status)
{
	struct task *task = task_of(tid);
	int signal;

	if (!WIFSTOPPED(status)) {
		if (tid == command)
			status_of_command =
				WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (task && task->tid == tid)
			*task = (struct task){0};
		return;
	}
	if (!task)
		return;
	task->tid = tid;
	if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
		*task = (struct task){0};
		ptrace(PTRACE_DETACH, tid, 0, 0);
		return;
	}
	signal = stopped(task, status);
	ptrace(PTRACE_SYSCALL, tid, 0, (long)signal);
}

static void name_left(void)
{
	char path[64], comm[32];
	FILE *children, *file;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	children = fopen(path, "re");
	while (children && fscanf(children, "%d", &pid) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		file = fopen(path, "re");
		if (!file || fscanf(file, "%31s", comm) != 1)
			strcpy(comm, "?");
		if (file)
			fclose(file);
		fprintf(out, "left %d %s\n", pid, comm);
		kill(pid, SIGKILL);
	}
	if (children)
		fclose(children);
}

/* COMMAND, held at the beginning of its life. */
static int start(char **argv)
{
	int status;

	command = fork();
	if (command == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	if (command < 0 || waitpid(command, &status, 0) != command || !WIFSTOPPED(status))
		return -1;
	ptrace(PTRACE_SETOPTIONS, command, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	/* The calls before it has become COMMAND are not counted. */
	do {
		ptrace(PTRACE_CONT, command, 0, 0);
		if (waitpid(command, &status, 0) != command || !WIFSTOPPED(status))
			return -1;
	} while (WSTOPSIG(status) != SIGTRAP);
	task_of(command)->tid = command;
	task_of(command)->held = true;
	ptrace(PTRACE_SETOPTIONS, command, 0,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
		       PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
	return ptrace(PTRACE_SYSCALL, command, 0, 0) < 0 ? -1 : 0;
}

static int usage(void)
{
	fputs("usage: inject [-l] [-n NAME] [-t SECONDS] [-o FILE] N ERRNO[+]|kill|orphan -- "
	      "COMMAND...\n",
	      stderr);
	return 125;
}

int main(int argc, char **argv)
{
	struct sigaction on_late = {.sa_handler = on_alarm};
	unsigned seconds = 20;
	int option, status;
	pid_t tid;

	out = stderr;
	while ((option = getopt(argc, argv, "+ln:t:o:")) >= 0) {
		if (option == 'l')
			list = true;
		else if (option == 'n')
			named = optarg;
		else if (option == 't')
			seconds = (unsigned)atoi(optarg);
		else if (option == 'o')
			out = fopen(optarg, "we");
		else
			return usage();
	}
	if (!out || argc - optind < 4 || strcmp(argv[optind + 2], "--") != 0)
		return usage();
	wanted = strtoul(argv[optind], NULL, 10);
	what = argv[optind + 1];
	if (wanted && strcmp(what, "kill") != 0 && strcmp(what, "orphan") != 0 &&
	    !errno_named(what, strcspn(what, "+")))
		return usage();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (start(argv + optind + 3) < 0)
		return 125;
	sigaction(SIGALRM, &on_late, NULL);
	alarm(seconds);
	while ((tid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (tid > 0)
			follow(tid, status);
		else if (late)
			name_left();
		if (late)
			alarm(1); /* until nobody is left */
	}
	fprintf(out, "total %lu\n", number);
	fclose(out);
	return status_of_command;
}
