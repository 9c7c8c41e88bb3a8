/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Landlock refuses, as the kernel's audit stream tells it: to whoever reads the stream, and there of
 * all of the machine. A denial is one record of type LANDLOCK_ACCESS; what a domain of its own is called,
 * and who made it, is in a LANDLOCK_DOMAIN that follows its first denial; who asked for what was denied is
 * in the SYSCALL record of the same event (the same serial), where the machine's audit rules leave one.
 * When the last process of a domain is gone, a second LANDLOCK_DOMAIN says how many denials there were,
 * told or not.
 *
 * The texts are those of Documentation/admin-guide/LSM/landlock.rst and of what Linux 6.18 and 7.3 send.
 */
#ifndef LAUNCH_AUDIT_H
#define LAUNCH_AUDIT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "bailiff/landlock.h"

/* ---- audit_parse.c: pure ---- */

#define AUDIT_DATAGRAM 16384u /* bytes of a record that are read: paths come in hexadecimal */
#define AUDIT_COMM     16u

enum audit_type {
	AUDIT_ACCESS = 1,
	AUDIT_MADE, /* a domain's first word */
	AUDIT_GONE, /* its last */
	AUDIT_TASK, /* who did it: of a system call or of io_uring */
	AUDIT_DONE, /* the event has no further record */
};

enum audit_blocker {
	BLOCKER_UNKNOWN, /* newer than this program */
	BLOCKER_FS,
	BLOCKER_NET,
	BLOCKER_ABSTRACT_UNIX,
	BLOCKER_SIGNAL,
	BLOCKER_PTRACE,
	BLOCKER_TOPOLOGY,
};

/* Strings are NUL-terminated, and "" where they are not known. */
struct audit_record {
	enum audit_type type;
	int64_t time_ns; /* since the epoch */
	uint64_t serial;
	uint64_t domain; /* of ACCESS, MADE, GONE */
	/* ACCESS */
	enum audit_blocker blocker;
	uint64_t
		rights; /* enum landlock_fs or landlock_net, by the blocker; without those not known */
	char object[PATH_MAX]; /* a path, or an abstract name without its first NUL */
	size_t object_length;  /* an abstract name may hold more of them */
	bool partial;	       /* `object` is the last component of a path only */
	char address[48];
	uint16_t port;
	pid_t other; /* whom it was to be done to; 0: not known */
	char other_comm[AUDIT_COMM];
	/* MADE and TASK */
	pid_t pid;
	int64_t uid, gid; /* effective; -1: not known */
	char exe[PATH_MAX], comm[AUDIT_COMM];
	int error; /* TASK: the errno that the call ended with; 0: with none, or not known */
	/* GONE */
	uint64_t denials;
};

/* A datagram of the audit stream. -EINVAL: it is of none of these types, or not as the kernel writes them. */
int audit_parse(const void *datagram, size_t length, struct audit_record *ret_record);

/* ---- audit_events.c: records become denials; no clock, no descriptor of its own ---- */

#define AUDIT_PENDING 32u	/* denials that wait for the rest of their event */
#define AUDIT_WAIT_NS 200000000 /* for so long */

/* A denial of our domain; NULL: who it was is not known. */
typedef void audit_tell(void *context, const struct audit_record *denial,
			const struct audit_record *task);

struct audit_events;
/* `mark` is what the process is called (its comm) while it makes the domain. */
int audit_events_new(const char *mark, audit_tell *tell, void *context,
		     struct audit_events **ret_events);
void audit_events_free(struct audit_events *events);
/* By the pid that the mark's owner had. */
void audit_events_maker(struct audit_events *events, pid_t pid);
/* Time: CLOCK_MONOTONIC, nanoseconds. */
void audit_events_take(struct audit_events *events, const struct audit_record *record, int64_t now);
/* When a denial has waited for long enough; -1: none waits. Then, what has is told without it. */
int64_t audit_events_due(const struct audit_events *events);
void audit_events_flush(struct audit_events *events, int64_t now);

struct audit_count {
	bool known; /* our domain was heard of */
	bool gone;  /* and of its end: then `lost` is exact */
	uint64_t told, lost;
};
struct audit_count audit_events_count(const struct audit_events *events);

/* ---- audit.c: the stream itself ---- */

#define AUDIT_WHY 160

struct audit;
/* -errno: no denial can be had here, and ret_why says why, as the rest of a sentence. */
int audit_open(unsigned abi, audit_tell *tell, void *context, struct audit **ret_audit,
	       char ret_why[AUDIT_WHY]);
void audit_close(struct audit *audit);
/* The comm to make the domain under: by it we know our own. */
const char *audit_mark(const struct audit *audit);
/* Who has made it. */
void audit_started(struct audit *audit, pid_t maker);
/* To wait for, for POLLIN. */
int audit_fd(const struct audit *audit);
/* What can be read without waiting; and what has waited for long enough is told. */
void audit_pump(struct audit *audit);
int64_t audit_due(const struct audit *audit);
/* At the end, again and again: reads some of what the kernel still has. Waits until it says that the domain is
 * gone, if it was heard of and `all` who were in it are dead, and a moment in any case. False: that was all. */
bool audit_last_words(struct audit *audit, bool all);
struct audit_count audit_count(const struct audit *audit);
/* Records were lost on the way here. */
bool audit_overrun(const struct audit *audit);

#endif
