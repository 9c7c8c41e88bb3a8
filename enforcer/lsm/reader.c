/* SPDX-License-Identifier: Apache-2.0 */
/* What the ring's reader asks of what is loaded. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include <bpf/bpf.h>

#include "ring.h"
#include "room.h"

#define COUNTERS_BYTES (BL_COUNTERS * sizeof(uint64_t))
#define TELLER	       "tell_seccomp" /* the one program that the kernel may skip */

struct sight {
	struct lsm *lsm;
	const volatile uint64_t *counters;
	int ring;   /* reading it means writing: lsm's own may be read-only */
	int teller; /* -1: it is not there */
	uint64_t misses;
	time_t looked; /* a system call a second is enough */
};

static int teller_program(const struct lsm *lsm)
{
	int link = lsm_link_fd(lsm, TELLER);
	struct bpf_link_info info = {0};
	uint32_t size = sizeof(info);

	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &size) < 0)
		return -1;
	return bpf_prog_get_fd_by_id(info.prog_id);
}

static uint32_t generation_of(void *context)
{
	const struct sight *sight = context;

	return __atomic_load_n(&sight->lsm->control->generation, __ATOMIC_ACQUIRE);
}

static int image_of(void *context, uint32_t *ret_generation, struct ruleset *ret_set)
{
	const struct sight *sight = context;

	return lsm_image(sight->lsm, ret_generation, ret_set);
}

static void totals_of(void *context, uint64_t totals[RING_LOSSES])
{
	struct sight *sight = context;
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (sight->teller >= 0 && now.tv_sec != sight->looked) {
		sight->looked = now.tv_sec;
		if (bpf_obj_get_info_by_fd(sight->teller, &info, &size) == 0)
			sight->misses = info.recursion_misses;
	}
	totals[RING_LOST_LSM] = sight->counters[BL_COUNT_LOST_LSM];
	totals[RING_LOST_SECCOMP] = sight->counters[BL_COUNT_LOST_SECCOMP];
	totals[RING_LOST_MISSES] = sight->misses;
}

static void release(void *context)
{
	struct sight *sight = context;

	if (sight->counters)
		munmap((void *)(uintptr_t)sight->counters, COUNTERS_BYTES);
	close_fd(&sight->ring);
	close_fd(&sight->teller);
	free(sight);
}

static uint64_t map_number(int map)
{
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(map, &info, &size) < 0 ? 0 : info.id;
}

/* What it needs of the maps. 0 or -errno. */
static int open_maps(struct sight *sight, uint32_t ring)
{
	void *counters =
		mmap(NULL, COUNTERS_BYTES, PROT_READ, MAP_SHARED, sight->lsm->map[MAP_COUNTERS], 0);

	if (counters == MAP_FAILED)
		return -errno;
	sight->counters = counters;
	sight->ring = bpf_map_get_fd_by_id(ring);
	return sight->ring < 0 ? -errno : 0;
}

int lsm_reader_open(struct lsm *lsm, struct diag *diag, struct lsm_reader **ret_reader)
{
	struct sight *sight = calloc(1, sizeof(*sight));
	struct ring_source source = {
		.load = map_number(lsm->map[MAP_RING]),
		.run = LSM_RUN,
		.context = sight,
		.generation = generation_of,
		.image = image_of,
		.totals = totals_of,
		.release = release,
	};
	int r;

	if (!sight)
		return -ENOMEM;
	sight->lsm = lsm;
	sight->ring = -1;
	sight->teller = teller_program(lsm);
	r = open_maps(sight, (uint32_t)source.load);
	if (r < 0) {
		diag_system(diag, -r, "open", "the ring of violations", NULL);
		release(sight);
		return r;
	}
	source.ring = sight->ring;
	return ring_open(&source, diag, ret_reader);
}
