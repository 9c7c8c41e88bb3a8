/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* files: hooks of `files` (and unix paths, and the W^X words of `exec`). */
#ifndef BPF_FILES_H
#define BPF_FILES_H

#include "bpf/tell.h"

#define OP(name) (1u << BL_OP_##name)

/* One operation on s->place, whose state is known. */
__noinline long judge_op(u32 slot, u32 state, u32 op)
{
	struct scratch *s = scratch_at(slot);
	const struct bl_state *known;
	const struct bl_pair *pair;
	const struct bl_header *h;
	struct question *q;
	u32 image;
	long result;

	if (!s)
		return -EPERM;
	q = &s->question;
	image = s->place.generation & 1;
	h = bl_first(image);
	pair = h ? bl_pair(image, h, state, op) : NULL;
	known = h ? bl_state(image, h, state) : NULL;
	if (!pair || !known)
		return -EPERM;
	q->deny = pair->deny & q->places;
	q->audit = pair->audit & q->places;
	if (!(q->deny | q->audit))
		return 0;
	q->decider = known->decider;
	q->generation = s->place.generation;
	q->op = op;
	q->dentry = s->place.dentry;
	q->mount = s->place.mount;
	record_start(slot, q->generation);
	result = tell(slot);
	return answer(result);
}

/* How judge_place is asked: the generation, PLACE_ flags, and operations by bit. */
#define ASK(generation, flags, ops) ((u64)(generation) << 32 | (u64)(flags) << 16 | (ops))

/* Judges operations on s->place, of which the addresses and the namespace are set; gives the slot
 * back. */
static __always_inline long judge_taken(struct scratch *s, u32 slot, u64 places, u64 ask)
{
	u32 generation = (u32)(ask >> 32), state, op;
	u64 escape = 0, dentry = s->place.dentry, mount = s->place.mount, care;
	long result = 0, one;

	s->place.generation = generation;
	s->place.flags = (u32)ask >> 16;
	s->question.places = places;
	state = tree_state(s);
	if (state == STATE_FOREIGN) {
		escape = ESCAPE(TREE);
	} else if (state != STATE_EXEMPT) {
		state = place_resolve(slot);
		care = ~0ull;
		if (s->cared && !(ask & 0xffff & ~(OP(READ) | OP(WRITE))))
			care = (ask & OP(READ) ? s->care_read : 0) |
			       (ask & OP(WRITE) ? s->care_write : 0);
		if (state == BL_STATE_NONE)
			escape = ESCAPE(UNKNOWN);
		for (op = 0; op < BL_OPS && !escape && care & places; op++) {
			if (!(ask >> op & 1))
				continue;
			one = judge_op(slot, state, op);
			if (!result)
				result = one;
		}
	}
	scratch_give(slot);
	if (escape)
		result = refuse(places, generation, escape, dentry, mount);
	return answer(result);
}

/* Judges operations on a place whose addresses are numbers. 0 or -errno. */
__noinline long judge_place(u64 dentry, u64 mount, u64 ns, u64 places, u64 ask)
{
	u32 slot = scratch_take();
	struct scratch *s = scratch_at(slot);

	if (!s)
		return -EPERM; /* closed: nothing to judge with */
	s->place.dentry = dentry;
	s->place.mount = mount;
	s->place.ns = ns;
	return judge_taken(s, slot, places, ask);
}

/* The same, of a slot with s->place's addresses in it. */
__noinline long judge_slot(u32 slot, u64 places, u64 ask)
{
	struct scratch *s = scratch_at(slot);

	return s ? judge_taken(s, slot, places, ask) : -EPERM;
}

/* Reads and writes are most of what there is: answered from memory where nobody cares. */
static __always_inline long judge_file(struct file *file, struct task_struct *task, u64 places,
				       u64 ask)
{
	void *dentry = file->f_path.dentry, *ns = task->nsproxy->mnt_ns;
	void *mount = (void *)file->f_path.mnt - bpf_core_field_offset(struct mount, mnt);
	struct scratch *s;
	u64 care;
	u32 slot;

	if (!(ask & 0xffff & ~(OP(READ) | OP(WRITE))) &&
	    place_remembered(dentry, mount, ns, (u32)(ask >> 32), (u32)ask, &care) &&
	    !(care & places))
		return 0;
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s)
		return -EPERM; /* closed */
	s->place.dentry = (u64)dentry;
	s->place.mount = (u64)mount;
	s->place.ns = (u64)ns;
	return judge_slot(slot, places, ask);
}

SEC("lsm/file_open") int file_open(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file = (struct file *)ctx[0];
	u32 generation = control.generation, ops = 0, mode;
	struct who who;

	if (!generation)
		return 0;
	if (who_now(task, generation, &who))
		return -EPERM;
	if (!who.file_places)
		return 0;
	mode = file->f_mode;
	if (file->f_flags & FMODE_EXEC)
		ops = OP(EXECUTE);
	else if (mode & FMODE_READ)
		ops = OP(READ);
	if (mode & FMODE_WRITE)
		ops |= OP(WRITE);
	return ops ? (int)answer(judge_file(file, task, who.file_places,
					    ASK(generation, PLACE_REMEMBER, ops)))
		   : 0;
}

SEC("lsm/d_instantiate") int d_instantiate(u64 *ctx)
{
	u64 dentry;

	if (!bpf_get_func_arg(ctx, 0, &dentry))
		place_forget(dentry);
	return 0;
}

#endif
