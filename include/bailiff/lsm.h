/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsm: the host plane's kernel side, from userspace: loads and pins the programs, publishes
 * generations, reads counts, and turns the ring's records into events.
 *
 * Everything that enforces is pinned below a directory of bpffs, so it outlives the process that
 * loaded it. One process at a time changes it (a lock file); any number may look.
 *
 * Errors: negative errno, with the reason in diag: -ENOSYS or -EOPNOTSUPP this kernel lacks what it
 * takes, -EPERM or -EACCES not permitted, -ENOENT nothing is loaded, -ESTALE what is loaded was made
 * by another version of bailiff, -ENOTRECOVERABLE part of it is gone, -EBUSY another process is changing
 * it.
 */
#ifndef BAILIFF_LSM_H
#define BAILIFF_LSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/abi.h"
#include "bailiff/diag.h"
#include "bailiff/event.h"
#include "bailiff/ruleset.h"

#define LSM_PINS "/sys/fs/bpf/bailiff"
#define LSM_RUN	 "/run/bailiff" /* lock files, the service's socket; root's, 0755 */

struct lsm;

enum lsm_take {
	LSM_LOAD = 0, /* what is pinned, or else load; another build is replaced */
	LSM_ADOPT,    /* only what is pinned: -ENOENT, -ESTALE */
	LSM_ANY,      /* ... of any version, or nothing; good for nothing but lsm_unload() */
};

struct lsm_options {
	enum lsm_take take;
	bool probed;	       /* probe_kernel() has found nothing in the way */
	const char *pins;      /* NULL: LSM_PINS */
	uint32_t ring_bytes;   /* power of two; 0: 4 MiB. Only where nothing is loaded yet */
	uint32_t wakeup_bytes; /* 0: an eighth of the ring */
	uint32_t max_tasks;    /* labels; 0: threads-max, 1 << 18 to 1 << 20 */
};

/* Is anything pinned? Of whatever version, and in force or not. */
bool lsm_is_there(const char *pins);
/* Opens what is pinned, to look. -ENOENT, -ESTALE as above. */
int lsm_open(const char *pins, struct diag *diag, struct lsm **ret_lsm);
/*
 * The same, to change: takes the lock (waiting up to a second), cleans up what a crash left half
 * done, and where nothing (or another version) is pinned, loads, attaches and pins. Replacing
 * another version, the new programs are attached beside the old, over the same labels and the same
 * rules compiled anew by the caller, before the old are detached: *ret_replaced.
 */
int lsm_take(const struct lsm_options *options, struct diag *diag, struct lsm **ret_lsm,
	     bool *ret_replaced);
void lsm_close(struct lsm *lsm); /* drops the lock; enforcement goes on */
void lsm_closep(struct lsm **lsm);
/* Before its process gives up its privileges: lets go of all through which what is loaded could be
 * changed. Only lsm_generation() and a reader that is open, with an lsm_helper, are of use then. */
void lsm_narrow(struct lsm *lsm);
/*
 * Lets others have the lock for a while: lsm_rest(), after which whoever shares it, as a child does, has
 * it no more either. lsm_resume() takes it again and is the one that changes things; it opens no file that
 * it could not do without. -EBUSY after a second. A child that is to go on with what its parent publishes
 * calls lsm_present() before that.
 */
int lsm_present(struct lsm *lsm, struct diag *diag);
void lsm_rest(struct lsm *lsm);
int lsm_resume(struct lsm *lsm, struct diag *diag);

/*
 * Publishes an image as the next generation: all of it is in the kernel, every task is labelled for
 * it, then one store. On failure nothing has changed. *ret_generation may be NULL.
 */
int lsm_publish(struct lsm *lsm, const struct ruleset *set, struct diag *diag,
		uint32_t *ret_generation);
/* The number that the next publication will have. */
uint32_t lsm_next(const struct lsm *lsm);
/* The policies that tasks' labels speak of, of whatever version what is loaded is. Returns how many. */
size_t lsm_before(const struct lsm *lsm, struct ruleset_before before[BL_PLACES]);
/* Policies' bits that tasks may still carry from before (ruleset_options.busy). */
int lsm_busy(struct lsm *lsm, uint64_t *ret_bits);
/* A copy of the image in force, for its texts; ruleset_clear() it. -ENOENT: none. */
int lsm_image(struct lsm *lsm, uint32_t *ret_generation, struct ruleset *ret_set);
/* Audit mode of places of the generation in force: one store. */
int lsm_mode(struct lsm *lsm, uint64_t places, bool audit, struct diag *diag);
/*
 * Labels all threads of one process: policies (bits of the generation in force) that it is in from
 * now on, as all that it starts, and BL_LABEL_* flags, which are this process's alone. `start` is when
 * it was started, in clock ticks (proc_stat.start), for another may have its number by now; 0: it is the
 * caller, or a child of it that has not been waited for. The caller has the lock, and has made sure that
 * the process starts no thread meanwhile. -ESRCH: there is no such process (in the initial PID namespace).
 */
int lsm_label(struct lsm *lsm, pid_t tgid, uint64_t start, uint64_t policies, uint32_t flags,
	      struct diag *diag);
/* Tells loads apart: what is pinned now has another number than what was pinned before. 0: nothing
 * is, or it can't be told. */
uint64_t lsm_identity(const char *pins);
/* The generation in force, as hooks read it: one load. 0: none. */
uint32_t lsm_generation(const struct lsm *lsm);
/* Are its programs those of this build, and all there? */
bool lsm_is_current(const struct lsm *lsm);
uint64_t lsm_audit(const struct lsm *lsm); /* places in audit mode now */
/* Until reboot: governed by host policies alone does not let anybody run bailiff any more. */
void lsm_seal(struct lsm *lsm);
/* Takes all of it out of the kernel; leaves nothing behind. -EBADF: without the lock. -ENOENT: nothing was
 * there. Where it fails otherwise, nothing is enforced any more either; what is left goes with the next. */
int lsm_unload(struct lsm *lsm, struct diag *diag);

struct lsm_hook_state {
	const char *hook, *program;
	uint64_t missed;       /* of programs that the kernel may skip */
	uint32_t instructions; /* that the kernel went through to check it */
};
struct lsm_status {
	uint32_t abi, generation;
	uint64_t audit;			/* places in audit mode now */
	uint64_t tasks, governed;	/* as counted just now */
	uint64_t counters[BL_COUNTERS]; /* enum bl_counter */
	uint64_t kernel_bytes;		/* memory of maps and programs, as the kernel says */
	uint32_t ring_bytes, ring_waiting;
	uint64_t loaded_at; /* CLOCK_REALTIME seconds of the last publication */
	bool locked;
	bool silent; /* the kernel calls no program: nothing is enforced */
	size_t n_hooks;
	const struct lsm_hook_state *hooks; /* valid until lsm_close() */
};
int lsm_status(struct lsm *lsm, struct diag *diag, struct lsm_status *ret_status);
/* Names, and one clause each, of the counters: the only list of them. NULL: not in use. */
const char *lsm_counter_name(enum bl_counter counter);
const char *lsm_counter_meaning(enum bl_counter counter);
/* How often each rule of the generation in force has decided; `counts` has room for `n`. */
int lsm_counts(struct lsm *lsm, uint64_t *counts, size_t n);

/* --- The ring --------------------------------------------------------------------------------- */

/* Takes the reader's lock: there is one reader. -EBUSY: there is another (its pid in diag). The lsm
 * outlives its reader. */
struct lsm_reader;
int lsm_reader_open(struct lsm *lsm, struct diag *diag, struct lsm_reader **ret_reader);
void lsm_reader_free(struct lsm_reader *reader);
void lsm_reader_freep(struct lsm_reader **reader);

/* The kernel wakes the reader when an eighth of the ring waits (lsm_options.wakeup_bytes); fewer
 * records wait for the next call. So poll for at most so long, then pump, whatever poll said. */
#define LSM_READER_MS 100
int lsm_reader_fd(const struct lsm_reader *reader); /* to poll for reading */

/* Told so many records at most, a call returns: what was told can be handed on meanwhile. */
#define LSM_READER_BATCH 4096
/* A kind of loss: "lsm" and "seccomp" are records that found the ring full, "misses" are calls of
 * programs that only tell, which the kernel skipped, "damaged" are records that are none. */
typedef void lsm_lost(void *context, const char *kind, uint64_t count);
/* Hands each record that waits to `emit`, as an event (borrowed while it is called), after what was
 * lost since the last call, by kind. Returns how many records (LSM_READER_BATCH: more may wait), or a
 * negative errno; -ENOENT: nothing waits, and nothing is loaded any more. */
int lsm_reader_pump(struct lsm_reader *reader, event_emit *emit, lsm_lost *lost, void *context);

/* Within `emit`: this record is the call's last; what comes behind it waits on. */
void lsm_reader_stop(struct lsm_reader *reader);

/* Where the rules of seccomp filters are found, which no image holds: the policy of this name that
 * programs are launched under (borrowed), or NULL. Without it such events name the policy alone. */
typedef const struct policy *lsm_policy_of(void *context, const char *name);
void lsm_reader_policies(struct lsm_reader *reader, lsm_policy_of *policy_of, void *context);

/* Who is asked where the reader has given up the privileges that these take; all else that it needs it
 * has opened. Paths are written to path[PATH_MAX]. */
struct lsm_helper {
	/* As lsm_image(). */
	int (*image)(void *context, uint32_t *ret_generation, struct ruleset *ret_set);
	bool (*cgroup)(void *context, uint64_t id, char *path);
	/* The program of the process that started then (in ticks). */
	bool (*program)(void *context, pid_t pid, uint64_t start, char *path);
	void *context;
};
void lsm_reader_helper(struct lsm_reader *reader, const struct lsm_helper *helper); /* copied */

#endif
