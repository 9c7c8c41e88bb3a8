/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the reader of what is loaded gets everything from. It is all opened at first, so that the
 * reader can give its privileges up: what it reads later is mapped, or asked of a descriptor. Images
 * alone take privilege, for a new one comes with each generation.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "bailiff/base.h"
#include "ring.h"
#include "room.h"

#define TELLERS 8u

struct reading {
	struct lsm *lsm;
	const uint64_t *counters; /* mapped */
	int tellers[TELLERS];	  /* programs that only tell, and may be skipped */
	size_t n_tellers;
	lsm_image_of *image_of;
	void *context;
};

void reading_free(struct reading *reading)
{
	if (!reading)
		return;
	if (reading->counters)
		munmap((void *)(uintptr_t)reading->counters, sizeof(uint64_t) * BL_COUNTERS);
	for (size_t i = 0; i < reading->n_tellers; i++)
		close(reading->tellers[i]);
	free(reading);
}

static uint32_t generation_of(void *context)
{
	const struct reading *reading = context;

	return lsm_generation(reading->lsm);
}

static int image_of(void *context, uint32_t *ret_generation, struct ruleset *ret_set)
{
	struct reading *reading = context;

	if (reading->image_of)
		return reading->image_of(reading->context, ret_generation, ret_set);
	return lsm_image(reading->lsm, ret_generation, ret_set);
}

static void totals_of(void *context, uint64_t totals[RING_LOSSES])
{
	const struct reading *reading = context;
	struct bpf_prog_info info;
	uint32_t size;

	totals[RING_LOST_LSM] =
		__atomic_load_n(&reading->counters[BL_COUNT_LOST_LSM], __ATOMIC_RELAXED);
	totals[RING_LOST_SECCOMP] =
		__atomic_load_n(&reading->counters[BL_COUNT_LOST_SECCOMP], __ATOMIC_RELAXED);
	for (size_t i = 0; i < reading->n_tellers; i++) {
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (bpf_obj_get_info_by_fd(reading->tellers[i], &info, &size) == 0)
			totals[RING_LOST_MISSES] += info.recursion_misses;
	}
}

/* fentry programs: the kernel skips them where they would nest. LSM programs it never skips. */
static void find_tellers(struct reading *reading)
{
	const struct lsm *lsm = reading->lsm;
	struct bpf_link_info info;
	uint32_t size;
	int fd, number;

	for (size_t i = 0; i < lsm->n_links && reading->n_tellers < TELLERS; i++) {
		number = probe_number(lsm->links[i].program);
		if (number < 0 || strncmp(probe_hook((size_t)number)->hook, "fentry:", 7) != 0)
			continue;
		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (bpf_obj_get_info_by_fd(lsm->links[i].fd, &info, &size) < 0)
			continue;
		fd = bpf_prog_get_fd_by_id(info.prog_id);
		if (fd >= 0)
			reading->tellers[reading->n_tellers++] = fd;
	}
}

static int reading_new(struct lsm *lsm, struct reading **ret_reading)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	void *p;

	if (!reading)
		return -ENOMEM;
	reading->lsm = lsm;
	p = mmap(NULL, sizeof(uint64_t) * BL_COUNTERS, PROT_READ, MAP_SHARED,
		 lsm->map[MAP_COUNTERS], 0);
	if (p == MAP_FAILED) {
		free(reading);
		return -errno;
	}
	reading->counters = p;
	find_tellers(reading);
	*ret_reading = reading;
	return 0;
}

int lsm_reader_open(struct lsm *lsm, struct diag *diag, struct lsm_reader **ret_reader)
{
	struct ring_source source = {
		.run = LSM_RUN,
		.generation = generation_of,
		.image = image_of,
		.totals = totals_of,
	};
	struct bpf_map_info info = {0};
	uint32_t size = sizeof(info);
	int r;

	if (lsm->reading)
		return -EBUSY;
	if (bpf_obj_get_info_by_fd(lsm->map[MAP_RING], &info, &size) == 0)
		source.load = info.id;
	r = reading_new(lsm, &lsm->reading);
	if (r < 0) {
		diag_system(diag, -r, "map", "the counters", NULL);
		return r;
	}
	source.ring = lsm->map[MAP_RING];
	source.context = lsm->reading;
	r = ring_open(&source, diag, ret_reader);
	if (r < 0)
		reading_free(STEAL(lsm->reading));
	return r;
}

void lsm_reader_images(struct lsm *lsm, lsm_image_of *image, void *context)
{
	if (!lsm->reading)
		return;
	lsm->reading->image_of = image;
	lsm->reading->context = context;
}
