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

#define PLACE_TRIES   64u
#define CHAIN_DEPTH   40u /* the verifier follows each turn of that loop */
#define UNNAMED_DEPTH 32u

#define PLACE_REMEMBER 1u  /* the leaf has an inode */
#define PLACE_ANY_TREE 2u  /* what another namespace mounted is judged by its own root */
#define PLACE_UNNAMED  4u  /* in a private mount: judged as a path that no rule names */
#define PLACE_ONCE     8u  /* what is not refused is told of once a file and process */
#define PLACE_FIRM     16u /* tell of what is refused, and of nothing else */

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

/* What one dentry adds to the sum: the lower half of its address, and its d_seq. Neither their order
 * nor a small difference must cancel out, so it is no linear function. `secret` is odd. */
static __always_inline u64 chain_of(u32 dentry, u32 seq)
{
	u64 x = ((u64)seq << 32 | dentry) * secret;

	return x ^ x >> 32;
}

/* The lower half of a pointer, as a number. */
static __always_inline u32 low_half(const void *pointer)
{
	u32 low;

	asm volatile("%0 = %1" : "=w"(low) : "w"((u32)(u64)pointer));
	return low;
}

static __always_inline struct bl_memory *memory_slot(u32 dentry)
{
	u32 slot = (dentry >> 6) * 0x9e3779b1u >> 16;

	return bpf_map_lookup_elem(&memory, &slot);
}

#define MEMORY_STATE 0xffffffull /* of bl_memory.chain */

static __always_inline u64 locks_now(void)
{
	return (u64)sequence_of(&mount_lock) << 32 | sequence_of(&rename_lock);
}

#define LOCKS_HELD 0x100000001ull /* for writing: odd */
#define LOCK_WAITS (1u << 16)	  /* some milliseconds */

static long wait_step(u32 i, void *context)
{
	(void)i, (void)context;
	return !(locks_now() & LOCKS_HELD);
}

/* The same when nobody writes under either, as the kernel's own readers wait for; but not for ever: who holds
 * one may be a virtual CPU that does not run. */
static __always_inline u64 locks_settled(void)
{
	u64 locks = locks_now();

	if (!(locks & LOCKS_HELD))
		return locks;
	bpf_loop(LOCK_WAITS, wait_step, NULL, 0);
	return locks_now();
}

/* A copy of what is remembered in a slot. 0: nothing whole. (Loads are not reordered on x86-64; a
 * processor that does it would need a fence here.) */
static __always_inline int memory_copy(struct bl_memory *to, const struct bl_memory *from)
{
	u32 version = *(const volatile u32 *)&from->version;

	for (u32 i = 0; i < sizeof(*to) / 8; i++)
		((u64 *)to)[i] = ((const volatile u64 *)from)[i];
	return !(version & 1) && *(const volatile u32 *)&from->version == version;
}

/* Whoever comes second does not wait: the place is not remembered this time. */
static __always_inline void memory_write(struct bl_memory *to, const struct bl_memory *from)
{
	u32 version = *(volatile u32 *)&to->version;

	if (version & 1 ||
	    __sync_val_compare_and_swap(&to->version, version, version + 1) != version)
		return;
	*(volatile u64 *)&to->dentry = from->dentry;
	*(volatile u64 *)&to->mount = from->mount;
	*(volatile u64 *)&to->ns = from->ns;
	*(volatile u64 *)&to->locks = from->locks;
	*(volatile u32 *)&to->generation = from->generation;
	*(volatile u64 *)&to->care_read = from->care_read;
	*(volatile u64 *)&to->care_write = from->care_write;
	*(volatile u64 *)&to->chain = from->chain;
	__sync_val_compare_and_swap(&to->version, version + 1, version + 2);
}

/* Those of a task's places that have rules about names: of files, programs, unix paths. Closed: all of
 * them, where the image is broken. */
static __always_inline u64 name_places(u32 generation, u64 places)
{
	const u64 *classes = bl_block(generation & 1, 1);
	const u64 *network = bl_block(generation & 1, 2);

	if (!classes || !network)
		return places;
	return places & (classes[0] | classes[1] |
			 network[__builtin_offsetof(struct bl_header, unix_paths) % BL_BLOCK / 8]);
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
	const struct bl_memory *slot = memory_slot((u32)c->dentry);
	struct bl_memory *m = &s->seen;

	if (!slot || slot->dentry != c->dentry || slot->locks != c->locks)
		return 0;
	return memory_copy(m, slot) && m->dentry == c->dentry && m->mount == c->mount &&
	       m->ns == s->place.ns && m->generation == s->place.generation && m->locks == c->locks;
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
		c->state = (u32)(s->seen.chain & MEMORY_STATE);
		c->above = s->seen.chain >> 24;
		c->result = CLIMB_DONE;
		return 1;
	}
	parent = climb_read(c->dentry, &s->cell, &seq);
	if (!parent || parent == c->dentry || seq & 1) {
		c->result = seq & 1 ? CLIMB_TORN : CLIMB_NO_WAY_UP;
		return 1;
	}
	chain = chain_of((u32)c->dentry, seq);
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
	c->locks = locks_settled();
	return !(c->locks & LOCKS_HELD);
}

static __always_inline int climb_stands(const struct climb *c)
{
	return locks_now() == c->locks;
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
	struct bl_memory *slot = memory_slot((u32)dentry), *m = &s->seen;

	if (!slot || !read)
		return;
	m->dentry = dentry;
	m->mount = mount;
	m->ns = s->place.ns;
	m->locks = s->climb.locks;
	m->generation = s->place.generation;
	m->care_read = read[0].deny | read[0].audit;
	m->care_write = read[1].deny | read[1].audit; /* BL_OP_WRITE, in the same block */
	m->chain = s->climb.sum << 24 | s->climb.down;
	memory_write(slot, m);
	s->care_read = m->care_read;
	s->care_write = m->care_write;
	s->cared = 1; /* the last one is the place itself */
}

/* What was remembered of this level before something was renamed, or while we climbed: the sum tells
 * whether it still holds. Then its name need not be read. */
static __always_inline int descend_memory(struct scratch *s, const struct level *level)
{
	struct bl_memory *slot = memory_slot((u32)level->dentry), *m = &s->seen;

	if (!slot || slot->dentry != level->dentry || !memory_copy(m, slot) ||
	    m->dentry != level->dentry || m->mount != level->mount || m->ns != s->place.ns ||
	    m->generation != s->place.generation || (m->locks ^ s->climb.locks) >> 32 ||
	    (s->climb.sum ^ m->chain >> 24) << 24)
		return 0;
	m->locks = s->climb.locks;
	memory_write(slot, m);
	s->climb.down = (u32)(m->chain & MEMORY_STATE);
	s->care_read = m->care_read;
	s->care_write = m->care_write;
	s->cared = 1;
	return 1;
}

static long descend_step(u32 i, void *context)
{
	struct run *run = context;
	struct scratch *s = run->s;
	struct level *level;
	u32 length, last;

	if (i >= s->climb.n)
		return 1;
	level = &s->levels[(s->climb.n - 1 - i) & (BL_MAX_DEPTH - 1)];
	s->climb.sum += level->chain;
	s->cared = 0;
	last = i + 1 == s->climb.n && !(s->place.flags & PLACE_REMEMBER);
	if (!last && descend_memory(s, level))
		return 0;
	length = name_read(s, level->dentry);
	s->climb.down = length ? bl_step(s->place.generation & 1, s->climb.down, &s->name, length)
			       : BL_STATE_NONE;
	if (s->climb.down == BL_STATE_NONE)
		return 1;
	if (!last)
		remember(s, level->dentry, level->mount);
	return 0;
}

/* --- A place ---------------------------------------------------------------------------------- */

/* The namespace that holds a mount; 0: none. */
static __always_inline u64 mount_ns(struct scratch *s, u64 mount)
{
	return NUMBER(&s->cell, FETCH(mount, mount, mnt_ns));
}

/* Is this mount one whose names the task's policies speak of? 0: yes; else the state it has. */
static __always_inline u32 tree_state(struct scratch *s)
{
	u64 mount = s->place.mount, ns = mount_ns(s, mount), sb;

	if (ns == MNT_NS_INTERNAL)
		return STATE_EXEMPT;
	/* Remembered as that namespace's own, so that a later open through it does not find it. */
	if (s->place.flags & PLACE_ANY_TREE)
		s->place.ns = ns;
	if (ns == s->place.ns)
		return 0;
	/* mq_open() goes through a mount of the IPC namespace that is in no tree. */
	sb = NUMBER(&s->cell, FETCH(mount, mount, mnt.mnt_sb));
	if (!ns && FETCH(super_block, sb, s_magic) == MQUEUE_MAGIC)
		return STATE_EXEMPT;
	return STATE_FOREIGN;
}

/* The state of what has no name: as deep a path as there is that no rule names. */
__noinline u32 unnamed_state(u32 image)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_state *known;
	u32 state = BL_STATE_ROOT, i;

	for (i = 0; i < UNNAMED_DEPTH; i++) {
		known = h ? bl_state(image, h, state) : NULL;
		if (!known)
			return BL_STATE_NONE;
		if (known->globs & BL_SINK)
			break;
		state = known->other;
	}
	return state;
}

/* One try to compute s->place: a state, or BL_STATE_NONE with `why` as the counter; 0 there: torn. */
__noinline u32 place_try(u32 slot)
{
	struct scratch *s = scratch_at(slot);
	struct run run = {.s = s, .slot = slot};

	if (!s)
		return BL_STATE_NONE;
	s->cared = 0; /* a torn try may have set it */
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
	bpf_loop(s->climb.n, descend_step, &run, 0);
	if (!climb_stands(&s->climb))
		return BL_STATE_NONE;
	if (s->climb.down == BL_STATE_NONE)
		s->length = BL_COUNT_CLOSED_IMAGE;
	return s->climb.down;
}

/* What is remembered of s->place, and holds at this moment; else BL_STATE_NONE. */
static __always_inline u32 place_known(struct scratch *s)
{
	const struct bl_memory *slot = memory_slot((u32)s->place.dentry);
	struct bl_memory *m = &s->seen;

	if (!(s->place.flags & PLACE_REMEMBER) || !slot || slot->dentry != s->place.dentry ||
	    !memory_copy(m, slot) || m->dentry != s->place.dentry || m->mount != s->place.mount ||
	    m->ns != s->place.ns || m->generation != s->place.generation || m->locks != locks_now())
		return BL_STATE_NONE;
	s->care_read = m->care_read;
	s->care_write = m->care_write;
	s->cared = 1;
	return (u32)(m->chain & MEMORY_STATE);
}

/* The state of s->place. BL_STATE_NONE: fall closed; it is counted. */
__noinline u32 place_resolve(u32 slot)
{
	struct scratch *s = scratch_at(slot);
	u32 state, i;

	if (!s)
		return BL_STATE_NONE;
	state = place_known(s);
	if (state != BL_STATE_NONE)
		return state;
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

/* lsm/d_instantiate: a dentry gets an inode, maybe at the address of one that was remembered. */
static __always_inline void place_forget(u64 dentry)
{
	struct bl_memory *m = memory_slot((u32)dentry);

	if (m && m->dentry == dentry)
		*(volatile u64 *)&m->dentry = 0;
}

/* --- The quick look --------------------------------------------------------------------------- */

/* From the mount, whose root we are at, to the one below which it lies. 1: gone there; 0: this is the
 * top; negative: it can't be told this way. */
static __always_inline int chain_cross(void **mount, struct dentry **dentry, struct dentry **root)
{
	const u32 from = bpf_core_field_offset(struct mount, mnt_parent);
	u64 here[3], above[3]; /* mnt_parent, mnt_mountpoint, mnt.mnt_root */
	struct mount *parent;

	if (have_cast) {
		parent = CAST(mount, *mount)->mnt_parent;
		if ((void *)parent == *mount)
			return 0;
		*dentry = CAST(mount, *mount)->mnt_mountpoint;
		*root = CAST(mount, parent)->mnt.mnt_root;
		*mount = parent;
		return 1;
	}
	/* Numbers, not pointers: enough where nothing above the mount has a name, as with the root file
	 * system of a host. */
	if (bpf_core_field_offset(struct mount, mnt_mountpoint) != from + 8 ||
	    bpf_core_field_offset(struct mount, mnt.mnt_root) != from + 16 ||
	    bpf_probe_read_kernel(here, sizeof(here), *mount + from))
		return -1;
	if (here[0] == (u64)*mount)
		return 0;
	if (bpf_probe_read_kernel(above, sizeof(above), (void *)(here[0] + from)))
		return -1;
	return above[0] == here[0] && above[2] == here[1] ? 0 : -1;
}

/* The sum over a place's dentries up to the root, << 24, from pointers that the verifier knows. 1: it
 * can't be had this way. */
static __noinline u64 chain_up(struct dentry *dentry, struct vfsmount *vfsmount)
{
	void *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	struct dentry *root = vfsmount->mnt_root, *parent;
	u64 sum = 0;
	u32 i, seq;
	int crossed;

	for (i = 0; i < CHAIN_DEPTH; i++) {
		if (dentry == root) {
			crossed = chain_cross(&mount, &dentry, &root);
			if (crossed <= 0)
				return crossed ? 1 : sum << 24;
			continue;
		}
		seq = dentry->d_seq.seqcount.sequence;
		parent = dentry->d_parent;
		if (seq & 1 || parent == dentry)
			return 1;
		sum += chain_of(low_half(dentry), seq);
		dentry = parent;
	}
	return 1;
}

/*
 * Is the place of a file remembered? For reads and writes: 1, with deny | audit of them in *ret_care.
 * 0: place_resolve() must be asked. Pointers are only compared.
 */
static __always_inline int place_remembered(struct file *file, const void *mount, const void *ns,
					    u32 generation, u32 ops, u64 *ret_care)
{
	struct dentry *dentry = file->f_path.dentry;
	struct bl_memory *slot = memory_slot(low_half(dentry));
	u64 locks, now, chain, up, care = 0;
	u32 version;

	if (!slot)
		return 0;
	version = *(volatile u32 *)&slot->version;
	locks = *(volatile u64 *)&slot->locks;
	if (ops & 1u << BL_OP_READ)
		care = *(volatile u64 *)&slot->care_read;
	if (ops & 1u << BL_OP_WRITE)
		care |= *(volatile u64 *)&slot->care_write;
	if (*(volatile u64 *)&slot->dentry != (u64)dentry ||
	    *(volatile u64 *)&slot->mount != (u64)mount || *(volatile u64 *)&slot->ns != (u64)ns ||
	    *(volatile u32 *)&slot->generation != generation || version & 1)
		return 0;
	*ret_care = care;
	now = locks_now();
	if (locks == now)
		return *(volatile u32 *)&slot->version == version;
	/* Something was renamed since: does the sum still hold? */
	chain = *(volatile u64 *)&slot->chain;
	if ((locks ^ now) >> 32 || now & 1)
		return 0;
	up = chain_up(dentry, file->f_path.mnt);
	if (up & 1 || (up ^ chain) >> 24 || locks_now() != now)
		return 0;
	/* The slot still is as it was when it was read, or this fails. */
	if (__sync_val_compare_and_swap(&slot->version, version, version + 1) != version)
		return 0;
	*(volatile u64 *)&slot->locks = now;
	__sync_val_compare_and_swap(&slot->version, version + 1, version + 2);
	COUNT(BL_COUNT_REVALIDATED);
	return 1;
}

#endif
