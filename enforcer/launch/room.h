/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room:
 *   launch.c     the plan made ready, the child, and what became of it
 *   confine.c    the Landlock ruleset, by what lies in the file system
 *   start.c      the steps by which a process becomes the governed program
 *   explain.c    why a program was not started
 *   ask.c        a word with the service
 *   lookup.c     argv[0] in PATH; why a program could not be executed
 *   user.c       --user
 *   caps.c       capabilities: the program's and the supervisor's
 *   signals.c    what is saved, blocked, forwarded
 *   supervise.c  the one loop
 *   notify.c     a notified call: answered, then told
 *   audit.h      what Landlock refuses, as the audit stream tells it: audit.c the stream, audit_parse.c a
 *                record, audit_events.c from records to denials
 *   refusal.c    such a denial, told
 *   keep.c       what goes into the store
 *   process.c    what is known of a task
 *   summary.c    the table at the end
 */
#ifndef LAUNCH_ROOM_H
#define LAUNCH_ROOM_H

#include <limits.h>
#include <linux/filter.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/un.h>

#include "bailiff/launch.h"
#include "bailiff/metrics.h"
#include "bailiff/sink.h"
#include "bailiff/store.h"

#include "audit.h"

/* Code that runs in the child on a stack of its own, in memory that is shared with the parent, is
 * kept free of what the sanitizers would write there. */
#define IN_CHILD __attribute__((no_sanitize("address", "undefined"), noinline))

/* ---- signals.c ---- */

/* What bailiff was started with, and the program is to be started with. */
struct saved_signals {
	sigset_t mask;
	bool chld_ignored, pipe_ignored, xfsz_ignored;
};
/* Blocks every signal but SIGPIPE and SIGXFSZ, which are ignored, and sets SIGCHLD to be waited for. */
void signals_take(struct saved_signals *ret_saved);
/* Undoes it; by raw system calls. 0 or -errno. */
int signals_restore(const struct saved_signals *saved);
/* Should this signal go to the program `pid`? */
bool signals_forward(const struct signalfd_siginfo *info, pid_t pid);
void signals_send(const struct signalfd_siginfo *info, pid_t pid);

/* ---- start.c ---- */

enum start_stage {
	STAGE_BOUNDING = 1,
	STAGE_GROUPS,
	STAGE_GID,
	STAGE_UID,
	STAGE_CAPS,
	STAGE_AMBIENT,
	STAGE_NO_NEW_PRIVS,
	STAGE_LOOKUP,
	STAGE_ASK,
	STAGE_CONFINE,
	STAGE_SIGNALS,
	STAGE_FILTER,
	STAGE_EXEC, /* from here on the filter is in force */
};

struct start {
	/* what to do */
	const struct launch_user *user;
	bool drop_caps;
	uint64_t caps_allowed;
	bool no_new_privs;
	bool mdwe;
	int ruleset; /* of Landlock; -1: none */
	unsigned restrict_flags;
	char mark[AUDIT_COMM];		  /* its comm while it confines itself; "": as it is */
	const struct sock_fprog *program; /* NULL: no filter */
	bool listener;
	bool listener_optional;		/* only to know when nobody is left */
	unsigned flags;			/* of that filter, beside the listener's */
	const struct sock_fprog *first; /* loaded before it; NULL: none */
	unsigned first_flags;
	const char *ask; /* NULL: nobody is asked */
	struct sockaddr_un ask_address;
	uint64_t nonce[FILTER_NONCE_WORDS];
	const char *name;      /* argv[0] */
	const char *path_list; /* PATH */
	char *const *argv, *const *envp;
	struct saved_signals signals;
	/* what became of it */
	enum start_stage stage;
	int error;	     /* positive errno of that stage; ECANCELED: it died on the way */
	int killed_by;	     /* then the signal, or 0 */
	int listener_fd;     /* -1: none */
	char path[PATH_MAX]; /* the program that was found */
	char answer[512];    /* to `ask`; NUL-terminated */
};

/* ---- explain.c ---- */

#define STATUS_FAILED 125 /* bailiff's own, before the start */

/* Whose rule keeps the program, by its real path, from being started; POLICY_NO_RULE: none's. */
uint32_t explain_denier(const struct launch_plan *plan, const struct start *start,
			char ret_real[PATH_MAX]);
/* What stopped the start, in diag; the exit status. */
int explain_start(const struct launch_plan *plan, const struct start *start, struct diag *diag);

/* ---- ask.c ---- */

/* By raw system calls. 0, or a positive errno: EACCES is a refusal, whose words are in start->answer. */
int ask_service(struct start *start);
/* Says why, in diag. */
void ask_explain(const struct start *start, struct diag *diag);

/* Returns on failure only, with stage and error set. No library call that takes a lock, allocates
 * or acts on other threads; nothing but execve after the filter. */
void start_program(struct start *start);

/* ---- lookup.c ---- */

/* As execvp: the first executable regular file. Writes ret_path[PATH_MAX]. 0, ENOENT, EACCES, or
 * another errno, positive. Callable in the child. */
int lookup_program(const char *name, const char *path_list, char *ret_path);
/* The PATH of an environment, or the system's default. */
const char *lookup_path(char *const *envp);
/* Says in diag why execve of `path` failed, and returns 126 or 127. */
int lookup_explain(const char *name, const char *path, int error, struct diag *diag);
/* Before a filter comes on that would leave nobody to explain: the interpreter is there, the file
 * is of a known kind. 0 or the positive errno that execve would give. */
int lookup_inspect(const char *path, char *ret_interpreter, size_t size);

/* ---- caps.c ---- */

/* Drops from the bounding set all that is not allowed. Without CAP_SETPCAP this is left out where
 * no_new_privs holds: then nothing beyond the permitted set can be had. 0 or a positive errno. */
int caps_bound(uint64_t allowed, bool no_new_privs);
/* Cuts permitted, effective, inheritable and ambient to `allowed`; `keep` stays until exec. 0 or a
 * positive errno. */
int caps_cut(uint64_t allowed, uint64_t keep);
/* What the supervisor needs, and nothing else. 0 or a negative errno. */
int caps_supervisor(uint64_t program_may_have);
uint64_t caps_effective(void);
/* For a while no more is in effect than caps_supervisor() would leave; what was, to be given back. */
uint64_t caps_lend(uint64_t program_may_have);
void caps_return(uint64_t effective);

/* ---- process.c ---- */

struct processes;
int processes_new(struct processes **ret_processes);
void processes_free(struct processes *processes);
/* What is known of a thread; the result and its texts hold until the next call. Never NULL; what
 * can't be read is NULL, 0 or -1 in it. */
const struct event_process *processes_read(struct processes *processes, pid_t tid);
/* The same of a process of which somebody said `told` at a time (since the epoch): that, and what can be
 * read if it is still the one. */
const struct event_process *processes_told(struct processes *processes,
					   const struct event_process *told, int64_t time_ns);
/* Nothing but the path of its program, or NULL. */
const char *processes_exe(struct processes *processes, pid_t pid);
/* Nothing but the number. */
const struct event_process *processes_unknown(struct processes *processes, pid_t tid);
/* The descriptor that must stay open, or -1. */
int processes_fd(const struct processes *processes);

/* ---- summary.c ---- */

struct summary;
int summary_new(struct summary **ret_summary);
void summary_free(struct summary *summary);
void summary_add(struct summary *summary, const struct event *event, uint64_t count);
bool summary_is_empty(const struct summary *summary);
/* Puts the table, a line at a time. */
void summary_print(const struct summary *summary, struct sink *out);
void summary_reset(struct summary *summary);

/* ---- keep.c ---- */

struct keep {
	bool off;
	char *path;	     /* of a store that was named; NULL: the default */
	struct store *store; /* NULL: not open */
	struct sink *sink;   /* where it is said that it can't be */
	uint64_t missing;    /* violations that the store does not know of, while it is not open */
	int64_t retry_at;    /* CLOCK_MONOTONIC: not tried again before */
	bool told;
	char why[512]; /* the last failure; "": there was none */
};
/* A store that is named must be one that can be opened; that alone fails. */
int keep_prepare(struct keep *keep, const char *target, struct sink *sink,
		 uint64_t program_may_have, struct diag *diag);
void keep_clear(struct keep *keep); /* close first */
/* Never waits, but for opening at the first: a second at most, and the disk. */
void keep_put(struct keep *keep, const struct event *event);
/* Violations of which nothing but their number is known. */
void keep_lost(struct keep *keep, const char *kind, uint64_t count);
/* When keep_pump() has something to do (CLOCK_MONOTONIC); -1: nothing waits. */
int64_t keep_due(const struct keep *keep);
void keep_pump(struct keep *keep);
/* Writes what waits; another violation opens it again. Before a fork: a store is one process's. */
void keep_close(struct keep *keep, int wait_ms);

/* ---- notify.c ---- */

struct seccomp_notif;
struct seccomp_notif_resp;

/* All that telling needs. */
struct teller {
	const struct policy *policy;
	const struct landlock *landlock; /* NULL: none */
	struct filter_mode mode;
	struct sink *sink;
	struct metrics *metrics; /* NULL: none */
	struct keep *keep;
	struct event_fold *fold;
	struct summary *summary;
	struct processes *processes;
	char host[HOST_NAME_MAX + 1];
	int listener; /* -1: none (any more) */
	struct seccomp_notif *request;
	size_t request_size;
	struct seccomp_notif_resp *response;
};
int teller_open(const struct launch_plan *plan, struct sink *sink, struct keep *keep,
		struct teller *ret_teller);
void teller_close(struct teller *teller);
/* Takes the listener (-1: there is none). */
void teller_listen(struct teller *teller, int listener);
/* Is a call pending? 0: yes; -EAGAIN: no; -EPIPE: nobody holds the filter any more. */
int teller_poll(const struct teller *teller);
/* Answers one pending call. Waits where there is none: poll first. -EPIPE: the listener failed, and
 * is closed. */
int teller_answer(struct teller *teller);
/* An event, to all who are told. */
void teller_tell(void *context, const struct event *event);
/* What nobody was told of. */
void teller_lost(struct teller *teller, const char *kind, uint64_t count);
/* A child that died by SIGSYS; it is not yet reaped. */
void teller_killed(struct teller *teller, pid_t pid, const char *exe);

/* ---- refusal.c ---- */

/* As audit_tell, of a teller. */
void teller_refused(void *context, const struct audit_record *denial,
		    const struct audit_record *task);

/* ---- supervise.c ---- */

/* Said in the report at the start, in its form, and with the summary. */
#define LAUNCH_UNREPORTED "denials of files are not reported here: %s"

struct supervisor {
	const struct launch_plan *plan;
	struct teller teller;
	struct sink *sink;
	struct keep *keep;
	pid_t program;
	char *program_exe; /* as it was at the start; may be NULL */
	int signal_fd;
	int epoll_fd;
	struct audit *
		audit; /* where Landlock's denials come from; NULL: they can't be had, or none is put on */
	char unreported[AUDIT_WHY]; /* why they can't; "": they can */
	int metrics_fd;		    /* where they are asked for; -1: none are wanted */
	int watched_fd;		    /* of the sink, in epoll; -1: none */
	bool listening;		    /* the listener is in epoll */
	bool deadly;		    /* the filter kills: SIGSYS is worth telling */
	bool terminal_stop;	    /* the terminal stopped the whole group */
	bool ended;
	int status; /* of waitpid, once it has ended */
};

/* While there is no program yet: what it is waited for by. 0 or -1, with errno set. */
int supervise_prepare(struct supervisor *supervisor);
/* From the start of the program until it has ended and all is told. Returns its exit status. */
int supervise(struct supervisor *supervisor);

#endif
