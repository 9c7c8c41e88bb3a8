/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/test.bpf.c in this machine's kernel. Tests and the benchmark share it. */
#ifndef BAILIFF_HELP_KERNEL_H
#define BAILIFF_HELP_KERNEL_H

#include "../../enforcer/lsm/ring.h"
#include "bailiff/ruleset.h"
#include "bpf/test.h"

struct kernel {
	struct bpf_object *object;
	struct test_path *paths; /* TEST_BATCH */
	struct test_net *nets;	 /* TEST_BATCH */
	struct test_walk *walks; /* TEST_WALKS */
	uint64_t *counters;	 /* enum bl_counter */
	int ring, prefixes;
	uint32_t ring_bytes;
	int image; /* -1: none */
};

/* Loads it, with a ring of so many bytes. NULL: this machine does not let us, with the reason. */
const char *kernel_open(struct kernel *kernel, uint32_t ring_bytes);
void kernel_close(struct kernel *kernel);
/* Makes this the image that is asked. 0 or -errno. */
int kernel_image(struct kernel *kernel, const struct ruleset *set);
/* Runs a program to its end. 0 or -errno. */
int kernel_run(struct kernel *kernel, const char *program, struct test_result *result);

/* A reader of its ring that names rules by `set` as generation 1 (borrowed). */
struct kernel_reading {
	struct kernel *kernel;
	const struct ruleset *set;
	char run[64];
};
int kernel_reader(struct kernel_reading *reading, struct lsm_reader **ret_reader);

#endif
