/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper and its front: a new one when the last has gone, or when something else is loaded. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/probe.h"
#include "keeper.h"

#define SILENCE_NS   (10000 * MS_NS)
#define AWAY_NS	     (2000 * MS_NS) /* twice as long as we sleep */
#define AGAIN_NS     (1000 * MS_NS)
#define END_MS	     5000
#define MAX_FAILURES 5
#define MAX_PAUSE    29 /* seconds: a store may need a disk that is not there yet */

int64_t keeper_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

bool keeper_is_alive(const struct keeper *keeper)
{
	return keeper->front && keeper->alive && keeper_now() - keeper->heard < SILENCE_NS;
}

static void say_killed(const struct keeper *keeper, const char *who, int signal)
{
	char text[128];

	snprintf(text, sizeof(text), "%s was killed by signal %d", who, signal);
	keeper->options->say(text);
}

/* Neither is to be signalled or traced by those who are governed. */
static int label_both(const struct keeper *keeper, struct diag *diag)
{
	CLEANUP(lsm_closep) struct lsm *lsm = NULL;
	struct lsm_options options = {.take = LSM_ADOPT};
	bool replaced;
	int r;

	if (!lsm_identity(NULL))
		return 0;
	r = lsm_take(&options, diag, &lsm, &replaced);
	if (r == 0 && !replaced)
		r = lsm_label(lsm, getpid(), 0, 0, BL_LABEL_SERVICE, diag);
	if (r == 0 && !replaced)
		r = lsm_label(lsm, keeper->front, 0, 0, BL_LABEL_SERVICE, diag);
	if (r == 0 && !replaced && keeper->writer)
		r = lsm_label(lsm, keeper->writer, 0, 0, BL_LABEL_SERVICE, diag);
	return r;
}

static void label(struct keeper *keeper, struct diag *diag)
{
	int r = label_both(keeper, diag);

	keeper->unlabelled = r == -EBUSY || r == -EAGAIN;
}

/* What the keeper alone needs is closed in the front. */
static void become_front(struct keeper *keeper, int ends[2])
{
	const struct front_plan plan = {
		.report = keeper->options->report,
		.end = ends[1],
		.listen = keeper->listen,
		.metrics = keeper->metrics,
		.stores = keeper->stores,
		.ledger = keeper->ledger,
		.user = keeper->user,
		.options = keeper->options,
	};

	close(ends[0]);
	close_fd(&keeper->signal_fd);
	changes_free(STEAL(keeper->changes));
	close_fd(&keeper->lock);
	close_fd(&keeper->writer_end);
	answers_clear(&keeper->answers);
	_exit(front_run(&plan));
}

static int begin(struct keeper *keeper, struct diag *diag)
{
	CLEANUP(diag_freep) struct diag *labels = NULL;
	int ends[2], r = diag_new(&labels);
	pid_t pid;

	if (r < 0)
		return r;
	keeper->ledger = ledger_new(keeper->unreported);
	if (!keeper->ledger)
		return -ENOMEM;
	r = channel_new(ends);
	if (r < 0) {
		ledger_free(STEAL(keeper->ledger));
		return r;
	}
	keeper->identity = lsm_identity(NULL);
	pid = fork();
	if (pid == 0)
		become_front(keeper, ends);
	r = -errno;
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		ledger_free(STEAL(keeper->ledger));
		diag_system(diag, -r, "start", "the service's other process", NULL);
		return r;
	}
	keeper->front = pid;
	keeper->end = ends[0];
	keeper->alive = false;
	keeper->heard = keeper_now();
	label(keeper, labels);
	if (diag_count(labels))
		keeper->options->tell(labels);
	return 0;
}

/* --- The writer --------------------------------------------------------------------------------- */

static void become_writer(struct keeper *keeper, int end)
{
	const struct writer_plan plan = {
		.path = keeper->options->store,
		.end = end,
		.quiet = keeper->writer_failures > 0,
		.ledger = keeper->writes,
		.options = keeper->options,
	};

	close_fd(&keeper->signal_fd);
	changes_free(STEAL(keeper->changes));
	close_fd(&keeper->lock);
	close_fd(&keeper->listen);
	close_fd(&keeper->metrics);
	close_fd(&keeper->end);
	answers_clear(&keeper->answers);
	_exit(writer_run(&plan));
}

static void begin_writer(struct keeper *keeper)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return;
	keeper->writes = keeper->ledger;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		become_writer(keeper, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		keeper->writes = NULL;
		return;
	}
	keeper->writer = pid;
	keeper->writer_end = ends[0];
	label(keeper, NULL);
}

void keeper_writer(struct keeper *keeper)
{
	const struct message message = {.kind = MESSAGE_WRITER, .number = keeper->unstored};
	int r;

	if (!keeper->stores || !keeper->front || keeper->end < 0 || keeper->ending)
		return;
	if (!keeper->writer && keeper_now() >= keeper->writer_at) {
		/* Not before it has begun again for the same reason too often. */
		keeper->writer_at = keeper_now() + AGAIN_NS;
		begin_writer(keeper);
	}
	if (keeper->writer_end < 0)
		return;
	r = channel_send(keeper->end, &message, keeper->writer_end);
	if (r == -EAGAIN)
		return;
	close_fd(&keeper->writer_end);
	keeper->writer_end = -1;
	if (r < 0)
		return;
	ledger_owe(keeper->ledger, keeper->unstored);
	keeper->unstored = 0;
}

/* What a front has left undone is for the next. */
static void settle(struct keeper *keeper, struct ledger *ledger)
{
	keeper->unstored += ledger_unstored(ledger);
	ledger_free(ledger);
}

static void reap_writer(struct keeper *keeper)
{
	int status;

	if (!keeper->writer || waitpid(keeper->writer, &status, WNOHANG) != keeper->writer)
		return;
	keeper->writer = 0;
	close_fd(&keeper->writer_end);
	keeper->writer_end = -1;
	if (keeper->writes != keeper->ledger)
		settle(keeper, keeper->writes);
	keeper->writes = NULL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		keeper->writer_at = 0;
		return;
	}
	if (WIFSIGNALED(status))
		say_killed(keeper, "the process that writes the store", WTERMSIG(status));
	else if (keeper->writer_failures < MAX_PAUSE)
		keeper->writer_failures++;
	keeper->writer_at = keeper_now() + (1 + keeper->writer_failures) * AGAIN_NS;
}

static void hear_store(struct keeper *keeper, int error)
{
	char text[160];

	if (error == keeper->store_error)
		return;
	keeper->store_error = error;
	if (error) {
		snprintf(text, sizeof(text),
			 "the store can't be written to (%s); violations wait in memory, and where "
			 "that is full they are counted as lost",
			 strerror(error));
		keeper->options->say(text);
	} else {
		keeper->writer_failures = 0;
		keeper->options->say("the store is written to again");
	}
	keeper->told_status = false;
}

void keeper_end_writer(struct keeper *keeper)
{
	const struct timespec wait = {.tv_nsec = 10 * MS_NS};
	pid_t pid = 0;

	close_fd(&keeper->writer_end);
	keeper->writer_end = -1;
	for (int ms = 0; keeper->writer && ms < END_MS && pid == 0; ms += 10) {
		pid = waitpid(keeper->writer, NULL, WNOHANG);
		if (pid == 0)
			nanosleep(&wait, NULL);
	}
	/* Not waited for: its disk may not answer at all. */
	if (keeper->writer && pid == 0)
		(void)kill(keeper->writer, SIGKILL);
	keeper->writer = 0;
}

/* --- What becomes of them ----------------------------------------------------------------------- */

/* Number 0 would be all of our own group. */
static void end_now(const struct keeper *keeper)
{
	if (keeper->front > 0)
		(void)kill(keeper->front, SIGKILL);
}

/* What ends enforcement behind our back is at least said. */
static void look_at_kernel(struct keeper *keeper)
{
	const struct message message = {.kind = MESSAGE_END};
	uint64_t identity = lsm_identity(NULL);
	bool silent = identity && !probe_hooks_are_called();

	if (silent && !keeper->silent)
		keeper->options->say("kernel.ftrace_enabled is 0: the kernel calls no program, and "
				     "nothing is enforced");
	if (identity && !silent && keeper->silent)
		keeper->options->say("the kernel calls the programs again");
	keeper->silent = silent;
	if (!keeper->front || keeper->identity == identity)
		return;
	if (!identity)
		keeper->options->say("nothing is loaded any more: it was unloaded, or " LSM_PINS
				     " can't be seen");
	/* Its ring is of another load: it hands on what is there, and the next begins. */
	keeper->identity = identity;
	(void)channel_send(keeper->end, &message, -1);
}

int keeper_front(struct keeper *keeper, struct diag *diag)
{
	int64_t now = keeper_now();

	governor_refresh(&keeper->answers.governor);
	/* We were loading, or stopped: of that time it can't be said that it was silent. */
	if (keeper->looked && now - keeper->looked > AWAY_NS)
		keeper->heard += now - keeper->looked;
	keeper->looked = now;
	if (keeper->front && keeper->unlabelled)
		label(keeper, NULL);
	look_at_kernel(keeper);
	if (keeper->front && now - keeper->heard > SILENCE_NS) {
		keeper->options->say("the service's other process is silent; it is ended");
		end_now(keeper);
		keeper->heard = now;
	}
	if (keeper->front || keeper->ending || now < keeper->begin_at)
		return 0;
	if (keeper->failures >= MAX_FAILURES) {
		diag_error(diag, NULL, "the service's other process ends again and again");
		return -EIO;
	}
	return begin(keeper, diag);
}

void keeper_receive(struct keeper *keeper)
{
	CLEANUP(close_fd) int fd = -1;
	struct message message;
	int r;

	if (!keeper->front || keeper->end < 0)
		return;
	r = channel_receive(keeper->end, &message, &fd);

	if (r == 0 && message.kind == MESSAGE_ALIVE) {
		keeper->alive = true;
		keeper->failures = 0;
		keeper->heard = keeper_now();
		keeper->unread = message.result;
		hear_store(keeper, (int)message.length);
	} else if (r == 0) {
		r = answer(&keeper->answers, keeper->end, &message, fd);
	}
	if (r == 0 || r == -EAGAIN)
		return;
	/* It is gone, or talks nonsense: the next will not. */
	close_fd(&keeper->end);
	keeper->end = -1;
	end_now(keeper);
}

static void reap_front(struct keeper *keeper)
{
	int status;
	char text[128];

	if (!keeper->front || waitpid(keeper->front, &status, WNOHANG) != keeper->front)
		return;
	keeper->front = 0;
	close_fd(&keeper->end);
	keeper->end = -1;
	keeper->unreported = ledger_unreported(keeper->ledger);
	/* A writer that it never heard of is none for the next. */
	close_fd(&keeper->writer_end);
	keeper->writer_end = -1;
	/* One that it had may be at it still. */
	if (keeper->writes != keeper->ledger)
		settle(keeper, keeper->ledger);
	keeper->ledger = NULL;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == FRONT_AGAIN))
		return;
	keeper->begin_at = keeper_now() + AGAIN_NS;
	if (!keeper->alive)
		keeper->failures++;
	if (WIFSIGNALED(status)) {
		say_killed(keeper, "the service's other process", WTERMSIG(status));
		return;
	}
	snprintf(text, sizeof(text), "the service's other process ended with status %d",
		 WEXITSTATUS(status));
	keeper->options->say(text);
}

void keeper_reap(struct keeper *keeper)
{
	reap_front(keeper);
	reap_writer(keeper);
}

void keeper_end_front(struct keeper *keeper)
{
	const struct message message = {.kind = MESSAGE_END};
	const struct timespec wait = {.tv_nsec = 10 * MS_NS};
	pid_t pid = 0;

	if (!keeper->front)
		return;
	(void)channel_send(keeper->end, &message, -1);
	for (int ms = 0; ms < END_MS && pid == 0; ms += 10) {
		nanosleep(&wait, NULL);
		pid = waitpid(keeper->front, NULL, WNOHANG);
	}
	if (pid == 0) {
		(void)kill(keeper->front, SIGKILL);
		(void)waitpid(keeper->front, NULL, 0);
	}
	keeper->front = 0;
}
