/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load on trial: a process of its own goes back to what was before, unless LSM_RUN/trial is removed
 * in time. Whoever removes that file has decided: `confirm`, or the process when the time is over.
 *
 * The process is there, with all that it needs open, compiled and mapped, before the load comes into
 * force, for that may take from it what it could open until then.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "bailiff/base.h"
#include "room.h"

#define RETRIES 30

struct trial {
	int file; /* locked while its keeper lives */
	int go;	  /* the keeper says that it is ready, and waits for a byte or the end */
	pid_t keeper;
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- The keeper ----------------------------------------------------------------------------------- */

/* The end of a login session may end all that was started in it; the root's tasks stay. */
static void leave_session(void)
{
	static const char *const roots[] = {"/sys/fs/cgroup/cgroup.procs",
					    "/sys/fs/cgroup/unified/cgroup.procs"};
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_LEN(roots); i++) {
		fd = open(roots[i], O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		(void)!write(fd, "0", 1);
		close(fd);
	}
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)!write(fd, "-1000", 5);
		close(fd);
	}
}

static void become_keeper(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGTSTP};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), fd;
	size_t i;

	(void)setsid();
	(void)!chdir("/");
	for (i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	for (fd = 0; null >= 0 && fd < 3; fd++)
		(void)dup2(null, fd);
	leave_session();
	openlog("bailiff", LOG_PID | LOG_NDELAY, LOG_AUTH);
}

static bool is_removed(int file)
{
	struct stat st;

	return fstat(file, &st) == 0 && st.st_nlink == 0;
}

/* Until the file is gone (true), or the time is over. */
static bool confirmed(int file, int watch, int64_t until)
{
	struct pollfd poll_watch = {.fd = watch, .events = POLLIN};
	char events[4096];
	int64_t left, longest = watch >= 0 ? 5000 : 500;

	while ((left = until - now(CLOCK_BOOTTIME)) > 0) {
		if (is_removed(file))
			return true;
		/* Not longer: time that the machine sleeps counts too. */
		(void)poll(&poll_watch, watch >= 0, (int)(left < longest ? left : longest));
		if (poll_watch.revents)
			(void)!read(watch, events, sizeof(events));
	}
	return is_removed(file);
}

/* Decides with the lock, for else somebody might load between that and the way back. Until it is to be
 * had, however long that takes, the load is on trial, and may be confirmed. */
static bool take_back(struct lsm *lsm, int file)
{
	while (lsm_resume(lsm, NULL) < 0) {
		if (is_removed(file))
			return false;
		usleep(100000);
	}
	return !is_removed(file) && (unlink(TRIAL) == 0 || errno != ENOENT);
}

static void go_back(struct lsm *lsm, const struct members *fallback, uint32_t generation)
{
	int i, r = -EAGAIN;

	for (i = 0; i < RETRIES && r < 0; i++) {
		if (i)
			sleep(1);
		r = fallback->n ? lsm_publish(lsm, &fallback->image, NULL, NULL)
				: lsm_unload(lsm, NULL);
	}
	if (r < 0)
		syslog(LOG_CRIT, "the load on trial was not confirmed, and yet stays: %s",
		       strerror(-r));
	else
		syslog(LOG_WARNING, "the load on trial was not confirmed; back to what was before");
	if (r == 0)
		copies_forget(fallback->n ? generation + 1 : 0, 0);
}

static void keep(struct lsm *lsm, const struct members *fallback, const struct load_trial *what,
		 int file, int go, int64_t until)
{
	int watch = inotify_init1(IN_CLOEXEC);
	char byte;

	become_keeper();
	if (watch >= 0 && inotify_add_watch(watch, TRIAL, IN_ATTRIB | IN_DELETE_SELF) < 0) {
		close(watch);
		watch = -1;
	}
	if (lsm_present(lsm, NULL) < 0 || send(go, "", 1, MSG_NOSIGNAL) != 1)
		return;
	/* A loader that ends without a word has not published; or else was killed having done so. */
	if (recv(go, &byte, 1, 0) != 1 && lsm_generation(lsm) != what->generation) {
		(void)unlink(TRIAL);
		return;
	}
	lsm_rest(lsm); /* the loader's lock too, which has published: the two have it in common */
	if (!confirmed(file, watch, until) && take_back(lsm, file))
		go_back(lsm, fallback, what->generation);
}

/* --- The file ------------------------------------------------------------------------------------- */

/* Root's alone to open: whoever can may lock it, and so would pass for its keeper. */
static int make_file(const struct load_trial *what, struct diag *diag)
{
	int fd = open(TRIAL, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ||
	    dprintf(fd, "%u %u %" PRId64 "\n", what->generation, what->before, what->until) < 0) {
		int error = errno;

		diag_system(diag, error, "create", TRIAL, NULL);
		if (fd >= 0) {
			(void)unlink(TRIAL);
			close(fd);
		}
		return -error;
	}
	return fd;
}

/* The process, which is ready when this returns. */
static int start_keeper(struct trial *trial, struct lsm *lsm, const struct members *fallback,
			const struct load_trial *what)
{
	int64_t until = now(CLOCK_BOOTTIME) + (what->until * 1000 - now(CLOCK_REALTIME));
	int ends[2];
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	trial->keeper = fork();
	if (trial->keeper == 0) {
		close(ends[0]);
		keep(lsm, fallback, what, trial->file, ends[1], until);
		_exit(0);
	}
	trial->go = ends[0];
	if (trial->keeper < 0) {
		int error = errno;

		close(ends[1]);
		return -error;
	}
	close(ends[1]);
	return recv(trial->go, &byte, 1, 0) == 1 ? 0 : -ECHILD;
}

int trial_start(struct lsm *lsm, const struct members *fallback, const struct load_trial *what,
		struct diag *diag, struct trial **ret_trial)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	int r;

	if (!trial)
		return -ENOMEM;
	trial->go = -1;
	trial->file = make_file(what, diag);
	if (trial->file < 0) {
		r = trial->file;
		free(trial);
		return r;
	}
	r = start_keeper(trial, lsm, fallback, what);
	if (r < 0) {
		diag_system(diag, -r, "start", "the process that waits for `bailiff confirm`",
			    NULL);
		(void)unlink(TRIAL);
		trial_free(trial);
		return r;
	}
	*ret_trial = trial;
	return 0;
}

int trial_go(struct trial *trial, struct diag *diag, pid_t *ret_keeper)
{
	if (send(trial->go, "", 1, MSG_NOSIGNAL) != 1) {
		diag_error(diag, NULL,
			   "the process that was to go back has ended, and what was loaded stays: "
			   "unload it, or load again what was there before");
		return -ECHILD;
	}
	*ret_keeper = trial->keeper;
	return 0;
}

void trial_free(struct trial *trial)
{
	if (!trial)
		return;
	close_fd(&trial->go);
	close_fd(&trial->file);
	free(trial);
}

int load_trial(struct load_trial *ret_trial)
{
	CLEANUP(close_fd) int fd = open(TRIAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct load_trial trial = {0};
	uint64_t generation, before, until;
	char text[128];
	const char *at = text;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	if (!take_number(&at, 10, &generation) || !take_number(&at, 10, &before) ||
	    !take_number(&at, 10, &until))
		return -EBADMSG;
	trial.generation = (uint32_t)generation;
	trial.before = (uint32_t)before;
	trial.until = (int64_t)until;
	trial.alive = flock(fd, LOCK_SH | LOCK_NB) < 0;
	*ret_trial = trial;
	return 0;
}

int trial_check(struct diag *diag)
{
	struct load_trial trial = {0};
	int64_t left;
	int r = load_trial(&trial);

	if (r == -ENOENT)
		return 0;
	if (r == 0 && trial.alive) {
		left = trial.until - now(CLOCK_REALTIME) / 1000;
		diag_error(diag, NULL,
			   "generation %u is on trial for another %" PRId64
			   " s; `bailiff confirm` keeps it",
			   trial.generation, left > 0 ? left : 0);
		return -EBUSY;
	}
	diag_warning(diag, NULL,
		     "generation %u was on trial, and the process that was to go back is gone: it "
		     "has stayed",
		     r == 0 ? trial.generation : 0);
	trial_cancel();
	return 0;
}

void trial_cancel(void)
{
	(void)unlink(TRIAL);
}

int load_confirm(struct diag *diag, struct load_trial *ret_trial)
{
	struct load_trial trial = {0};
	int r = load_trial(&trial);

	if (r == 0 && unlink(TRIAL) < 0)
		r = -errno;
	if (r == -ENOENT) {
		diag_error(diag, NULL, "no load is on trial");
	} else if (r < 0) {
		diag_system(diag, -r, "confirm", TRIAL, r == -EACCES ? "only root may" : NULL);
	} else {
		if (!trial.alive)
			diag_warning(diag, NULL,
				     "the process that was to go back is gone; generation %u has "
				     "stayed",
				     trial.generation);
		/* The copies for the way back are the next load's to remove: it has the lock. */
		*ret_trial = trial;
	}
	return r;
}
