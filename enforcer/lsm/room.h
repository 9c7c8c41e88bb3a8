/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of lsm/ share.
 *
 * Below the directory of pins (bpffs, 0700):
 *   now/   what enforces: map_NAME, link_PROGRAM, and map_meta
 *   new/   being made, or being taken away. A crash leaves it; the next to take the lock cleans up.
 * now/ comes about by one rename, when everything in it is there.
 */
#ifndef LSM_ROOM_H
#define LSM_ROOM_H

#include "bailiff/lsm.h"
#include "bailiff/probe.h"

#define LSM_MAX_LINKS 160
#define PIN_PATH      320

/* The maps that userspace needs. The programs hold on to the others. */
enum lsm_map {
	MAP_CONTROL = 0,
	MAP_COUNTERS,
	MAP_HEADS,
	MAP_IMAGES,
	MAP_COUNTS,
	MAP_LABELS,
	MAP_RING,
	MAP_META,
	LSM_MAPS,
};
extern const char *const lsm_map_names[LSM_MAPS]; /* in the object; "meta" is made by hand */

#define META_MAGIC 0x6d6c6962u
/* How it was loaded. Other versions read of it how large it is, `magic`, `abi` and the policies, whose
 * bits the labels hold: those stay where they are. */
struct lsm_meta {
	uint32_t magic, abi;
	uint32_t n_policies, unused;
	struct {
		char name[72];
		uint64_t bit, scope_hash;
	} policies[BL_PLACES];
	/* Of this version alone. */
	uint64_t object; /* hash of the object's bytes */
	uint32_t ring_bytes, wakeup_bytes, max_tasks, n_links;
	uint64_t loaded_at; /* CLOCK_REALTIME, seconds, of the last publication */
	uint64_t hash[3];   /* of the policies in force (bl_header.hash) */
};

struct lsm_link {
	char program[32];
	int fd;
};

struct lsm {
	char *pins;
	int lock; /* -1: only to look */
	bool pinned;
	bool empty; /* taken with LSM_ANY, and nothing was there */
	int map[LSM_MAPS];
	struct bl_control *control; /* mapped; read-only where only to look */
	size_t n_links;
	struct lsm_link links[LSM_MAX_LINKS];
	struct lsm_meta meta;
	struct lsm *old;  /* what this replaces when it publishes */
	bool shares;	  /* ... and whose maps it uses */
	uint64_t started; /* when this process was, in clock ticks */
	struct lsm_hook_state *hooks;
};

struct lsm *lsm_alloc(const char *pins);

/* load.c: opens, loads and attaches the object; with old's maps where it can. Nothing is pinned. */
int lsm_load(struct lsm *lsm, const struct lsm_options *options, struct diag *diag);
/* The BPF object, malloc'ed; and what tells it from another build's. */
int lsm_object_inflate(char **ret_data, size_t *ret_size);
uint64_t lsm_object_hash(void);

/* pins.c */
bool pins_are_there(const char *pins);
int pins_prepare(const char *pins, struct diag *diag);
/* Opens a directory of pins into *lsm. -ENOENT: it is not there; -ESTALE: another version's;
 * -ENOTRECOVERABLE: a map of it is gone. Links that are gone are warned of. */
int pins_open(struct lsm *lsm, const char *directory, bool write, struct diag *diag);
int pins_write(struct lsm *lsm, struct diag *diag); /* into new/ */
int pins_commit(struct lsm *lsm,
		struct diag *diag); /* new/ becomes now/, and the other way round */
int pins_remove(const char *pins, const char *directory, struct diag *diag);
int pins_recover(const char *pins, struct diag *diag);
/* now/ becomes new/, which is then removed. */
int pins_drop(const char *pins, struct diag *diag);
/* The generation that the control map of a directory holds; -ENOENT. */
int pins_generation(const char *pins, const char *directory, uint32_t *ret_generation);

/* tasks.c */
int tasks_lock(struct diag *diag, int *ret_fd);
int tasks_relock(int fd, struct diag *diag);
/* Runs an iterator to its end. -ENOENT: it is not loaded. */
int tasks_pass(const struct lsm *lsm, const char *program);
int tasks_label(struct lsm *lsm, uint32_t generation, struct diag *diag);
/* Takes back what tasks_label() gave for a generation that did not come into force. */
int tasks_forget(struct lsm *lsm, struct diag *diag);

/* self.c: what the kernel's side keeps from governed tasks, and that this process is exempt until
 * self_forget(). */
int self_tell(struct lsm *lsm, struct diag *diag);
/* Its parts: finding out who this process is, and saying so, which opens no file. */
int self_learn(struct lsm *lsm, struct diag *diag);
void self_present(struct lsm *lsm);
void self_forget(struct lsm *lsm);

int lsm_link_fd(const struct lsm *lsm, const char *program); /* -1: none */
int lsm_map_control(struct lsm *lsm, bool write);

#endif
