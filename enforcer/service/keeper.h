/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's state, which guard.c and keeper.c share. */
#ifndef SERVICE_KEEPER_H
#define SERVICE_KEEPER_H

#include "room.h"

#define MS_NS 1000000ll

struct keeper {
	const struct service_options *options;
	char *const *directories;
	int signal_fd, listen, lock;
	int metrics;		 /* where they are asked for; -1: none are wanted */
	struct changes *changes; /* NULL: they can not be had */
	struct answers answers;
	struct front_user user;
	/* what is loaded */
	uint32_t generation;
	uint64_t identity;	  /* that the front reads */
	bool wrong;		  /* the last set had an error */
	bool silent;		  /* the kernel calls no program */
	int64_t load_at, load_by; /* 0: nothing to do */
	/* the front */
	pid_t front; /* 0: none */
	int end;
	struct ledger *ledger; /* NULL: there is no front */
	uint64_t unreported;   /* by those before */
	bool alive;	       /* it has said so */
	int unread;	       /* why it reads no ring */
	int64_t heard;	       /* when it last said so */
	int64_t looked;	       /* when we last looked whether it has */
	bool unlabelled;       /* somebody else was changing what is loaded */
	int64_t begin_at;      /* not before: it has just failed */
	unsigned failures;     /* in a row, before a word of it */
	/* the writer */
	bool stores;
	pid_t writer;		  /* 0: none */
	struct ledger *writes;	  /* of the front that it writes for, or did; NULL: none */
	uint64_t unstored;	  /* of fronts before; the front does not know it yet */
	int writer_end;		  /* the front's, until it has it; -1 */
	int64_t writer_at;	  /* not before */
	unsigned writer_failures; /* in a row */
	int store_error;	  /* as the front hears of it */
	/* the service manager */
	bool ready, ending, told_status;
	int watchdog_ms;
};

int64_t keeper_now(void);
/* Sees to it that there is a front, and that it reads what is loaded. -errno: none can be had. */
int keeper_front(struct keeper *keeper, struct diag *diag);
void keeper_receive(struct keeper *keeper);
void keeper_reap(struct keeper *keeper);
/* Sees to it that the front has a writer. */
void keeper_writer(struct keeper *keeper);
/* It ends by itself when there is no front any more: waits for that, but not for ever. */
void keeper_end_writer(struct keeper *keeper);
bool keeper_is_alive(const struct keeper *keeper);
void keeper_end_front(struct keeper *keeper);

#endif
