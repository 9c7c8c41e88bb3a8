/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * place: the state (abi.h) of a file's place, remembered.
 *
 * A place is a dentry seen through a mount. Its state is computed from the root down, and remembered
 * with what proves that it still holds:
 *
 *   quick     generation, dentry, mount, and rename_lock and mount_lock, which nothing has taken for
 *             writing since. Two loads.
 *   after a rename elsewhere     the sum over every dentry up to the root of what its address and its
 *             d_seq make. The kernel moves d_seq whenever a dentry's name, parent or inode changes. As
 *             long as a dentry's d_seq stands, so does its parent, which it holds on to: so equal sums
 *             mean the same names, without reading one.
 *   after a change of mounts     nothing: it is computed anew.
 *
 * The address of a freed dentry is used again without any rename: lsm/d_instantiate, which every new
 * dentry with an inode passes, forgets what was remembered under it. Negative dentries are never
 * remembered.
 *
 * Walks go up through mounts to the root of the mount tree, whatever the task's own root is.
 * Whatever can't be judged (too deep, moving at every try, out of any tree) is BL_STATE_NONE, and
 * callers fall closed.
 */
#ifndef BPF_PLACE_H
#define BPF_PLACE_H

#include "bpf/maps.h"

/* In the kernel's private mounts (pipes, memfd, the layers of an overlay): no name to judge. */
#define STATE_EXEMPT 0xffffffffu
/* In a tree that the task's mount namespace does not hold. */
#define STATE_FOREIGN 0xfffffffeu

#define PLACE_TRIES 64u

#define PLACE_REMEMBER 1u /* the leaf has an inode */
#define PLACE_ANY_TREE 2u /* what another namespace mounted is judged by its own root */

#define CLIMB_TOO_DEEP	0u /* the loop ended by itself */
#define CLIMB_DONE	1u /* the state is known here */
#define CLIMB_NO_WAY_UP 2u
#define CLIMB_TORN	3u

static __always_inline u32 sequence_of(const void *lock)
{
	u32 value = 1; /* odd: being written */

	if (have_cast)
		return CAST(seqcount, lock)->sequence;
	bpf_probe_read_kernel(&value, sizeof(value), lock);
	return value;
}

static __always_inline u64 mount_of(u64 vfsmount)
{
	return vfsmount - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline u64 chain_of(u64 dentry, u32 seq)
{
	u64 x = (dentry ^ secret) * 0x9e3779b97f4a7c15ull + seq;

	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 32;
}

static __always_inline struct bl_memory *memory_slot(u64 dentry)
{
	u32 slot = (u32)((dentry >> 6) * 0x9e3779b1u) >> 16;

	return bpf_map_lookup_elem(&memory, &slot);
}

/* Each two halves as one number, in the order of struct bl_memory. */
static __always_inline u64 check_of(u64 dentry, u64 mount, u64 locks, u64 chain, u64 state,
				    u64 care_read, u64 care_write, u64 ns)
{
	const u64 k = 0x9fb21c651e98df25ull;
	u64 x = secret ^ dentry;

	x = x * k + mount;
	x = x * k + locks;
	x = x * k + chain;
	x = x * k + state;
	x = x * k + care_read;
	x = x * k + care_write;
	return x * k + ns;
}

static __always_inline u64 memory_check(const struct bl_memory *m, u64 ns)
{
	return check_of(m->dentry, m->mount, (u64)m->mount_seq << 32 | m->rename_seq, m->chain,
			(u64)m->generation << 32 | m->state, m->care_read, m->care_write, ns);
}

/* Another processor may be writing it: what is judged must be what was checked. */
static __always_inline void memory_copy(struct bl_memory *to, const struct bl_memory *from)
{
	for (u32 i = 0; i < sizeof(*to) / 8; i++)
		((u64 *)to)[i] = ((const volatile u64 *)from)[i];
}

/* --- Up --------------------------------------------------------------------------------------- */

/* A dentry's parent (0: it can't be read) and d_seq. */
static __always_inline u64 climb_read(u64 dentry, u64 *cell, u32 *ret_seq)
{
	const u32 seq = bpf_core_field_offset(struct dentry, d_seq);
	const u32 parent = bpf_core_field_offset(struct dentry, d_parent);
	u64 words[4] = {};

	if (have_cast) {
		*ret_seq = CAST(dentry, dentry)->d_seq.seqcount.sequence;
		return NUMBER(cell, CAST(dentry, dentry)->d_parent);
	}
	if (parent - seq == 20) { /* 6.1: one call for both */
		if (bpf_probe_read_kernel(words, sizeof(words), (void *)(dentry + parent - 24)))
			return 0;
		*ret_seq = (u32)(words[0] >> 32);
		return words[3];
	}
	*ret_seq = BPF_CORE_READ((struct dentry *)dentry, d_seq.seqcount.sequence);
	return (u64)BPF_CORE_READ((struct dentry *)dentry, d_parent);
}

/* Crosses to the mount below which this one lies. 1: there is none. */
static __always_inline int climb_cross(struct climb *c, u64 *cell)
{
	u64 mount = c->mount, parent = NUMBER(cell, FETCH(mount, mount, mnt_parent));

	if (parent == mount || !parent)
		return 1;
	c->dentry = NUMBER(cell, FETCH(mount, mount, mnt_mountpoint));
	c->mount = parent;
	c->root = NUMBER(cell, FETCH(mount, parent, mnt.mnt_root));
	return 0;
}

/* Is this place remembered, at this moment of the walk? */
static __always_inline int climb_memory(struct scratch *s)
{
	const struct climb *c = &s->climb;
	const struct bl_memory *slot = memory_slot(c->dentry);
	struct bl_memory *m = &s->seen;

	if (!slot || slot->dentry != c->dentry)
		return 0;
	memory_copy(m, slot);
	return m->dentry == c->dentry && m->mount == c->mount &&
	       m->generation == s->place.generation && m->rename_seq == c->rename_seq &&
	       m->mount_seq == c->mount_seq && m->check == memory_check(m, s->place.ns);
}

static long climb_step(u32 i, void *context)
{
	struct scratch *s = ((struct run *)context)->s;
	struct climb *c = &s->climb;
	struct level *level;
	u64 parent, chain;
	u32 seq = 1;

	if (c->dentry == c->root) {
		if (!climb_cross(c, &s->cell))
			return 0;
		c->state = BL_STATE_ROOT;
		c->result = CLIMB_DONE;
		return 1;
	}
	if (i && !c->all && climb_memory(s)) {
		c->state = s->seen.state;
		c->above = s->seen.chain;
		c->result = CLIMB_DONE;
		return 1;
	}
	parent = climb_read(c->dentry, &s->cell, &seq);
	if (!parent || parent == c->dentry || seq & 1) {
		c->result = seq & 1 ? CLIMB_TORN : CLIMB_NO_WAY_UP;
		return 1;
	}
	chain = chain_of(c->dentry, seq);
	c->chain += chain;
	if (c->collect) {
		if (c->n >= BL_MAX_DEPTH)
			return 1;
		level = &s->levels[c->n & (BL_MAX_DEPTH - 1)];
		level->dentry = c->dentry;
		level->mount = c->mount;
		level->chain = chain;
		c->n++;
	}
	c->dentry = parent;
	return 0;
}

/* From s->climb.dentry and .mount, whose sequences are read already, as far up as it needs. */
static __always_inline void climb(struct scratch *s, u32 collect, u32 all)
{
	struct climb *c = &s->climb;
	struct run run = {.s = s};
	u64 mount = c->mount;

	c->chain = c->above = 0;
	c->n = c->state = 0;
	c->result = CLIMB_TOO_DEEP;
	c->collect = collect;
	c->all = all;
	c->root = NUMBER(&s->cell, FETCH(mount, mount, mnt.mnt_root));
	bpf_loop(BL_MAX_DEPTH * 2, climb_step, &run, 0);
}

/* Sets out from a place. 0: somebody is moving things at this moment. */
static __always_inline int climb_start(struct scratch *s)
{
	struct climb *c = &s->climb;

	c->dentry = s->place.dentry;
	c->mount = s->place.mount;
	c->rename_seq = sequence_of(&rename_lock);
	c->mount_seq = sequence_of(&mount_lock);
	return !((c->rename_seq | c->mount_seq) & 1);
}

static __always_inline int climb_stands(const struct climb *c)
{
	return sequence_of(&rename_lock) == c->rename_seq &&
	       sequence_of(&mount_lock) == c->mount_seq;
}

/* --- Down ------------------------------------------------------------------------------------- */

/* Reads a dentry's name into the scratch. Its length; 0: it could not be read. */
static __always_inline u32 name_read(struct scratch *s, u64 dentry)
{
	struct qstr name = {};
	u32 length;

	if (have_cast) {
		name.hash_len = CAST(dentry, dentry)->d_name.hash_len;
		name.name = CAST(dentry, dentry)->d_name.name;
	} else {
		bpf_probe_read_kernel(
			&name, sizeof(name),
			(void *)(dentry + bpf_core_field_offset(struct dentry, d_name)));
	}
	length = (u32)(name.hash_len >> 32);
	if (!length || length > BL_NAME_MAX ||
	    bpf_probe_read_kernel(&s->name, length & 0xff, name.name))
		return 0;
	return length;
}

static __always_inline void remember(struct scratch *s, u64 dentry, u64 mount)
{
	u32 image = s->place.generation & 1;
	const struct bl_header *h = bl_first(image);
	const struct bl_pair *read = h ? bl_pair(image, h, s->climb.down, BL_OP_READ) : NULL;
	struct bl_memory *m = memory_slot(dentry);

	if (!m || !read)
		return;
	m->dentry = dentry;
	m->mount = mount;
	m->rename_seq = s->climb.rename_seq;
	m->mount_seq = s->climb.mount_seq;
	m->chain = s->climb.sum;
	m->state = s->climb.down;
	m->generation = s->place.generation;
	m->care_read = read[0].deny | read[0].audit;
	m->care_write = read[1].deny | read[1].audit; /* BL_OP_WRITE, in the same block */
	m->check = memory_check(m, s->place.ns);
}

static long descend_step(u32 i, void *context)
{
	struct run *run = context;
	struct scratch *s = run->s;
	struct level *level;
	u32 length;

	if (i >= s->climb.n)
		return 1;
	level = &s->levels[(s->climb.n - 1 - i) & (BL_MAX_DEPTH - 1)];
	length = name_read(s, level->dentry);
	s->climb.down = length ? bl_step(s->place.generation & 1, s->climb.down, &s->name, length)
			       : BL_STATE_NONE;
	if (s->climb.down == BL_STATE_NONE)
		return 1;
	s->climb.sum += level->chain;
	if (i + 1 < s->climb.n || s->place.flags & PLACE_REMEMBER)
		remember(s, level->dentry, level->mount);
	return 0;
}

/* --- A place ---------------------------------------------------------------------------------- */

/* Is this mount one whose names the task's policies speak of? 0: yes; else the state it has. */
static __always_inline u32 tree_state(struct scratch *s)
{
	u64 mount = s->place.mount;
	u64 ns = NUMBER(&s->cell, FETCH(mount, mount, mnt_ns));

	if (ns == MNT_NS_INTERNAL)
		return STATE_EXEMPT;
	return ns == s->place.ns || s->place.flags & PLACE_ANY_TREE ? 0 : STATE_FOREIGN;
}

/* One try to compute s->place: a state, or BL_STATE_NONE with `why` as the counter; 0 there: torn. */
__noinline u32 place_try(u32 slot)
{
	struct scratch *s = scratch_at(slot);
	struct run run = {.s = s, .slot = slot};

	if (!s)
		return BL_STATE_NONE;
	s->length = BL_COUNT_CLOSED_TORN;
	if (!climb_start(s))
		return BL_STATE_NONE;
	climb(s, 1, 0);
	if (s->climb.result == CLIMB_TORN)
		return BL_STATE_NONE;
	if (s->climb.result != CLIMB_DONE) {
		s->length = BL_COUNT_CLOSED_DEPTH;
		return BL_STATE_NONE;
	}
	s->climb.down = s->climb.state;
	s->climb.sum = s->climb.above;
	bpf_loop(BL_MAX_DEPTH, descend_step, &run, 0);
	if (!climb_stands(&s->climb))
		return BL_STATE_NONE;
	if (s->climb.down == BL_STATE_NONE)
		s->length = BL_COUNT_CLOSED_IMAGE;
	return s->climb.down;
}

/* What was remembered before something was renamed: does it still hold? */
static __always_inline u32 revalidate(struct scratch *s)
{
	struct bl_memory *slot = memory_slot(s->place.dentry), *m = &s->old;

	if (!slot)
		return BL_STATE_NONE;
	memory_copy(m, slot);
	if (m->dentry != s->place.dentry || m->mount != s->place.mount ||
	    m->generation != s->place.generation || !climb_start(s) ||
	    m->mount_seq != s->climb.mount_seq || m->check != memory_check(m, s->place.ns))
		return BL_STATE_NONE;
	climb(s, 0, 0);
	if (s->climb.result != CLIMB_DONE || s->climb.chain + s->climb.above != m->chain ||
	    !climb_stands(&s->climb))
		return BL_STATE_NONE;
	m->rename_seq = s->climb.rename_seq;
	m->check = memory_check(m, s->place.ns);
	*slot = *m; /* torn by another writer, the check is wrong, and the place is forgotten */
	return m->state;
}

/* The state of s->place, which the quick look did not find. BL_STATE_NONE: fall closed; it is
 * counted. */
__noinline u32 place_resolve(u32 slot)
{
	struct scratch *s = scratch_at(slot);
	u32 state, i;

	if (!s)
		return BL_STATE_NONE;
	if (s->place.flags & PLACE_REMEMBER) {
		state = revalidate(s);
		if (state != BL_STATE_NONE) {
			COUNT(BL_COUNT_REVALIDATED);
			return state;
		}
	}
	for (i = 0; i < PLACE_TRIES; i++) {
		state = place_try(slot);
		if (state != BL_STATE_NONE) {
			COUNT(BL_COUNT_WALKED);
			return state;
		}
		if (s->length != BL_COUNT_CLOSED_TORN)
			break;
	}
	COUNT(s->length & (BL_COUNTERS - 1));
	return BL_STATE_NONE;
}

/*
 * The quick look, for reads and writes: 1, with deny | audit of them in *ret_care. 0: place_resolve()
 * must be asked.
 */
static __always_inline int place_remembered(u64 dentry, u64 mount, u64 ns, u32 generation, u32 ops,
					    u64 *ret_care)
{
	const volatile u64 *slot = (const volatile u64 *)memory_slot(dentry);
	u64 locks, chain, state, care_read, care_write, check, now;

	if (!slot)
		return 0;
	locks = slot[2];
	if (slot[0] != dentry || slot[1] != mount)
		return 0;
	now = (u64)sequence_of(&mount_lock) << 32 | sequence_of(&rename_lock);
	if (locks != now)
		return 0;
	chain = slot[3];
	state = slot[4];
	care_read = slot[5];
	care_write = slot[6];
	check = slot[7];
	if (state >> 32 != generation ||
	    check != check_of(dentry, mount, locks, chain, state, care_read, care_write, ns))
		return 0;
	*ret_care = (ops & 1u << BL_OP_READ ? care_read : 0) |
		    (ops & 1u << BL_OP_WRITE ? care_write : 0);
	return 1;
}

/* lsm/d_instantiate: a dentry gets an inode, maybe at the address of one that was remembered. */
static __always_inline void place_forget(u64 dentry)
{
	struct bl_memory *m = memory_slot(dentry);

	if (m && m->dentry == dentry)
		m->dentry = 0;
}

#endif
