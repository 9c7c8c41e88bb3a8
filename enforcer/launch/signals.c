/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "room.h"

/* The kernel's own struct sigaction, of which only an ignoring handler is ever set here. */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static bool set_handler(int signal, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler}, old;

	sigaction(signal, &action, &old);
	return old.sa_handler == SIG_IGN;
}

void signals_take(struct saved_signals *ret_saved)
{
	sigset_t all, ignored;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &ret_saved->mask);
	/* An ignored SIGCHLD is inherited, and would take the program's status away from us. */
	ret_saved->chld_ignored = set_handler(SIGCHLD, SIG_DFL);
	ret_saved->pipe_ignored = set_handler(SIGPIPE, SIG_IGN);
	ret_saved->xfsz_ignored = set_handler(SIGXFSZ, SIG_IGN);
	/* Blocked, even an ignored one stays pending, and would end us when all is restored. */
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	sigprocmask(SIG_UNBLOCK, &ignored, NULL);
}

IN_CHILD static int raw_handler(int signal, bool ignored)
{
	struct kernel_sigaction action = {.handler = ignored ? SIG_IGN : SIG_DFL};

	return (int)syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof(action.mask));
}

IN_CHILD int signals_restore(const struct saved_signals *saved)
{
	if (raw_handler(SIGCHLD, saved->chld_ignored) < 0 ||
	    raw_handler(SIGPIPE, saved->pipe_ignored) < 0 ||
	    raw_handler(SIGXFSZ, saved->xfsz_ignored) < 0 ||
	    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &saved->mask, NULL, sizeof(uint64_t)) < 0)
		return -errno;
	return 0;
}

/* Signals that the kernel sends to a whole foreground group, where the program is too. */
static bool from_terminal(uint32_t signal)
{
	switch (signal) {
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
	case SIGWINCH:
		return true;
	case SIGHUP:
		/* A hangup goes to the session's leader alone. */
		return getsid(0) != getpid();
	default:
		return false;
	}
}

bool signals_forward(const struct signalfd_siginfo *info, pid_t pid)
{
	switch (info->ssi_signo) {
	case SIGCHLD:
	case SIGPIPE:
	case SIGXFSZ:
	case SIGILL: /* ours, if any */
	case SIGTRAP:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
	case SIGSYS:
		return false;
	default:
		break;
	}
	if (info->ssi_code == SI_KERNEL && from_terminal(info->ssi_signo))
		return false;
	/* What the program sent to its own group has reached it already; sent back, it would come
	 * round for ever (sh's `trap 'kill 0' TERM`). So would what we sent ourselves. */
	return info->ssi_pid != (uint32_t)pid && info->ssi_pid != (uint32_t)getpid();
}

void signals_send(const struct signalfd_siginfo *info, pid_t pid)
{
	siginfo_t queued;

	/* A failure falls to the sender's side: the program has gone, or is another user's and we
	 * have no CAP_KILL; nothing is decided by it. */
	if (info->ssi_code != SI_QUEUE) {
		kill(pid, (int)info->ssi_signo);
		return;
	}
	memset(&queued, 0, sizeof(queued));
	queued.si_signo = (int)info->ssi_signo;
	queued.si_code = SI_QUEUE;
	queued.si_pid = (pid_t)info->ssi_pid;
	queued.si_uid = info->ssi_uid;
	queued.si_value.sival_ptr = (void *)(uintptr_t)info->ssi_ptr;
	syscall(SYS_rt_sigqueueinfo, pid, queued.si_signo, &queued);
}
