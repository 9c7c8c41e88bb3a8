/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: the reader of a ring, wherever the ring comes from (tests have one of their own). */
#ifndef LSM_RING_H
#define LSM_RING_H

#include "bailiff/lsm.h"

enum ring_loss {
	RING_LOST_LSM,
	RING_LOST_SECCOMP,
	RING_LOST_MISSES,
	RING_LOST_DAMAGED, /* counted by the reader itself */
	RING_LOSSES,
};

struct ring_source {
	int ring;	 /* descriptor of the map, borrowed */
	uint64_t load;	 /* tells loads apart: counts begin anew with each */
	const char *run; /* directory of the lock file */
	void *context;
	/* The generation in force (0: none), and its image, which the caller clears. */
	uint32_t (*generation)(void *context);
	int (*image)(void *context, uint32_t *ret_generation, struct ruleset *ret_set);
	/* What was lost since loading, but for RING_LOST_DAMAGED. Called for each batch. */
	void (*totals)(void *context, uint64_t totals[RING_LOSSES]);
	void (*release)(void *context); /* when the reader goes, or could not be opened; or NULL */
};

int ring_open(const struct ring_source *source, struct diag *diag, struct lsm_reader **ret_reader);

#endif
