/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one loop: notified calls, signals, children, and a reader that has become ready. Nothing in
 * it waits for anything but epoll.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room.h"

#define FINISH_MS   5000 /* for a slow reader, at the end */
#define UNPOLLED_MS 100	 /* where the kernel can't say when a reader is ready */
#define DRAIN_CALLS 4096 /* at the end, before a reporter takes over */
#define KEPT_FDS    7

enum source { FROM_LISTENER, FROM_SIGNALS, FROM_SINK, FROM_METRICS, FROM_AUDIT };

static int watch(int epoll_fd, int fd, uint32_t events, enum source source)
{
	struct epoll_event event = {.events = events, .data.u32 = source};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

/* Reaps whoever has ended: the program, and orphans. */
static void reap(struct supervisor *s)
{
	siginfo_t info;
	int status;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (s->deadly && info.si_code != CLD_EXITED && info.si_status == SIGSYS)
			teller_killed(&s->teller, info.si_pid,
				      info.si_pid == s->program ? s->program_exe : NULL);
		if (waitpid(info.si_pid, &status, 0) == s->program && !s->ended) {
			s->status = status;
			s->ended = true;
		}
	}
}

/* The terminal stopped the whole group: stop too, or the shell would wait for us. */
static void stop_with_program(struct supervisor *s)
{
	siginfo_t info = {.si_pid = 0};

	if (waitid(P_PID, (id_t)s->program, &info, WSTOPPED | WNOHANG) < 0 || info.si_pid == 0)
		return;
	s->terminal_stop = false;
	kill(getpid(), SIGSTOP);
}

static void take_signal(struct supervisor *s, const struct signalfd_siginfo *info)
{
	switch (info->ssi_signo) {
	case SIGCHLD:
		return;
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		if (!signals_forward(info, s->program))
			s->terminal_stop = true;
		break;
	case SIGCONT:
		s->terminal_stop = false;
		break;
	default:
		break;
	}
	if (!s->ended && signals_forward(info, s->program))
		signals_send(info, s->program);
}

static void take_signals(struct supervisor *s)
{
	struct signalfd_siginfo infos[8];
	ssize_t n;

	while ((n = read(s->signal_fd, infos, sizeof(infos))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(infos[0]); i++)
			take_signal(s, &infos[i]);
	reap(s);
	if (s->terminal_stop && !s->ended)
		stop_with_program(s);
}

/* Puts the sink into epoll while it waits for its reader. */
static void watch_sink(struct supervisor *s)
{
	int fd = sink_wait_fd(s->sink);

	if (fd == s->watched_fd)
		return;
	if (s->watched_fd >= 0)
		epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->watched_fd, NULL);
	s->watched_fd = -1;
	if (fd >= 0 && watch(s->epoll_fd, fd, EPOLLOUT, FROM_SINK) == 0)
		s->watched_fd = fd;
}

static int sooner(int ms, int other_ms)
{
	return ms < 0 || (other_ms >= 0 && other_ms < ms) ? other_ms : ms;
}

static int64_t earlier(int64_t due, int64_t other)
{
	return due < 0 || (other >= 0 && other < due) ? other : due;
}

/* Until the fold or the store is due, or the sink is worth another try, or somebody has been here too
 * long. */
static int wait_ms(const struct supervisor *s)
{
	int64_t due = event_fold_due(s->teller.fold), keep_due_at = keep_due(s->keep);
	int ms = sink_wait_ms(s->sink);
	struct timespec now;

	if (sink_wait_fd(s->sink) >= 0 && s->watched_fd < 0)
		ms = UNPOLLED_MS;
	if (s->teller.metrics)
		ms = sooner(ms, metrics_wait_ms(s->teller.metrics));
	due = earlier(due, keep_due_at);
	if (s->audit)
		due = earlier(due, audit_due(s->audit));
	if (due < 0)
		return ms;
	clock_gettime(CLOCK_MONOTONIC, &now);
	due -= now.tv_sec * 1000000000ll + now.tv_nsec;
	return sooner(ms, due <= 0 ? 0 : (int)(due / 1000000) + 1);
}

static void flush_due(struct supervisor *s)
{
	struct timespec now;

	if (event_fold_due(s->teller.fold) < 0)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	event_fold_flush(s->teller.fold, now.tv_sec * 1000000000ll + now.tv_nsec);
}

static void take_call(struct supervisor *s, uint32_t events)
{
	if (events & EPOLLIN) {
		if (teller_answer(&s->teller) < 0)
			s->listening = false;
		return;
	}
	/* Hung up: nobody holds the filter any more. */
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, s->teller.listener, NULL);
	s->listening = false;
}

static void turn(struct supervisor *s)
{
	struct epoll_event events[4];
	int n;

	watch_sink(s);
	n = epoll_wait(s->epoll_fd, events, (int)ARRAY_LEN(events), wait_ms(s));
	for (int i = 0; i < n; i++) {
		if (events[i].data.u32 == FROM_LISTENER)
			take_call(s, events[i].events);
		else if (events[i].data.u32 == FROM_SIGNALS)
			take_signals(s);
		else if (events[i].data.u32 == FROM_AUDIT)
			audit_pump(s->audit);
	}
	if (s->audit && audit_due(s->audit) >= 0)
		audit_pump(s->audit);
	flush_due(s);
	keep_pump(s->keep);
	sink_pump(s->sink);
	if (s->teller.metrics)
		metrics_turn(s->teller.metrics);
}

/* What the kernel has still to say of what it denied; `all`: nobody is left who could ask for more. What it
 * counted and we were not told is known when it has said its last word. */
static void hear_out(struct supervisor *s, bool all)
{
	static const char unsure[] =
		"denials of files may be missing here: the kernel has not said how many there were";
	struct audit_count count;

	if (!s->audit)
		return;
	/* It was made by one who was in the domain, which so lives as long as it does. */
	if (all)
		close_fd(&s->teller.listener);
	while (audit_last_words(s->audit, all)) {
		flush_due(s);
		keep_pump(s->keep);
		sink_pump(s->sink);
	}
	count = audit_count(s->audit);
	if (count.lost)
		teller_lost(&s->teller, "landlock", count.lost);
	else if (all && !count.gone && (count.known || audit_overrun(s->audit)))
		sink_error(s->sink, unsure);
	if (all || count.gone)
		audit_close(STEAL(s->audit));
}

/* What was asked before the program ended is answered and told before we return. */
static void drain(struct supervisor *s)
{
	for (int i = 0; i < DRAIN_CALLS && teller_poll(&s->teller) == 0; i++)
		(void)teller_answer(&s->teller);
	reap(s);
	hear_out(s, teller_poll(&s->teller) == -EPIPE);
	event_fold_flush(s->teller.fold, INT64_MAX);
}

static void say(struct sink *out, const char *text, int length, size_t size)
{
	if (length > 0)
		sink_line(out, text, (size_t)length < size ? (size_t)length : size - 1);
}

/* The table, and what is not in it. */
static void say_summary(const struct supervisor *s, struct sink *out)
{
	char text[AUDIT_WHY + 64];

	summary_print(s->teller.summary, out);
	if (s->unreported[0])
		say(out, text,
		    snprintf(text, sizeof(text), "bailiff: " LAUNCH_UNREPORTED "\n", s->unreported),
		    sizeof(text));
}

/* What the store does not know of. */
static void say_unstored(const struct keep *keep, struct sink *out)
{
	char text[1024], why[768];

	escape_text(keep->why, strlen(keep->why), why, sizeof(why));
	say(out, text,
	    snprintf(text, sizeof(text),
		     "bailiff: %llu violation%s not stored: %s; the verdicts stood\n",
		     (unsigned long long)keep->missing, keep->missing == 1 ? " is" : "s are", why),
	    sizeof(text));
}

/* Says on standard error what the report does not: the table, and what is missing. */
static void say_the_rest(struct supervisor *s, bool summary)
{
	struct sink *own = NULL;
	struct sink *out = s->sink;
	int error = 0;
	uint64_t missing = sink_missing(s->sink, &error);
	char text[512], name[256];

	if (!missing && !s->keep->missing && !summary)
		return;
	if (!sink_is_text(s->sink)) {
		if (sink_open(NULL, NULL, &own) < 0)
			return;
		out = own;
	}
	if (summary)
		say_summary(s, out);
	escape_text(sink_name(s->sink), strlen(sink_name(s->sink)), name, sizeof(name));
	if (missing)
		say(out, text,
		    snprintf(text, sizeof(text),
			     "bailiff: %llu violation%s could not be reported to %s: %s; the "
			     "verdicts stood\n",
			     (unsigned long long)missing, missing == 1 ? "" : "s", name,
			     error ? strerror(error) : "its reader was too slow"),
		    sizeof(text));
	if (s->keep->missing)
		say_unstored(s->keep, out);
	sink_finish(out, FINISH_MS);
	sink_free(own);
}

static void finish(struct supervisor *s)
{
	bool text = sink_is_text(s->sink);
	bool summary = s->plan->summary || (text && !summary_is_empty(s->teller.summary));

	keep_close(s->keep, FINISH_MS);
	if (text && summary)
		say_summary(s, s->sink);
	sink_finish(s->sink, FINISH_MS);
	say_the_rest(s, summary && !text);
}

static int compare_ints(const void *left, const void *right)
{
	return *(const int *)left - *(const int *)right;
}

/*
 * Lets go of all descriptors that were bailiff's by inheritance: a pipe whose end the program
 * closes must be closed. 0 and 1 (and 2, in the background, unless reports go there) become
 * something that does nothing, so that nothing else takes their numbers. Failing to do so harms
 * nobody's verdict, and is let pass.
 */
static void let_go(const struct supervisor *s, bool keep_stderr)
{
	int kept[KEPT_FDS] = {s->teller.listener,
			      s->signal_fd,
			      s->epoll_fd,
			      sink_fd(s->sink),
			      processes_fd(s->teller.processes),
			      s->metrics_fd,
			      s->audit ? audit_fd(s->audit) : -1};
	int nothing = eventfd(0, EFD_CLOEXEC), last = STDERR_FILENO;

	for (int fd = 0; fd <= (keep_stderr ? STDOUT_FILENO : STDERR_FILENO); fd++)
		if (nothing >= 0 && fd != sink_fd(s->sink))
			dup3(nothing, fd, O_CLOEXEC);
	if (nothing > STDERR_FILENO)
		close(nothing);
	qsort(kept, KEPT_FDS, sizeof(kept[0]), compare_ints);
	for (int i = 0; i < KEPT_FDS; i++) {
		if (kept[i] <= last)
			continue;
		if (kept[i] > last + 1)
			syscall(SYS_close_range, last + 1, kept[i] - 1, 0);
		last = kept[i];
	}
	syscall(SYS_close_range, last + 1, ~0U, 0);
}

/* The program has ended, but others still hold its filter: somebody must go on answering. The
 * reporter ends with the last of them. */
static void report_in_background(struct supervisor *s)
{
	pid_t pid = fork();

	/* Without a reporter the calls of those that are left get ENOSYS: denials stand. */
	if (pid != 0)
		return;
	setsid();
	if (chdir("/") < 0)
		_exit(EXIT_FAILURE);
	close_fd(&s->epoll_fd);
	close_fd(&s->signal_fd);
	s->watched_fd = -1;
	s->metrics_fd = -1; /* served by whoever waits for the program */
	s->teller.metrics = NULL;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	let_go(s, sink_fd(s->sink) == STDERR_FILENO);
	if (s->epoll_fd < 0 || watch(s->epoll_fd, s->teller.listener, EPOLLIN, FROM_LISTENER) < 0)
		_exit(EXIT_FAILURE);
	if (s->audit)
		(void)watch(s->epoll_fd, audit_fd(s->audit), EPOLLIN, FROM_AUDIT);
	for (s->listening = true; s->listening;)
		turn(s);
	hear_out(s, true);
	event_fold_flush(s->teller.fold, INT64_MAX);
	keep_close(s->keep, FINISH_MS);
	sink_finish(s->sink, FINISH_MS);
	_exit(EXIT_SUCCESS);
}

/* After letting go, for the server has descriptors of its own. Metrics are not worth a program: what can't
 * be is left out. */
static void serve_metrics(struct supervisor *s)
{
	if (s->metrics_fd < 0 || metrics_new(s->metrics_fd, NULL, NULL, &s->teller.metrics) < 0)
		return;
	if (watch(s->epoll_fd, metrics_fd(s->teller.metrics), EPOLLIN, FROM_METRICS) < 0)
		metrics_free(STEAL(s->teller.metrics));
}

int supervise_prepare(struct supervisor *s)
{
	return watch(s->epoll_fd, s->signal_fd, EPOLLIN, FROM_SIGNALS) < 0 ? -1 : 0;
}

/* The calls are heard from now on. Unanswered, the program would hang for ever. */
static void listen_or_kill(struct supervisor *s)
{
	char text[128];
	int r = watch(s->epoll_fd, s->teller.listener, EPOLLIN, FROM_LISTENER);

	s->listening = r == 0;
	if (r == 0)
		return;
	snprintf(text, sizeof(text), "wait for the program's calls: %s; it is killed",
		 strerror(-r));
	sink_error(s->sink, text);
	kill(s->program, SIGKILL);
	close_fd(&s->teller.listener);
}

int supervise(struct supervisor *s)
{
	s->watched_fd = -1;
	let_go(s, true);
	serve_metrics(s);
	if (s->audit)
		(void)watch(s->epoll_fd, audit_fd(s->audit), EPOLLIN, FROM_AUDIT);
	if (s->teller.listener >= 0)
		listen_or_kill(s);
	reap(s);
	while (!s->ended)
		turn(s);
	drain(s);
	finish(s);
	if (getpid() != 1 && teller_poll(&s->teller) != -EPIPE)
		report_in_background(s);
	return WIFSIGNALED(s->status) ? 128 + WTERMSIG(s->status) : WEXITSTATUS(s->status);
}
