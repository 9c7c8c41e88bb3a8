/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper. It loads and labels, and speaks to the service manager; everything that takes foreign
 * bytes is the front's. Whatever becomes of them, what is loaded stays in force.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bailiff/metrics.h"
#include "bailiff/store.h"
#include "keeper.h"

#define SETTLE_NS     (300 * MS_NS)  /* files come one after the other */
#define SETTLE_MAX_NS (3000 * MS_NS) /* but not for ever */
#define BUSY_NS	      (1000 * MS_NS) /* somebody else is changing what is loaded */
#define TICK_MS	      1000
#define MMAP_BYTES    (128 * 1024)

/* --- Loading ------------------------------------------------------------------------------------ */

static void load_later(struct keeper *keeper, int64_t ns)
{
	int64_t now = keeper_now();

	if (!keeper->load_at)
		keeper->load_by = now + SETTLE_MAX_NS;
	keeper->load_at = now + ns < keeper->load_by ? now + ns : keeper->load_by;
}

static void tell_status(struct keeper *keeper)
{
	char reading[160] = "";

	keeper->told_status = true;
	if (keeper->unread)
		snprintf(reading, sizeof(reading), "; another process reads the violations");
	else if (keeper->store_error)
		snprintf(reading, sizeof(reading), "; violations are not stored: %s",
			 strerror(keeper->store_error));
	if (!keeper->generation)
		manager_tell("STATUS=Nothing is loaded%s%s", keeper->wrong ? ": " : "",
			     keeper->wrong ? "the policies have errors" : "");
	else
		manager_tell("STATUS=Generation %u%s%s", keeper->generation,
			     keeper->wrong ? "; the policies' new text has errors, and the old are "
					     "in force"
					   : "",
			     reading);
}

static bool took(void *context, const char *path)
{
	struct keeper *keeper = context;

	return keeper->changes && changes_add(keeper->changes, path);
}

static int load(struct keeper *keeper, struct diag *diag)
{
	struct changes *changes = NULL;
	unsigned policies = 0;
	bool same = false;
	char text[160];
	int r;

	/* Another set may include other files. */
	if (changes_new(keeper->directories, &changes) == 0) {
		changes_free(keeper->changes);
		keeper->changes = changes;
	}
	r = service_load(keeper->directories, took, keeper, diag, &keeper->generation, &same,
			 &policies);
	keeper->wrong = r < 0 && r != -ENOENT;
	if (r == 0) {
		snprintf(text, sizeof(text), "%u %s in force, generation %u%s", policies,
			 policies == 1 ? "policy is" : "policies are", keeper->generation,
			 same ? ", as before" : "");
		keeper->options->say(text);
	} else if (r == -ENOENT && !diag_errors(diag)) {
		keeper->options->say("no policy with a scope is there; what is loaded stays");
	}
	return r;
}

static void load_again(struct keeper *keeper)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r;

	keeper->load_at = 0;
	if (diag_new(&diag) < 0)
		return;
	manager_reloading();
	r = load(keeper, diag);
	if (r == -EBUSY)
		load_later(keeper, BUSY_NS);
	else if (diag_count(diag))
		keeper->options->tell(diag);
	if (r < 0 && r != -EBUSY && r != -ENOENT)
		keeper->options->say("nothing has changed: what was loaded is still in force");
	manager_reloaded();
	tell_status(keeper);
}

/* At the start a mistake ends it, unless there is something in force. */
static int load_first(struct keeper *keeper)
{
	CLEANUP(diag_freep) struct diag *diag = NULL;
	int r, tries = 10;

	do { /* a set with errors told already would be wrong */
		diag_freep(&diag);
		r = diag_new(&diag);
		if (r == 0)
			r = load(keeper, diag);
	} while (r == -EBUSY && --tries && usleep(1000000) == 0);
	if (r == 0 || (r == -ENOENT && !diag_errors(diag)))
		return 0;
	if (diag)
		keeper->options->tell(diag);
	if (!lsm_identity(NULL))
		return r;
	if (r == -EBUSY)
		load_later(keeper, BUSY_NS);
	keeper->options->say("what was loaded before is still in force");
	return 0;
}

/* --- What happens ------------------------------------------------------------------------------- */

static void read_signals(struct keeper *keeper)
{
	struct signalfd_siginfo info;

	while (read(keeper->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			load_later(keeper, 0);
		else if (info.ssi_signo == SIGCHLD)
			keeper_reap(keeper);
		else
			keeper->ending = true;
	}
}

static void tell_manager(struct keeper *keeper)
{
	if (!keeper->ready && keeper->alive) {
		keeper->ready = true;
		tell_status(keeper); /* first: who waits for the other may look at once */
		manager_tell("READY=1");
		keeper->options->say("ready");
	}
	if (keeper->ready && !keeper->told_status)
		tell_status(keeper);
}

static int wait_ms(const struct keeper *keeper)
{
	int64_t left = keeper->load_at ? (keeper->load_at - keeper_now()) / MS_NS + 1 : TICK_MS;
	int ms = left < 0 ? 0 : left < TICK_MS ? (int)left : TICK_MS;

	return keeper->watchdog_ms > 0 && keeper->watchdog_ms < ms ? keeper->watchdog_ms : ms;
}

static int loop(struct keeper *keeper, struct diag *diag)
{
	int r = 0;

	while (r == 0 && !keeper->ending) {
		struct pollfd fds[] = {
			{.fd = keeper->signal_fd, .events = POLLIN},
			{.fd = changes_fd(keeper->changes), .events = POLLIN},
			{.fd = keeper->end, .events = POLLIN},
		};

		(void)poll(fds, ARRAY_LEN(fds), wait_ms(keeper));
		if (fds[2].revents)
			keeper_receive(keeper);
		read_signals(keeper);
		if (changes_read(keeper->changes))
			load_later(keeper, SETTLE_NS);
		if (keeper->load_at && keeper_now() >= keeper->load_at)
			load_again(keeper);
		r = keeper_front(keeper, diag);
		keeper_writer(keeper);
		tell_manager(keeper);
		if (keeper->watchdog_ms > 0 && keeper_is_alive(keeper))
			manager_tell("WATCHDOG=1");
	}
	return r;
}

/* --- Its life ----------------------------------------------------------------------------------- */

static bool is_switched_off(void)
{
	CLEANUP(close_file) FILE *f = fopen("/proc/cmdline", "re");
	char text[8192], *word, *rest = text;
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	while ((word = strsep(&rest, " \n")))
		if (strcmp(word, "bailiff=off") == 0)
			return true;
	return false;
}

/* Nothing is loaded, and nothing is touched that might be. */
static int stay_idle(struct keeper *keeper)
{
	keeper->options->say("bailiff=off is on the kernel's command line: nothing is loaded");
	manager_tell("READY=1\nSTATUS=bailiff=off is on the kernel's command line: nothing is "
		     "loaded");
	while (!keeper->ending) {
		struct pollfd fd = {.fd = keeper->signal_fd, .events = POLLIN};

		(void)poll(&fd, 1, keeper->watchdog_ms);
		read_signals(keeper);
		if (keeper->watchdog_ms > 0)
			manager_tell("WATCHDOG=1");
		if (keeper->load_at) {
			keeper->load_at = 0;
			manager_reloading();
			manager_reloaded();
		}
	}
	return 0;
}

static int open_signals(struct keeper *keeper)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	keeper->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return keeper->signal_fd < 0 ? -errno : 0;
}

/* A store that was asked for must be there; the one that nobody named is tried again and again. */
static int check_store(struct keeper *keeper, struct diag *diag)
{
	const char *path = keeper->options->store;

	keeper->stores = !store_is_none(path);
	return keeper->stores && path ? writer_check(path, diag) : 0;
}

static int start(struct keeper *keeper, struct diag *diag)
{
	int r = drop_keeper(diag);

	if (r == 0)
		r = check_store(keeper, diag);
	if (r < 0)
		return r;
	r = answers_new(keeper->options, &keeper->answers);
	if (r < 0)
		return r;
	r = load_first(keeper);
	if (r == 0)
		r = socket_listen(diag, &keeper->listen);
	return r < 0 ? r : keeper_front(keeper, diag);
}

static int run(struct keeper *keeper, struct diag *diag)
{
	int r = open_signals(keeper);

	if (r < 0) {
		diag_system(diag, -r, "prepare", "the service", NULL);
		return r;
	}
	keeper->watchdog_ms = manager_watchdog_ms();
	if (is_switched_off())
		return stay_idle(keeper);
	r = socket_lock(diag, &keeper->lock);
	if (r == 0 && keeper->options->metrics)
		r = metrics_listen(keeper->options->metrics, diag, &keeper->metrics);
	if (r == 0)
		r = start(keeper, diag);
	if (r == 0)
		r = loop(keeper, diag);
	manager_tell("STOPPING=1");
	keeper_end_front(keeper);
	keeper_end_writer(keeper);
	if (keeper->listen >= 0)
		socket_remove();
	if (keeper->metrics >= 0)
		metrics_unlisten(keeper->options->metrics);
	return r;
}

int service_guard(const struct service_options *options, struct diag *diag)
{
	static char *const standard[] = {(char *)SERVICE_DIRECTORY, NULL};
	struct keeper keeper = {
		.options = options,
		.directories = options->directories && options->directories[0]
				       ? options->directories
				       : standard,
		.signal_fd = -1,
		.listen = -1,
		.metrics = -1,
		.lock = -1,
		.end = -1,
		.writer_end = -1,
		.answers = {.proc = -1},
		.user = front_user_find(),
	};
	int r;

	/* Of the processes that are forked, too: or glibc, once one large batch was freed, takes the next
	 * from the heap, and keeps it. */
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
	r = run(&keeper, diag);
	answers_clear(&keeper.answers);
	close_fd(&keeper.signal_fd);
	changes_free(keeper.changes);
	close_fd(&keeper.listen);
	close_fd(&keeper.metrics);
	close_fd(&keeper.end);
	close_fd(&keeper.lock);
	return r;
}
