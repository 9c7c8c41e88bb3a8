/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A notified call: the verdict first, then the telling. The verdict depends on nothing but the
 * policy and the call as the kernel copied it; reports, /proc and memory may all fail without
 * changing it.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

/* Since 6.6; newer than Debian 12's headers. */
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#ifndef SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

/* A record that the fold, or a first occurrence, tells. */
void teller_tell(void *context, const struct event *event)
{
	struct teller *teller = context;

	sink_event(teller->sink, event);
	if (teller->metrics)
		metrics_event(teller->metrics, event);
	keep_put(teller->keep, event);
}

void teller_lost(struct teller *teller, const char *kind, uint64_t count)
{
	sink_lost(teller->sink, kind, count);
	if (teller->metrics)
		metrics_lost(teller->metrics, kind, count);
	keep_lost(teller->keep, kind, count);
}

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* As large as this kernel has them, which may be more than the headers know. Not by libseccomp,
 * which first tries out a dozen calls. */
static int alloc_request(struct teller *teller)
{
	struct seccomp_notif_sizes sizes;

	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
		return -EOPNOTSUPP;
	teller->request_size = larger(sizes.seccomp_notif, sizeof(*teller->request));
	teller->request = calloc(1, teller->request_size);
	teller->response = calloc(1, larger(sizes.seccomp_notif_resp, sizeof(*teller->response)));
	return teller->request && teller->response ? 0 : -ENOMEM;
}

int teller_open(const struct launch_plan *plan, struct sink *sink, struct keep *keep,
		struct teller *ret_teller)
{
	struct teller *teller = ret_teller;
	int r;

	*teller = (struct teller){.policy = plan->policy,
				  .landlock = plan->landlock,
				  .mode = plan->mode,
				  .sink = sink,
				  .keep = keep,
				  .listener = -1};
	if (gethostname(teller->host, sizeof(teller->host) - 1) < 0)
		teller->host[0] = '\0';
	r = event_fold_new(teller_tell, teller, &teller->fold);
	if (r == 0)
		r = summary_new(&teller->summary);
	if (r == 0)
		r = processes_new(&teller->processes);
	if (r == 0)
		r = alloc_request(teller);
	if (r < 0)
		teller_close(teller);
	return r;
}

void teller_close(struct teller *teller)
{
	metrics_free(teller->metrics);
	event_fold_free(teller->fold);
	summary_free(teller->summary);
	processes_free(teller->processes);
	free(teller->request);
	free(teller->response);
	close_fd(&teller->listener);
	*teller = (struct teller){.listener = -1};
}

void teller_listen(struct teller *teller, int listener)
{
	teller->listener = listener;
	/* Only speed: the answered thread runs on where the supervisor was. Unknown before 6.6. */
	if (listener >= 0)
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

static void fill_call(const struct seccomp_data *data, struct event_call *call)
{
	call->audit_arch = data->arch;
	call->nr = (uint32_t)data->nr;
	memcpy(call->args, data->args, sizeof(call->args));
	call->foreign = arch_of_call(data->arch, call->nr, &call->arch) < 0;
}

/* What the thread gets, and how it is called. */
static enum event_verdict judge(const struct teller *teller, const struct policy_decision *decision,
				struct seccomp_notif_resp *response)
{
	bool audit = teller->mode.audit;

	if (decision->action == ACTION_AUDIT || audit) {
		response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		response->error = 0;
		return decision->action == ACTION_AUDIT ? VERDICT_AUDITED : VERDICT_WOULD_DENY;
	}
	response->flags = 0;
	/* The filter notifies of audits and errnos only. Anything else would be a fault of ours,
	 * and falls closed. */
	response->error =
		-(decision->action == ACTION_ERRNO && decision->error ? decision->error : EPERM);
	return VERDICT_DENIED;
}

static void fill_event(const struct teller *teller, const struct policy_decision *decision,
		       struct event *event)
{
	const struct policy_rule *rule = NULL;

	if (decision->rule < teller->policy->n_rules)
		rule = &teller->policy->rules[decision->rule];
	event->policy = teller->policy->name;
	event->class = CLASS_SYSCALLS;
	event->plane = "seccomp";
	event->host = teller->host[0] ? teller->host : NULL;
	event->count = 1;
	if (decision->action == ACTION_ERRNO)
		event->error = decision->error;
	if (!rule)
		return;
	event->class = rule->class;
	event->rule_file = rule->pos.file;
	event->rule_line = rule->pos.line;
	event->why = rule->why;
}

/* ENOENT: the thread died or was interrupted meanwhile. It never got past the call, and the attempt is told
 * all the same. Whatever else, it would wait for ever: without a listener the calls get ENOSYS. */
static void answer(struct teller *teller)
{
	int r;

	teller->response->id = teller->request->id;
	teller->response->val = 0;
	do
		r = ioctl(teller->listener, SECCOMP_IOCTL_NOTIF_SEND, teller->response);
	while (r < 0 && errno == EINTR);
	if (r < 0 && errno != ENOENT)
		close_fd(&teller->listener);
}

/* One that the fold knows is answered at once, without a look at /proc. */
static void handle(struct teller *teller)
{
	struct event event = {.has_call = true};
	struct policy_decision decision;
	struct event_kind kind;
	pid_t tid = (pid_t)teller->request->pid;
	int64_t now = now_ns();

	fill_call(&teller->request->data, &event.call);
	decision = event.call.foreign ? policy_decide_foreign(teller->policy)
				      : policy_decide(teller->policy, event.call.arch,
						      event.call.nr, event.call.args);
	event.verdict = judge(teller, &decision, teller->response);
	event_kind_set(&kind, tid, teller->request->data.instruction_pointer, &event.call,
		       decision.rule, event.verdict);
	if (event_fold_repeat(teller->fold, &kind, now)) {
		answer(teller);
		fill_event(teller, &decision, &event);
		summary_add(teller->summary, &event, 1);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &event.time);
	fill_event(teller, &decision, &event);
	event.process = processes_read(teller->processes, tid);
	/* The thread has gone, and its number may be another's: nothing that was read is told. */
	if (ioctl(teller->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &teller->request->id) < 0)
		event.process = processes_unknown(teller->processes, tid);
	answer(teller);
	summary_add(teller->summary, &event, 1);
	teller_tell(teller, &event);
	/* Not opened for lack of memory: the next is told in full. */
	(void)event_fold_open(teller->fold, &kind, &event, now);
}

int teller_answer(struct teller *teller)
{
	/* The kernel refuses a request that is not zero. */
	memset(teller->request, 0, teller->request_size);
	if (ioctl(teller->listener, SECCOMP_IOCTL_NOTIF_RECV, teller->request) == 0) {
		handle(teller);
		return teller->listener < 0 ? -EPIPE : 0;
	}
	/* ENOENT: it died while it was asking. Anything else would come again for ever: without a
	 * listener the calls get ENOSYS, so denials stand. */
	if (errno == ENOENT || errno == EINTR || errno == EAGAIN)
		return 0;
	close_fd(&teller->listener);
	return -EPIPE;
}

int teller_poll(const struct teller *teller)
{
	struct pollfd pfd = {.fd = teller->listener, .events = POLLIN};

	if (teller->listener < 0)
		return -EPIPE;
	if (poll(&pfd, 1, 0) < 0)
		return -EAGAIN;
	if (pfd.revents & POLLIN)
		return 0;
	return pfd.revents & (POLLHUP | POLLERR | POLLNVAL) ? -EPIPE : -EAGAIN;
}

void teller_killed(struct teller *teller, pid_t pid, const char *exe)
{
	struct policy_decision none = {.rule = POLICY_NO_RULE};
	struct event_process process = *processes_read(teller->processes, pid);
	struct event event = {.verdict = VERDICT_KILLED};

	/* A dead process has no exe any more. */
	if (!process.exe)
		process.exe = exe;
	clock_gettime(CLOCK_REALTIME, &event.time);
	fill_event(teller, &none, &event);
	event.process = &process;
	summary_add(teller->summary, &event, 1);
	teller_tell(teller, &event);
}
