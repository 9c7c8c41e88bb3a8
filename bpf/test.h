/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What test.bpf.c and the tests that drive it agree on. */
#ifndef BPF_TEST_H
#define BPF_TEST_H

#include "bailiff/abi.h"

/* What is asked about, and the answer. */
#define TEST_BATCH 256u
#define TEST_NAMES 16u
struct test_name {
	bl_u64 words[33]; /* struct bl_name */
};
struct test_path {
	bl_u32 from, op; /* state to start from; enum bl_op */
	bl_u64 places;
	bl_u32 n_names, state; /* state reached; BL_STATE_NONE: broken */
	bl_u64 deny, audit;
	bl_u32 rule, unused;
	bl_u32 lengths[TEST_NAMES];
	struct test_name names[TEST_NAMES];
};
struct test_net {
	bl_u64 places, high, low; /* as bl_net_decide() takes them */
	bl_u32 op, bits, port, protocol;
	bl_u64 deny, audit;
	bl_u32 rule, broken;
};

/* A path to walk: its text, NUL-terminated, and where its names lie in it. */
#define TEST_WALKS	65536u
#define TEST_WALK_NAMES 12u
#define TEST_WALK_TEXT	64u
struct test_walk {
	bl_u8 n, starts[TEST_WALK_NAMES], lengths[TEST_WALK_NAMES], unused[7];
	char text[2 * TEST_WALK_TEXT];
};

struct test_result {
	bl_u64 count, sum;
	bl_u64 bytes; /* of each record, where not the executable's path decides */
};

#endif
