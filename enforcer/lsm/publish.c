/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generation: all of it lies in the kernel before one store brings it into force. On the way there
 * everything is in the slot that no hook reads.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bailiff/base.h"
#include "room.h"

static int fail(struct diag *diag, const char *operation, const char *object)
{
	int error = errno;

	diag_system(diag, error, operation, object,
		    error == ENOMEM ? "the kernel has too little memory for these rules" : NULL);
	return -error;
}

/* --- The maps of a generation ------------------------------------------------------------------- */

static int make_image(const struct ruleset *set, uint32_t generation, struct diag *diag,
		      int *ret_fd)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	size_t size = (size_t)set->n_blocks * BL_BLOCK;
	CLEANUP(close_fd) int fd = -1;
	struct bl_header *to;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bailiff_image", 4, BL_BLOCK, set->n_blocks, &opts);
	if (fd < 0)
		return fail(diag, "make", "the map of the rules");
	to = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (to == MAP_FAILED)
		return fail(diag, "map", "the map of the rules");
	memcpy(to, set->blocks, size);
	to->generation = generation;
	munmap(to, size);
	if (bpf_map_freeze(fd) < 0)
		return fail(diag, "freeze", "the map of the rules");
	*ret_fd = fd;
	fd = -1;
	return 0;
}

static int make_counts(const struct ruleset *set, struct diag *diag, int *ret_fd)
{
	const struct bl_header *h = (const struct bl_header *)set->blocks;
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_INNER_MAP);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "bailiff_counts", 4, 8,
				h->n_rules ? h->n_rules : 1, &opts);

	if (fd < 0)
		return fail(diag, "make", "the map of the counts");
	*ret_fd = fd;
	return 0;
}

static void empty_slot(struct lsm *lsm, uint32_t slot)
{
	/* ENOENT: it is empty. */
	(void)bpf_map_delete_elem(lsm->map[MAP_IMAGES], &slot);
	(void)bpf_map_delete_elem(lsm->map[MAP_COUNTS], &slot);
	lsm->control->audit[slot] = 0;
}

/* Updates of these maps return when no program runs any more that began before. */
static int fill_slot(struct lsm *lsm, uint32_t generation, const struct ruleset *set, int image,
		     int counts, struct diag *diag)
{
	uint32_t slot = generation & 1;
	struct bl_header head;

	memcpy(&head, set->blocks, sizeof(head));
	head.generation = generation;
	if (bpf_map_update_elem(lsm->map[MAP_HEADS], &slot, &head, 0) < 0)
		return fail(diag, "hand over", "the head of the rules");
	if (bpf_map_update_elem(lsm->map[MAP_IMAGES], &slot, &image, 0) < 0)
		return fail(diag, "hand over", "the map of the rules");
	if (bpf_map_update_elem(lsm->map[MAP_COUNTS], &slot, &counts, 0) < 0)
		return fail(diag, "hand over", "the map of the counts");
	return 0;
}

/* --- In force ----------------------------------------------------------------------------------- */

static void remember(struct lsm *lsm, const struct ruleset *set)
{
	const struct bl_header *h = (const struct bl_header *)set->blocks;
	struct ruleset_policy policy;
	uint32_t zero = 0, i;

	for (i = 0; i < BL_PLACES && ruleset_policy(set, i, &policy) == 0; i++) {
		snprintf(lsm->meta.policies[i].name, sizeof(lsm->meta.policies[i].name), "%s",
			 policy.name);
		lsm->meta.policies[i].bit = policy.bit;
		lsm->meta.policies[i].scope_hash = policy.scope_hash;
	}
	lsm->meta.n_policies = i;
	lsm->meta.loaded_at = (uint64_t)time(NULL);
	memcpy(lsm->meta.hash, h->hash, sizeof(lsm->meta.hash));
	(void)bpf_map_update_elem(lsm->map[MAP_META], &zero, &lsm->meta, 0);
}

/* What is replaced stops when what replaces it is in force. A task's label serves both for a moment,
 * and what was found for it while this generation was prepared stays in it. */
static void retire(struct lsm *lsm, struct diag *diag)
{
	if (!lsm->shares)
		__atomic_store_n(&lsm->old->control->generation, 0, __ATOMIC_SEQ_CST);
	/* What fails here is cleaned up by the next to take the lock. */
	(void)pins_remove(lsm->pins, "new", diag);
	lsm_close(lsm->old);
	lsm->old = NULL;
}

/* All that can still fail; only a rename comes after the labels. */
static int prepare(struct lsm *lsm, uint32_t generation, struct diag *diag)
{
	int r = lsm->pinned ? 0 : pins_write(lsm, diag);

	if (r == 0)
		r = tasks_label(lsm, generation, diag);
	if (r == 0 && !lsm->pinned)
		r = pins_commit(lsm, diag);
	if (r == 0)
		return 0;
	if (!lsm->pinned) {
		(void)pins_remove(lsm->pins, "new", NULL);
		(void)rmdir(lsm->pins); /* where nothing else is in it */
	}
	if (lsm->control->preparing)
		(void)tasks_forget(lsm, NULL);
	return r;
}

static int enforce(struct lsm *lsm, uint32_t generation, const struct ruleset *set,
		   struct diag *diag)
{
	const struct bl_header *h = (const struct bl_header *)set->blocks;
	int r;

	lsm->control->audit[generation & 1] = h->audit;
	r = prepare(lsm, generation, diag);
	if (r < 0)
		return r;
	__atomic_store_n(&lsm->control->generation, generation, __ATOMIC_SEQ_CST);
	__atomic_store_n(&lsm->control->preparing, 0, __ATOMIC_SEQ_CST);
	remember(lsm, set);
	if (lsm->old)
		retire(lsm, diag);
	return 0;
}

size_t lsm_before(const struct lsm *lsm, struct ruleset_before before[BL_PLACES])
{
	const struct lsm_meta *meta = lsm->old ? &lsm->old->meta : &lsm->meta;
	uint32_t i;

	for (i = 0; i < meta->n_policies; i++) {
		before[i].bit = meta->policies[i].bit & (BL_PLACES - 1);
		before[i].scope_hash = meta->policies[i].scope_hash;
		snprintf(before[i].name, sizeof(before[i].name), "%.64s", meta->policies[i].name);
	}
	return meta->n_policies;
}

/* Numbers go on where what is replaced stands: labels carry them. */
uint32_t lsm_next(const struct lsm *lsm)
{
	const struct lsm *last = lsm->old ? lsm->old : lsm;
	uint32_t next = __atomic_load_n(&last->control->generation, __ATOMIC_SEQ_CST) + 1;

	return next ? next : 2; /* 0 is nothing; the slot still changes */
}

int lsm_publish(struct lsm *lsm, const struct ruleset *set, struct diag *diag,
		uint32_t *ret_generation)
{
	CLEANUP(close_fd) int image = -1, counts = -1;
	uint32_t generation, slot;
	int r;

	if (lsm->lock < 0)
		return -EBADF;
	generation = lsm_next(lsm);
	slot = generation & 1;
	r = make_image(set, generation, diag, &image);
	if (r == 0)
		r = make_counts(set, diag, &counts);
	if (r == 0)
		r = fill_slot(lsm, generation, set, image, counts, diag);
	if (r == 0)
		r = enforce(lsm, generation, set, diag);
	if (r < 0) {
		empty_slot(lsm, slot);
		return r;
	}
	/* Putting the same map in its place again waits for programs that read the last generation. */
	if (fill_slot(lsm, generation, set, image, counts, diag) == 0)
		empty_slot(lsm, !slot);
	if (ret_generation)
		*ret_generation = generation;
	return 0;
}
