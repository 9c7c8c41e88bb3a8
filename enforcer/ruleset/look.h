/* SPDX-License-Identifier: Apache-2.0 */
/* bpf/verdict.h over an image in memory. */
#ifndef BAILIFF_RULESET_LOOK_H
#define BAILIFF_RULESET_LOOK_H

#include "bailiff/ruleset.h"

typedef const struct ruleset *bl_image;

static inline const void *bl_block(bl_image image, bl_u32 n)
{
	return n < image->n_blocks ? image->blocks + (size_t)n * BL_BLOCK : NULL;
}

static inline void bl_loop(bl_u32 n, long (*step)(bl_u32, void *), void *context)
{
	for (bl_u32 i = 0; i < n; i++)
		if (step(i, context))
			return;
}

#include "bpf/verdict.h"

#endif
