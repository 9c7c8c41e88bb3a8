/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to see of what is loaded. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bailiff/base.h"
#include "room.h"

#define MAX_IDS 512

/* Names and meanings of the counters: the only list of them. */
static const struct {
	const char *name, *meaning;
} counters[BL_COUNTERS] = {
	[BL_COUNT_DENIED] = {"denied", "verdicts that refused"},
	[BL_COUNT_WOULD_DENY] = {"would-deny", "refusals that audit mode let through"},
	[BL_COUNT_AUDITED] = {"audited", "allowed, and told"},
	[BL_COUNT_QUIET] = {"quiet", "refused without a record, by report: no"},
	[BL_COUNT_LOST_LSM] = {"lost-lsm", "records of hooks that the ring had no room for"},
	[BL_COUNT_LOST_SECCOMP] = {"lost-seccomp",
				   "records of filters that the ring had no room for"},
	[BL_COUNT_UNCOUNTED] = {"uncounted", "verdicts whose rule's count could not be raised"},
	[BL_COUNT_CLOSED_LABEL] = {"closed-label", "refused because no label could be had"},
	[BL_COUNT_CLOSED_DEPTH] = {"closed-depth", "refused because the path is too deep"},
	[BL_COUNT_CLOSED_TORN] = {"closed-torn", "refused because the tree moved at every try"},
	[BL_COUNT_CLOSED_MEMORY] = {"closed-memory", "refused because scratch memory ran out"},
	[BL_COUNT_CLOSED_IMAGE] =
		{"closed-image",
		 "refused because the rules in the kernel lack what they should hold"},
	[BL_COUNT_REMEMBERED] = {"remembered", "paths judged from memory"},
	[BL_COUNT_REVALIDATED] = {"revalidated",
				  "paths judged from memory after a rename elsewhere"},
	[BL_COUNT_WALKED] = {"walked", "paths judged from the root or a known directory down"},
	[BL_COUNT_MENDED] = {"mended", "labels computed at a hook"},
};

const char *lsm_counter_name(enum bl_counter counter)
{
	return counter < BL_COUNTERS ? counters[counter].name : NULL;
}

const char *lsm_counter_meaning(enum bl_counter counter)
{
	return counter < BL_COUNTERS ? counters[counter].meaning : NULL;
}

static uint32_t generation_of(const struct lsm *lsm)
{
	return lsm->control ? __atomic_load_n(&lsm->control->generation, __ATOMIC_ACQUIRE) : 0;
}

uint32_t lsm_generation(const struct lsm *lsm)
{
	return generation_of(lsm);
}

bool lsm_is_current(const struct lsm *lsm)
{
	return lsm->meta.object == lsm_object_hash() && lsm->n_links >= lsm->meta.n_links;
}

/* The map in a slot of `images` or `counts`. */
static int inner_map(const struct lsm *lsm, enum lsm_map which, uint32_t slot)
{
	uint32_t id;
	int fd;

	if (bpf_map_lookup_elem(lsm->map[which], &slot, &id) < 0)
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

static int map_entries(int fd, uint32_t *ret_n)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	*ret_n = info.max_entries;
	return 0;
}

int lsm_image(struct lsm *lsm, uint32_t *ret_generation, struct ruleset *ret_set)
{
	uint32_t generation = generation_of(lsm), n = 0;
	CLEANUP(close_fd) int fd = -1;
	uint8_t *copy;
	void *p;
	int r;

	if (!generation)
		return -ENOENT;
	fd = inner_map(lsm, MAP_IMAGES, generation & 1);
	r = fd < 0 ? fd : map_entries(fd, &n);
	if (r < 0)
		return r;
	copy = aligned_alloc(BL_BLOCK, (size_t)n * BL_BLOCK);
	if (!copy)
		return -ENOMEM;
	p = mmap(NULL, (size_t)n * BL_BLOCK, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		r = -errno;
		free(copy);
		return r;
	}
	memcpy(copy, p, (size_t)n * BL_BLOCK);
	munmap(p, (size_t)n * BL_BLOCK);
	r = ruleset_check(copy, n, NULL);
	if (r < 0) {
		free(copy);
		return r;
	}
	*ret_set = (struct ruleset){.blocks = copy, .n_blocks = n};
	*ret_generation = ((const struct bl_header *)copy)->generation;
	return 0;
}

int lsm_counts(struct lsm *lsm, uint64_t *counts, size_t n)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	CLEANUP(free_ptr) uint32_t *keys = NULL;
	CLEANUP(close_fd) int fd = -1;
	uint32_t have = 0, asked, next = 0;
	int r;

	memset(counts, 0, n * sizeof(*counts));
	fd = inner_map(lsm, MAP_COUNTS, generation_of(lsm) & 1);
	r = fd < 0 ? fd : map_entries(fd, &have);
	if (r < 0)
		return r;
	asked = n < have ? (uint32_t)n : have;
	keys = calloc(asked + 1, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	if (asked && bpf_map_lookup_batch(fd, NULL, &next, keys, counts, &asked, &opts) < 0 &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

int lsm_busy(struct lsm *lsm, uint64_t *ret_bits)
{
	uint64_t task, next, bits = 0;
	struct bl_label label;
	bool first = true;

	while (bpf_map_get_next_key(lsm->map[MAP_LABELS], first ? NULL : &task, &next) == 0) {
		first = false;
		task = next;
		if (bpf_map_lookup_elem(lsm->map[MAP_LABELS], &task, &label) == 0)
			bits |= label.member | label.next_member | label.pending_member;
		else if (errno != ENOENT) /* it has one, and what is in it is not known */
			return -errno;
	}
	if (errno != ENOENT)
		return -errno;
	*ret_bits = bits;
	return 0;
}

int lsm_mode(struct lsm *lsm, uint64_t places, bool audit, struct diag *diag)
{
	uint32_t generation = generation_of(lsm);
	uint64_t *word = &lsm->control->audit[generation & 1];

	if (lsm->lock < 0 || !generation) {
		diag_error(diag, NULL, "nothing is loaded");
		return -ENOENT;
	}
	if (audit)
		__atomic_fetch_or(word, places, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(word, ~places, __ATOMIC_SEQ_CST);
	return 0;
}

/* --- Memory and programs ------------------------------------------------------------------------ */

struct ids {
	uint32_t id[MAX_IDS];
	size_t n;
};

static bool add_id(struct ids *ids, uint32_t id)
{
	size_t i;

	for (i = 0; i < ids->n; i++)
		if (ids->id[i] == id)
			return false;
	if (ids->n < MAX_IDS)
		ids->id[ids->n++] = id;
	return true;
}

/* What /proc says of a map or program: "memlock:	4096". */
static uint64_t memory_of(int fd)
{
	CLEANUP(close_file) FILE *f = NULL;
	char path[64], line[128];
	uint64_t bytes = 0;
	const char *at;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		at = line;
		if (take_word(&at, "memlock:") && take_number(&at, 10, &bytes))
			break;
	}
	return bytes;
}

static uint64_t map_memory(struct ids *maps, uint32_t id)
{
	uint64_t bytes;
	int fd;

	if (!add_id(maps, id))
		return 0;
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return 0;
	bytes = memory_of(fd);
	close(fd);
	return bytes;
}

/* A program's share, and that of its maps which no other had. */
static uint64_t look_at_program(uint32_t id, struct ids *maps, struct lsm_hook_state *ret_hook)
{
	uint32_t map_ids[64];
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info), i;
	uint64_t bytes;
	int fd = bpf_prog_get_fd_by_id(id);

	if (fd < 0)
		return 0;
	info.nr_map_ids = ARRAY_LEN(map_ids);
	info.map_ids = (uintptr_t)map_ids;
	bytes = memory_of(fd);
	if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0) {
		ret_hook->missed = info.recursion_misses;
		ret_hook->instructions = info.verified_insns;
		for (i = 0; i < info.nr_map_ids && i < ARRAY_LEN(map_ids); i++)
			bytes += map_memory(maps, map_ids[i]);
	}
	close(fd);
	return bytes;
}

static uint64_t look_at_link(const struct lsm_link *link, struct ids *maps,
			     struct lsm_hook_state *hook)
{
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);
	int number = probe_number(link->program);

	hook->program = link->program;
	hook->hook = number < 0 ? "?" : probe_hook((size_t)number)->hook;
	if (bpf_obj_get_info_by_fd(link->fd, &info, &size) < 0)
		return 0;
	return look_at_program(info.prog_id, maps, hook);
}

static uint64_t inner_memory(const struct lsm *lsm, enum lsm_map which)
{
	uint64_t bytes = 0;
	uint32_t slot;
	int fd;

	for (slot = 0; slot < 2; slot++) {
		fd = inner_map(lsm, which, slot);
		if (fd < 0)
			continue;
		bytes += memory_of(fd);
		close(fd);
	}
	return bytes;
}

/* Up to 6.3, the kernel says of a map that is filled as needed what it would take when full: then this
 * is what is too much. */
static uint64_t overstated(const struct lsm *lsm, uint64_t tasks)
{
	const uint64_t entry = 64 + sizeof(struct bl_label) + sizeof(uint64_t), bucket = 16;
	uint64_t said = memory_of(lsm->map[MAP_LABELS]);
	uint32_t n = 0;

	if (map_entries(lsm->map[MAP_LABELS], &n) < 0 || said < n * sizeof(struct bl_label))
		return 0;
	return said - n * bucket - tasks * entry;
}

static int look_at_hooks(struct lsm *lsm, struct lsm_status *status)
{
	struct ids *maps = calloc(1, sizeof(*maps));
	uint64_t bytes;
	size_t i;

	free(lsm->hooks);
	lsm->hooks = calloc(lsm->n_links + 1, sizeof(*lsm->hooks));
	if (!maps || !lsm->hooks) {
		free(maps);
		return -ENOMEM;
	}
	bytes = inner_memory(lsm, MAP_IMAGES) + inner_memory(lsm, MAP_COUNTS);
	for (i = 0; i < lsm->n_links; i++)
		bytes += look_at_link(&lsm->links[i], maps, &lsm->hooks[i]);
	free(maps);
	status->kernel_bytes = bytes - overstated(lsm, status->tasks);
	status->hooks = lsm->hooks;
	status->n_hooks = lsm->n_links;
	return 0;
}

static void look_at_counters(const struct lsm *lsm, struct lsm_status *status)
{
	void *p = mmap(NULL, sizeof(status->counters), PROT_READ, MAP_SHARED,
		       lsm->map[MAP_COUNTERS], 0);

	if (p == MAP_FAILED)
		return;
	memcpy(status->counters, p, sizeof(status->counters));
	munmap(p, sizeof(status->counters));
}

/* How many bytes wait in the ring: its two positions, each in a page of its own. */
static uint32_t ring_waiting(const struct lsm *lsm)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned long consumer, producer;
	void *p;

	p = mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED, lsm->map[MAP_RING], 0);
	if (p == MAP_FAILED)
		return 0;
	consumer = __atomic_load_n((unsigned long *)p, __ATOMIC_ACQUIRE);
	munmap(p, (size_t)page);
	p = mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED, lsm->map[MAP_RING], page);
	if (p == MAP_FAILED)
		return 0;
	producer = __atomic_load_n((unsigned long *)p, __ATOMIC_ACQUIRE);
	munmap(p, (size_t)page);
	return (uint32_t)(producer - consumer);
}

/* Another may be counting too: then it is its sum that is wrong, or ours, and both say so by nothing
 * worse than a number. Counting writes the control map, but by the program, not by us. */
static void count_tasks(struct lsm *lsm, struct lsm_status *status)
{
	uint64_t tasks = lsm->control->tasks, governed = lsm->control->governed;

	if (tasks_pass(lsm, "count_tasks") < 0)
		return;
	status->tasks = __atomic_load_n(&lsm->control->tasks, __ATOMIC_SEQ_CST) - tasks;
	status->governed = __atomic_load_n(&lsm->control->governed, __ATOMIC_SEQ_CST) - governed;
}

int lsm_status(struct lsm *lsm, struct diag *diag, struct lsm_status *ret_status)
{
	struct lsm_status status = {0};
	int r;

	status.abi = lsm->meta.abi;
	status.generation = generation_of(lsm);
	status.audit = lsm->control->audit[status.generation & 1];
	status.ring_bytes = lsm->meta.ring_bytes;
	status.ring_waiting = ring_waiting(lsm);
	status.loaded_at = lsm->meta.loaded_at;
	status.locked = lsm->control->locked != 0;
	status.silent = !probe_hooks_are_called();
	look_at_counters(lsm, &status);
	count_tasks(lsm, &status);
	r = look_at_hooks(lsm, &status);
	if (r < 0) {
		diag_system(diag, -r, "look at", "the programs", NULL);
		return r;
	}
	*ret_status = status;
	return 0;
}
