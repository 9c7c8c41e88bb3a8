/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* maps: all that the programs share, and what bounds it. */
#ifndef BPF_MAPS_H
#define BPF_MAPS_H

#include "bpf/kernel.h"

/* Set by the loader before loading. */
const volatile u64 secret;	 /* for the check of what is remembered */
const volatile u32 wakeup_bytes; /* the reader of the ring is woken when so much waits */

struct bl_control control SEC(".data.control");
u64 counters[BL_COUNTERS] SEC(".data.counters");

#define COUNT(which) __sync_fetch_and_add(&counters[which], 1)

struct image_template {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP | BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, BL_BLOCK);
};
/* The image of a generation lies in slot (generation & 1). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct image_template);
} images SEC(".maps");

struct counts_template {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
};
/* The header of each image again, where it is found more cheaply. Written before the image. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct bl_header);
} heads SEC(".maps");

/* How often each rule decided, by its number; same slots. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, u32);
	__array(values, struct counts_template);
} counts SEC(".maps");

/* By the address of the task. The loader sets how many. Full: forks are refused. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1u << 20);
	__type(key, u64);
	__type(value, struct bl_label);
} labels SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BL_MEMORY_SLOTS);
	__type(key, u32);
	__type(value, struct bl_memory);
} memory SEC(".maps");

/* Open files of which it was told that they are read or written, so that not every read of a file that
 * is audited makes a record: a hash of file, process and generation, and the accesses in its lowest
 * bits. Direct-mapped; what is lost is told again. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u64);
} told SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BL_SEATS);
	__type(key, u32);
	__type(value, struct bl_seat);
} seats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1u << 20);
} ring SEC(".maps");

/* --- Images ----------------------------------------------------------------------------------- */

/* The slot of a generation: in the kernel an image is looked up in `images` block by block, so that
 * functions which the verifier checks by themselves can be given one. */
typedef u32 bl_image;

static __always_inline const void *bl_block(bl_image image, u32 block)
{
	void *blocks = bpf_map_lookup_elem(&images, &image);

	return blocks ? bpf_map_lookup_elem(blocks, &block) : NULL;
}
#define bl_loop(n, fn, context) bpf_loop(n, fn, context, 0)

static __always_inline const struct bl_header *bl_head(bl_image image)
{
	return bpf_map_lookup_elem(&heads, &image);
}
#define bl_first(image) bl_head(image)

#include "bpf/verdict.h"

/* --- Scratch memory ---------------------------------------------------------------------------
 *
 * A slot belongs to one run of one program: the stack has 512 bytes for eight frames, and
 * per-processor memory would not do, for a program can be preempted by another on the same processor.
 * Functions that the verifier checks by themselves get its number.
 */
#define SCRATCH_SLOTS 64u

struct level {
	u64 dentry; /* or a kernfs node */
	u64 mount;
	u64 chain; /* what this level adds to the sum */
};

struct climb {
	u64 dentry, mount, root; /* where we are; the root of this mount */
	u64 chain;		 /* sum over the levels climbed */
	u64 above;		 /* and over those above, where one was remembered */
	u64 locks;		 /* as bl_memory.locks */
	u32 n;			 /* levels written */
	u32 state;		 /* of where we stopped */
	u32 result;		 /* CLIMB_* */
	u32 collect;		 /* write levels */
	u32 all;		 /* to the root, whatever is remembered */
	u32 down;		 /* the state on the way down */
	u64 sum;		 /* and the sum */
};

struct place {
	u64 dentry, mount;
	u64 ns;	  /* mount namespace of the task */
	u64 file; /* an open one; 0: none */
	u32 generation;
	u32 flags; /* PLACE_* */
};

/* Everything about one task that scopes ask for; of any task, not only the current one. */
struct person {
	u64 cgroup_node; /* kernfs node */
	u64 cgroup;
	u64 exe_dentry, exe_mount; /* 0: none (a kernel thread) */
	u32 uid;
	u64 policies, by; /* found */
};

/* What is asked, and what is told of it. */
struct question {
	u64 places;	 /* of the task */
	u64 deny, audit; /* of those */
	u64 mode;	 /* places in audit mode */
	u64 ops;	 /* asked about a place */
	u32 generation, op;
	u32 decider; /* NO_DECIDER: bailiff's own, of `rule` */
	u32 rule;    /* BL_NO_RULE: of none */
	s32 result;
	u32 named, killed;
	u64 dentry, mount; /* the object, where it is a path */
};

/* An address, as verdict.h is asked about it. */
struct endpoint {
	u64 high, low;
	u32 bits, mapped;	    /* mapped: written as IPv6 */
	u32 family, type, protocol; /* of the socket */
	u32 port;
};

struct scratch {
	u32 taken, length; /* length: of the name */
	u64 cell;	   /* for NUMBER() */
	struct bl_name name;
	struct place place;
	struct climb climb;
	struct bl_memory seen;	   /* a copy to look at */
	u64 care_read, care_write; /* of the place, where `cared` */
	u32 cared, unused;
	struct question question;
	struct person person;
	struct bl_label fresh;
	struct bl_net net;
	struct endpoint endpoint;
	struct level levels[BL_MAX_DEPTH];
	struct bl_record record;
	char text[BL_OBJECT_MAX * 2 + 512]; /* right behind the record */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SCRATCH_SLOTS);
	__type(key, u32);
	__type(value, struct scratch);
} scratches SEC(".maps");

/* What callbacks of loops get. */
struct run {
	struct scratch *s;
	u32 slot, n;
};

static __always_inline struct scratch *scratch_at(u32 slot)
{
	return bpf_map_lookup_elem(&scratches, &slot);
}

struct taking {
	u32 start, slot;
};

static long scratch_try(u32 i, void *context)
{
	struct taking *taking = context;
	u32 slot = (taking->start + i) % SCRATCH_SLOTS;
	struct scratch *s = scratch_at(slot);

	if (!s || s->taken || __sync_val_compare_and_swap(&s->taken, 0, 1))
		return 0;
	taking->slot = slot;
	return 1;
}

/* A slot's number. SCRATCH_SLOTS, which is counted, where all are taken: then callers fall closed. */
__noinline u32 scratch_take(void)
{
	struct taking taking = {
		.start = bpf_get_smp_processor_id() * 8,
		.slot = SCRATCH_SLOTS,
	};

	/* The first one is free, nearly always. */
	if (scratch_try(0, &taking))
		return taking.slot;
	bpf_loop(SCRATCH_SLOTS, scratch_try, &taking, 0);
	if (taking.slot >= SCRATCH_SLOTS)
		COUNT(BL_COUNT_CLOSED_MEMORY);
	return taking.slot;
}

static __always_inline void scratch_give(u32 slot)
{
	struct scratch *s = scratch_at(slot);

	if (s)
		*(volatile u32 *)&s->taken = 0;
}

#endif
