/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's parts that need no program: users, signals, /proc, capabilities, the summary. */
#include <criterion/criterion.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../enforcer/launch/room.h"

static const struct user_case {
	const char *text;
	int result;
	uid_t uid;
	gid_t gid;
	size_t n_groups;
} user_cases[] = {
	{"root", 0, 0, 0, 1},
	{"0", 0, 0, 0, 1},
	{"nobody:daemon", 0, 65534, 1, 0},
	{"12345:678", 0, 12345, 678, 0},
	{"4294967294:0", 0, 4294967294u, 0, 0},
	{"4294967295:0", -EINVAL, 0, 0, 0}, /* would mean: unchanged */
	{"12345", -EINVAL, 0, 0, 0},	    /* its group is not known */
	{"99999999999:1", -EINVAL, 0, 0, 0},
	{"-1:1", -EINVAL, 0, 0, 0},
	{"nosuchuser", -EINVAL, 0, 0, 0},
	{"root:nosuchgroup", -EINVAL, 0, 0, 0},
	{"root:", -EINVAL, 0, 0, 0},
	{":0", -EINVAL, 0, 0, 0},
	{"", -EINVAL, 0, 0, 0},
};

Test(launch, users)
{
	for (size_t i = 0; i < ARRAY_LEN(user_cases); i++) {
		const struct user_case *c = &user_cases[i];
		CLEANUP(diag_freep) struct diag *diag = NULL;
		struct launch_user user = {0};

		cr_assert_eq(diag_new(&diag), 0);
		cr_expect_eq(launch_user_parse(c->text, diag, &user), c->result, "%s", c->text);
		cr_expect_eq(user.set, c->result == 0, "%s", c->text);
		cr_expect_eq(user.uid, c->uid, "%s: %u", c->text, user.uid);
		cr_expect_eq(user.gid, c->gid, "%s: %u", c->text, user.gid);
		cr_expect_eq(user.n_groups, c->n_groups, "%s: %zu", c->text, user.n_groups);
		cr_expect_eq(diag_errors(diag), c->result ? 1 : 0, "%s", c->text);
		launch_user_clear(&user);
	}
}

static const struct signal_case {
	const char *name;
	int signal, code;
	pid_t from;
	bool forwarded;
} signal_cases[] = {
	{"sent by somebody", SIGTERM, SI_USER, 1, true},
	{"sent from outside of our pid namespace", SIGTERM, SI_USER, 0, true},
	{"queued by somebody", SIGUSR1, SI_QUEUE, 1, true},
	{"a real-time signal", SIGTERM + 20, SI_QUEUE, 1, true},
	{"^C, which the program has had too", SIGINT, SI_KERNEL, 0, false},
	{"^\\", SIGQUIT, SI_KERNEL, 0, false},
	{"^Z", SIGTSTP, SI_KERNEL, 0, false},
	{"the window's size", SIGWINCH, SI_KERNEL, 0, false},
	{"SIGINT by kill", SIGINT, SI_USER, 1, true},
	{"SIGWINCH by kill", SIGWINCH, SI_USER, 1, true},
	{"an alarm from before the exec", SIGALRM, SI_KERNEL, 0, true},
	{"by the program, to its group", SIGTERM, SI_USER, 42, false},
	{"a child's end", SIGCHLD, SI_USER, 1, false},
	{"our own broken pipe", SIGPIPE, SI_USER, 1, false},
};

Test(launch, signals_that_are_forwarded)
{
	for (size_t i = 0; i < ARRAY_LEN(signal_cases); i++) {
		const struct signal_case *c = &signal_cases[i];
		struct signalfd_siginfo info = {.ssi_signo = (uint32_t)c->signal,
						.ssi_code = c->code,
						.ssi_pid = (uint32_t)c->from};

		cr_expect_eq(signals_forward(&info, 42), c->forwarded, "%s", c->name);
	}
}

Test(launch, what_proc_says_of_us)
{
	const struct event_process *process;
	struct processes *processes;
	char exe[PATH_MAX] = "";
	struct timespec now;
	int64_t now_ns;

	cr_assert_eq(processes_new(&processes), 0);
	process = processes_read(processes, getpid());
	cr_assert_gt(readlink("/proc/self/exe", exe, sizeof(exe) - 1), 0);
	cr_expect_eq(process->pid, getpid());
	cr_expect_eq(process->tid, getpid());
	cr_expect_str_eq(process->exe, exe);
	cr_expect_eq(process->uid, geteuid());
	cr_expect_eq(process->gid, getegid());
	if (getegid() == 0) {
		cr_assert_not_null(process->group);
		cr_expect_str_eq(process->group, "root");
	}
	cr_expect_not_null(process->comm);
	cr_expect_not_null(process->cgroup);
	cr_expect_gt(process->n_ancestors, 0);
	cr_expect_eq(process->ancestors[0].pid, getppid());
	clock_gettime(CLOCK_REALTIME, &now);
	now_ns = now.tv_sec * 1000000000ll + now.tv_nsec;
	cr_expect(process->start_ns <= now_ns && process->start_ns > now_ns - 60000000000ll,
		  "started %ld ns ago", (long)(now_ns - process->start_ns));
	processes_free(processes);
}

Test(launch, what_proc_says_of_nobody)
{
	const struct event_process *process;
	struct processes *processes;

	cr_assert_eq(processes_new(&processes), 0);
	process = processes_read(processes, 0);
	cr_expect(!process->pid && !process->exe && process->uid == -1 && !process->n_ancestors);
	process = processes_read(processes, 0x3fffff);
	cr_expect(!process->pid && !process->exe && process->uid == -1 && !process->n_ancestors);
	cr_expect_eq(process->tid, 0x3fffff);
	processes_free(processes);
}

/* A name that looks like the fields after it. */
Test(launch, a_process_with_a_hostile_name)
{
	const struct event_process *process;
	struct processes *processes;
	int ends[2], status;
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		FILE *comm = fopen("/proc/self/comm", "we");

		fputs("a) R 1 (\nTgid:", comm);
		fclose(comm);
		close(ends[1]);
		pause();
		_exit(0);
	}
	close(ends[1]);
	cr_assert_eq(read(ends[0], &byte, 1), 0, "it has closed its end");
	cr_assert_eq(processes_new(&processes), 0);
	process = processes_read(processes, pid);
	cr_expect_eq(process->pid, pid);
	cr_expect_str_eq(process->comm, "a) R 1 (\nTgid:");
	cr_expect_eq(process->ancestors[0].pid, getpid());
	processes_free(processes);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

Test(launch, capabilities_are_cut)
{
	int status;

	if (geteuid() != 0)
		cr_skip("not root");
	if (fork() == 0) {
		uint64_t allowed = 1ull << CAP_CHOWN, both = allowed | 1ull << CAP_SYS_ADMIN;

		if (caps_bound(allowed, false) || caps_cut(allowed, 1ull << CAP_SYS_ADMIN))
			_exit(1);
		if (caps_effective() != both)
			_exit(2);
		/* SETPCAP is gone: only with no_new_privs may that pass. */
		if (caps_bound(0, false) != EPERM || caps_bound(0, true) != 0)
			_exit(3);
		if (caps_cut(allowed, 0) || caps_effective() != allowed)
			_exit(4);
		_exit(launch_may_keep_privileges() ? 5 : 0);
	}
	wait(&status);
	cr_expect_eq(status, 0, "step %d", WEXITSTATUS(status));
}

/* The summary as a sink has written it. */
static char kept[65536];

static void keep_summary(const struct summary *summary)
{
	char path[] = "/tmp/bailiff-summary-XXXXXX";
	struct sink *sink = NULL;
	int fd = mkstemp(path);
	ssize_t n;

	cr_assert_geq(fd, 0);
	cr_assert_eq(sink_open(path, NULL, &sink), 0);
	summary_print(summary, sink);
	sink_finish(sink, 5000);
	sink_free(sink);
	n = read(fd, kept, sizeof(kept) - 1);
	cr_assert_geq(n, 0);
	kept[n] = '\0';
	close(fd);
	unlink(path);
}

Test(launch, the_summary)
{
	struct event event = {.verdict = VERDICT_DENIED,
			      .rule_file = "web\x1b.yaml",
			      .rule_line = 3,
			      .has_call = true,
			      .call = {.arch = ARCH_X86_64, .audit_arch = 0xc000003e, .nr = 83}};
	struct summary *summary;

	cr_assert_eq(summary_new(&summary), 0);
	cr_expect(summary_is_empty(summary));
	keep_summary(summary);
	cr_expect_not_null(strstr(kept, "no violations"));
	summary_add(summary, &event, 1);
	event.call.nr = 41;
	summary_add(summary, &event, 5);
	event.call.nr = 83;
	summary_add(summary, &event, 1);
	cr_expect_not(summary_is_empty(summary));
	keep_summary(summary);
	cr_expect_str_eq(kept,
			 "bailiff: the violations, in all:\n"
			 "     count  verdict     call                      rule\n"
			 "         5  denied      socket                    web\\x1b.yaml:3\n"
			 "         2  denied      mkdir                     web\\x1b.yaml:3\n");
	summary_free(summary);
}

Test(launch, the_summary_counts_what_it_has_no_room_for)
{
	struct event event = {.verdict = VERDICT_DENIED, .has_call = true};
	unsigned long long total = 0, count;
	struct summary *summary;
	char *line;

	cr_assert_eq(summary_new(&summary), 0);
	for (unsigned i = 0; i < 3000; i++) {
		event.call.nr = i % 1500;
		summary_add(summary, &event, 2);
	}
	keep_summary(summary);
	for (line = kept; (line = strchr(line, '\n')) && line[1]; line++)
		if (sscanf(line + 1, "%llu", &count) == 1)
			total += count;
	cr_expect_eq(total, 6000);
	cr_expect_not_null(strstr(kept, "of other kinds"));
	summary_free(summary);
}
