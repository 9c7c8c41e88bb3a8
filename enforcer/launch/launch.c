/* SPDX-License-Identifier: Apache-2.0 */
#include "bailiff/launch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "room.h"

#ifndef LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON /* Linux 6.15 */
#define LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON (1u << 1)
#endif

#define STACK_BYTES 65536u
#define DIRECT_MS   5000

/* Closed standard descriptors are taken by something that is neither readable nor writable, so that
 * no other file gets their numbers; the program inherits them closed, as they were. */
static int reserve_standard(struct diag *diag)
{
	int fd;

	for (;;) {
		fd = open("/", O_PATH | O_CLOEXEC);
		if (fd < 0) {
			diag_system(diag, errno, "open", "/", NULL);
			return -errno;
		}
		if (fd > STDERR_FILENO) {
			close(fd);
			return 0;
		}
	}
}

/* The filter to load: with the gate for our own execve where the policy needs one. */
static int make_gate(const struct filter *filter, struct start *start, struct diag *diag,
		     struct filter **ret_gated)
{
	int r;

	if (!filter || filter_always_allows(filter, SYS_execve))
		return 0;
	/* Blocks only while the machine boots. Without it nothing is started. */
	if (!start->nonce[0] &&
	    getrandom(start->nonce, sizeof(start->nonce), 0) != sizeof(start->nonce)) {
		diag_system(diag, errno, "get", "random bytes", NULL);
		return -EIO;
	}
	r = filter_with_gate(filter, start->nonce, diag, ret_gated);
	if (r == -ENOMEM)
		diag_system(diag, r, "let pass", "the program's own start", NULL);
	return r;
}

/* The child's. There is one start in a process's life. */
static _Alignas(max_align_t) char stack[STACK_BYTES];

static void forget_gate(struct start *start, struct filter *gated)
{
	if (!gated)
		return;
	explicit_bzero(start->nonce, sizeof(start->nonce));
	explicit_bzero(gated->code, gated->length * sizeof(*gated->code));
	/* The child passed it to execve, of whose arguments some lie on the stack. */
	explicit_bzero(stack, sizeof(stack));
	filter_free(gated);
}

IN_CHILD static int child(void *argument)
{
	struct start *start = argument;

	start_program(start);
	if (start->stage != STAGE_EXEC)
		syscall(SYS_exit_group, 0);
	/* No call is sure to pass the filter, and any might be notified, with nobody to answer. */
	__builtin_trap();
}

/* The program's pid when it runs; else 0, and start says why not. -errno: no child. */
static pid_t start_child(struct start *start)
{
	int status = 0;
	pid_t pid;

	/* CLONE_VFORK: we go on when it has become the program, or is gone. */
	pid = clone(child, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD,
		    start);
	if (pid < 0)
		return -errno;
	if (start->stage == STAGE_EXEC && start->error == 0)
		return pid;
	if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && !start->error) {
		/* By somebody else, or by a filter that we are under ourselves. */
		start->killed_by = WTERMSIG(status);
		start->error = ECANCELED;
	}
	if (!start->error)
		start->error = ECANCELED; /* gone without a word: not started, whatever it was */
	close_fd(&start->listener_fd);
	return 0;
}

/* A program's filters, as they are loaded. */
struct filters {
	struct filter *gated, *gated_quiet; /* NULL: the plan's is loaded as it is */
	struct sock_fprog program, quiet, before;
};

static void forget_filters(struct start *start, struct filters *filters)
{
	forget_gate(start, filters->gated);
	forget_gate(start, filters->gated_quiet);
	filters->gated = filters->gated_quiet = NULL;
}

static void set_program(const struct filter *filter, const struct filter *gated,
			struct sock_fprog *program)
{
	program->len = (unsigned short)(gated ? gated : filter)->length;
	program->filter = (gated ? gated : filter)->code;
}

/* Two: the one that is loaded first must let the second be loaded. */
static int order_filters(const struct launch_plan *plan, struct start *start,
			 const struct filters *filters, struct diag *diag)
{
	if (filter_always_allows(plan->quiet, SYS_seccomp)) {
		start->first = &filters->quiet;
	} else if (filter_always_allows(plan->filter, SYS_seccomp)) {
		start->first = &filters->program;
		start->first_flags = start->flags;
		start->program = &filters->quiet;
		start->flags = 0;
	} else {
		diag_error(diag, NULL,
			   "load the filter: the policy denies some uses of seccomp quietly and "
			   "others not; say `report: no` of all or of none, or name a --report");
		return -EOPNOTSUPP;
	}
	return 0;
}

static int make_filters(const struct launch_plan *plan, struct start *start, struct diag *diag,
			struct filters *filters)
{
	int r = make_gate(plan->filter, start, diag, &filters->gated);

	if (r == 0)
		r = make_gate(plan->quiet, start, diag, &filters->gated_quiet);
	if (r < 0)
		return r;
	if (plan->filter) {
		set_program(plan->filter, filters->gated, &filters->program);
		start->program = &filters->program;
	}
	start->flags = plan->log ? SECCOMP_FILTER_FLAG_LOG : 0;
	if (plan->before) {
		assert(!plan->quiet); /* both want to be the first */
		set_program(plan->before, NULL, &filters->before);
		start->first = &filters->before;
	}
	if (!plan->quiet)
		return 0;
	set_program(plan->quiet, filters->gated_quiet, &filters->quiet);
	return order_filters(plan, start, filters, diag);
}

/* The capabilities that the program keeps. */
static uint64_t may_have(const struct launch_plan *plan)
{
	return plan->drop_caps ? plan->policy->caps_allowed | plan->policy->caps_audited : ~0ull;
}

/* Fills in what the child will do. */
static void prepare(const struct launch_plan *plan, bool listener, struct start *start)
{
	start->ask = plan->ask;
	start->ask_address.sun_family = AF_UNIX;
	if (plan->ask)
		snprintf(start->ask_address.sun_path, sizeof(start->ask_address.sun_path), "%s",
			 plan->ask_socket);
	start->user = &plan->user;
	start->drop_caps = plan->drop_caps;
	start->caps_allowed = plan->policy->caps_allowed | plan->policy->caps_audited;
	start->no_new_privs = plan->policy->no_new_privs;
	start->mdwe = plan->landlock && landlock_handled(plan->landlock).mdwe;
	start->listener = listener;
	start->name = plan->argv[0];
	start->path_list = lookup_path(plan->envp);
	start->argv = plan->argv;
	start->envp = plan->envp;
	start->listener_fd = -1;
}

/* Under the filter already, so perhaps unable to say so. */
static void die_governed(const struct launch_plan *plan, const struct start *start,
			 const struct policy_rule *denier)
{
	char text[2 * PATH_MAX + 128], by[PATH_MAX + 64] = "";
	int length;

	if (denier && start->error == EACCES)
		snprintf(by, sizeof(by), "; the rule at %s:%u denies it", denier->pos.file,
			 denier->pos.line);
	length = snprintf(text, sizeof(text), "bailiff: error: execute %s: %s%s\n", start->name,
			  strerror(start->error), by);

	if (filter_always_allows(plan->filter, SYS_write) && length > 0 &&
	    (!plan->quiet || filter_always_allows(plan->quiet, SYS_write)))
		plan->last_words(text, (size_t)length);
	if (filter_always_allows(plan->filter, SYS_exit_group) &&
	    (!plan->quiet || filter_always_allows(plan->quiet, SYS_exit_group)))
		_exit(start->error == ENOENT ? 127 : 126);
	__builtin_trap();
}

/* Nothing to supervise: bailiff becomes the program. */
static int run_direct(const struct launch_plan *plan, struct start *start, struct diag *diag)
{
	char interpreter[PATH_MAX], real[PATH_MAX];
	uint32_t denier;

	/* Said while there is somebody to say it. */
	start->stage = STAGE_LOOKUP;
	start->error = lookup_program(start->name, start->path_list, start->path);
	if (!start->error)
		start->error = lookup_inspect(start->path, interpreter, sizeof(interpreter));
	if (start->error)
		return explain_start(plan, start, diag);
	denier = explain_denier(plan, start, real);
	fflush(NULL);
	start_program(start);
	if (start->stage == STAGE_EXEC && plan->filter)
		die_governed(plan, start,
			     denier < plan->policy->n_rules ? &plan->policy->rules[denier] : NULL);
	return explain_start(plan, start, diag);
}

static int become_supervisor(const struct launch_plan *plan, struct supervisor *s,
			     struct diag *diag)
{
	sigset_t all;
	int r = teller_open(plan, s->sink, s->keep, &s->teller);

	if (r < 0) {
		diag_system(diag, r, "prepare", "the supervisor",
			    r == -EOPNOTSUPP ? "this kernel has no user notification (5.0); "
					       "`--report none` does without"
					     : NULL);
		return r;
	}
	sigfillset(&all);
	s->signal_fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->signal_fd < 0 || s->epoll_fd < 0 || supervise_prepare(s) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) {
		r = -errno;
		diag_system(diag, r, "prepare", "the supervisor", NULL);
		return r;
	}
	return 0;
}

static void supervisor_clear(struct supervisor *s)
{
	teller_close(&s->teller);
	close_fd(&s->signal_fd);
	close_fd(&s->epoll_fd);
	if (s->metrics_fd >= 0)
		metrics_unlisten(s->plan->metrics);
	close_fd(&s->metrics_fd);
	audit_close(s->audit);
	free(s->program_exe);
}

/* Landlock's denials, where they can be had, are a reason to supervise. They say why where they can't. */
static bool hear_landlock(const struct launch_plan *plan, struct supervisor *s, struct start *start)
{
	char text[AUDIT_WHY + 64];
	struct landlock_handled handled;

	if (!plan->landlock || !plan->mode.supervised)
		return false;
	handled = landlock_handled(plan->landlock);
	if (!handled.fs && !handled.net && !handled.scoped)
		return false;
	if (audit_open(landlock_abi(plan->landlock), teller_refused, &s->teller, &s->audit,
		       s->unreported) == 0) {
		s->unreported[0] = '\0';
		start->restrict_flags |= LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON;
		snprintf(start->mark, sizeof(start->mark), "%s", audit_mark(s->audit));
		return true;
	}
	snprintf(text, sizeof(text), LAUNCH_UNREPORTED, s->unreported);
	sink_error(s->sink, text);
	return false;
}

/* Nobody but a filter's listener can say that the last of the program's descendants is gone. */
static void want_end(struct start *start, struct filters *filters, bool listener)
{
	static struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

	start->listener_optional = !listener;
	start->listener = true;
	if (start->program)
		return;
	filters->program = (struct sock_fprog){ARRAY_LEN(allow), allow};
	start->program = &filters->program;
}

/* The exit status; negative in *ret_error when nothing was started. */
static int run_supervised(const struct launch_plan *plan, struct start *start,
			  struct filters *filters, struct supervisor *s, struct diag *diag,
			  int *ret_error)
{
	const char *exe;
	int dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), status = STATUS_FAILED;

	*ret_error = become_supervisor(plan, s, diag);
	if (*ret_error == 0) {
		s->program = start_child(start);
		if (s->program < 0)
			diag_system(diag, s->program, "start", "a process", NULL);
		else if (s->program == 0)
			status = explain_start(plan, start, diag);
		*ret_error = s->program > 0 ? 0 : s->program < 0 ? s->program : -start->error;
	}
	forget_filters(start, filters);
	if (*ret_error) {
		prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
		return status;
	}
	teller_listen(&s->teller, start->listener_fd);
	if (s->audit)
		audit_started(s->audit, s->program);
	if (s->deadly) {
		exe = processes_exe(s->teller.processes, s->program);
		/* It may be dead already. */
		s->program_exe = strdup(exe ? exe : start->path);
	}
	/* Only less power: a failure is let pass. */
	(void)caps_supervisor(may_have(plan));
	return supervise(s);
}

static int open_metrics(const struct launch_plan *plan, struct diag *diag, int *ret_fd)
{
	if (plan->mode.supervised)
		return metrics_listen(plan->metrics, diag, ret_fd);
	diag_error(diag, NULL,
		   "the supervisor serves the metrics, and there is none without a report or a "
		   "store; what the service tells is in those of `bailiff guard --metrics`");
	return -EINVAL;
}

static int run(const struct launch_plan *plan, struct sink *sink, struct keep *keep,
	       struct start *start, struct diag *diag, int *ret_status)
{
	struct filter_needs needs = {false, false};
	struct supervisor supervisor = {
		.plan = plan,
		.sink = sink,
		.keep = keep,
		.signal_fd = -1,
		.epoll_fd = -1,
		.metrics_fd = -1,
		.teller.listener = -1,
	};
	struct filters filters = {.gated = NULL};
	bool direct, heard;
	int r = make_filters(plan, start, diag, &filters);

	if (r == 0 && plan->metrics)
		r = open_metrics(plan, diag, &supervisor.metrics_fd);
	if (r < 0) {
		forget_filters(start, &filters);
		return r;
	}
	if (plan->filter)
		needs = filter_needs(plan->filter);
	prepare(plan, needs.listener, start);
	supervisor.deadly = needs.deadly;
	heard = hear_landlock(plan, &supervisor, start);
	if (heard)
		want_end(start, &filters, needs.listener);
	direct = !plan->mode.supervised ||
		 (!needs.listener && !needs.deadly && !plan->metrics && !heard);
	if (plan->landlock)
		r = confine_prepare(plan->landlock, plan->policy, !direct, NULL, diag,
				    &start->ruleset);
	if (r < 0) {
		forget_filters(start, &filters);
		supervisor_clear(&supervisor);
		return r;
	}
	if (direct) {
		sink_finish(sink, DIRECT_MS);
		*ret_status = run_direct(plan, start, diag);
		forget_filters(start, &filters);
		return -(start->error ? start->error : EIO);
	}
	*ret_status = run_supervised(plan, start, &filters, &supervisor, diag, &r);
	supervisor_clear(&supervisor);
	return r;
}

int launch_run(const struct launch_plan *plan, struct diag *diag, int *ret_status)
{
	struct sink *sink = NULL;
	struct keep keep = {.off = true};
	CLEANUP(free_ptr) struct start *start = calloc(1, sizeof(*start));
	int r;

	*ret_status = STATUS_FAILED;
	if (!start)
		return -ENOMEM;
	start->ruleset = -1;
	r = reserve_standard(diag);
	if (r < 0)
		return r;
	signals_take(&start->signals);
	r = sink_open(plan->report, diag, &sink);
	if (r == 0 && plan->rotation.bytes) {
		r = sink_rotate(sink, &plan->rotation);
		if (r < 0)
			diag_error(diag, NULL,
				   "only a report that is a file can be rotated, and %s is none",
				   sink_name(sink));
	}
	if (r == 0)
		r = keep_prepare(&keep, plan->store, sink, may_have(plan), diag);
	for (size_t i = 0; r == 0 && i < plan->n_partials; i++)
		sink_partial(sink, &plan->partials[i]);
	if (r == 0) {
		sink_pump(sink);
		r = run(plan, sink, &keep, start, diag, ret_status);
	}
	close_fd(&start->ruleset);
	keep_clear(&keep);
	sink_free(sink);
	signals_restore(&start->signals);
	return r;
}
