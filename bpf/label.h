/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * label: who is governed by what. Every task has a label, ungoverned ones too, so that "no label"
 * never means "allowed". It is inherited in task_alloc, and checked and mended at every hook:
 * generation, cgroup and user must be the task's.
 *
 * What a task does itself (exec, setuid, cgroup) only adds policies.
 */
#ifndef BPF_LABEL_H
#define BPF_LABEL_H

#include "bpf/entry.h"

/* --- Cgroups ---------------------------------------------------------------------------------- */

#define CGROUP_DEPTH (1u << 16)

static long nodes_up(u32 i, void *context)
{
	struct scratch *s = ((struct run *)context)->s;
	u64 node = s->climb.dentry, parent;

	if (bpf_core_field_exists(struct kernfs_node, parent))
		parent = (u64)BPF_CORE_READ((struct kernfs_node *)node, parent);
	else
		parent = (u64)BPF_CORE_READ((struct kernfs_node___renamed *)node, __parent);
	if (!parent)
		return 1;
	s->levels[i & (BL_MAX_DEPTH - 1)].dentry = node;
	s->climb.n = i + 1;
	s->climb.dentry = parent;
	return 0;
}

static long nodes_down(u32 i, void *context)
{
	struct run *run = context;
	struct scratch *s = run->s;
	const char *name;
	u64 node;
	long length;

	if (i >= s->climb.n)
		return 1;
	node = s->levels[(s->climb.n - 1 - i) & (BL_MAX_DEPTH - 1)].dentry;
	name = BPF_CORE_READ((struct kernfs_node *)node, name);
	length = bpf_probe_read_kernel_str(&s->name, BL_NAME_MAX + 1, name) - 1;
	s->climb.down = length > 0 ? bl_step(run->n, s->climb.down, &s->name, (u32)length & 0xff)
				   : BL_STATE_NONE;
	return s->climb.down == BL_STATE_NONE;
}

/* The state of the cgroup whose kernfs node this is. */
__noinline u32 cgroup_state(u32 slot, u32 image, u64 node)
{
	struct scratch *s = scratch_at(slot);
	struct run run = {.s = s, .slot = slot, .n = image};

	if (!s)
		return BL_STATE_NONE;
	s->climb.dentry = node;
	s->climb.n = 0;
	s->climb.down = BL_STATE_CGROUPS;
	if (node) /* deeper than BL_MAX_DEPTH, the names next to the root are kept */
		bpf_loop(CGROUP_DEPTH, nodes_up, &run, 0);
	bpf_loop(BL_MAX_DEPTH, nodes_down, &run, 0);
	return s->climb.down;
}

/* --- Whose scope a task meets ----------------------------------------------------------------- */

/* Those whose scope names the executable of s->person, and its `by` sets. 0, or -EPERM: it can't be told.
 * PLACE_REMEMBER, where the file can't go away meanwhile: another task's can, and its dentry be another.
 * Inlined: there are only eight frames. */
static __always_inline int scope_of_file(struct scratch *s, u32 slot, u32 generation, u32 remember)
{
	u32 image = generation & 1, state;
	const struct bl_header *h = bl_first(image);
	const struct bl_pair *pair;

	s->place.dentry = s->person.exe_dentry;
	s->place.mount = s->person.exe_mount;
	s->place.ns = mount_ns(s, s->person.exe_mount);
	s->place.generation = generation;
	s->place.flags = PLACE_ANY_TREE | remember;
	/* (A memfd has no path, and none above it either.) */
	state = s->place.ns == MNT_NS_INTERNAL ? unnamed_state(image) : place_resolve(slot);
	pair = h ? bl_pair(image, h, state, BL_OP_SCOPE) : NULL;
	if (!pair)
		return -EPERM;
	s->person.policies |= pair->deny;
	s->person.by = pair->audit;
	return 0;
}

/* Finds the policies whose scope s->person meets by what it is now. 0, or -EPERM: it can't be told. */
__noinline int scope_of(u32 slot, u32 generation)
{
	struct scratch *s = scratch_at(slot);
	u32 image = generation & 1, state;
	const struct bl_header *h = bl_first(image);
	const u64 *second = bl_block(image, 1);
	const struct bl_decision *user;
	const struct bl_pair *pair;

	if (!h || !second || !s)
		return -EPERM;
	s->person.policies = second[5]; /* host */
	s->person.by = 0;
	user = bl_decision(image, h, bl_find_1(image, h, BL_FROM_USER, s->person.uid));
	if (user)
		s->person.policies |= user->decided;
	state = cgroup_state(slot, image, s->person.cgroup_node);
	pair = bl_pair(image, h, state, BL_OP_SCOPE);
	if (!pair)
		return -EPERM;
	s->person.policies |= pair->deny;
	return s->person.exe_dentry ? scope_of_file(s, slot, generation, 0) : 0;
}

/* Workers of io_uring act for their process, but stay who it was when they were started: its first thread
 * says who it is now. */
static __always_inline u32 task_uid(struct task_struct *task)
{
	if (task->flags & PF_IO_WORKER)
		return task->group_leader->real_cred->uid.val;
	return task->real_cred->uid.val;
}

static __always_inline void person_of(struct task_struct *task, struct person *p)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	p->cgroup_node = (u64)BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	p->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	if (BPF_CORE_READ(task, flags) & PF_IO_WORKER)
		p->uid = BPF_CORE_READ(task, group_leader, real_cred, uid.val);
	else
		p->uid = BPF_CORE_READ(task, real_cred, uid.val);
	p->exe_dentry = p->exe_mount = 0;
	if (exe) {
		p->exe_dentry = (u64)BPF_CORE_READ(exe, f_path.dentry);
		p->exe_mount = mount_of((u64)BPF_CORE_READ(exe, f_path.mnt));
	}
}

/* Places of a label whose membership is settled. */
static __always_inline int label_place(struct bl_label *label, u32 generation)
{
	u32 image = generation & 1;
	const struct bl_header *h = bl_first(image);
	const u64 *second = bl_block(image, 1);

	if (!h || !second || h->generation != generation)
		return -EPERM;
	label->places = bl_places(image, h, label->member, label->by);
	label->file_places = label->places & (second[0] | second[1]);
	label->generation = generation;
	return 0;
}

/*
 * Brings a label's membership to a generation. Policies that are gone, or whose scope is another, are
 * found anew.
 *
 * A task that iter/task has overlooked was being forked all the while: it has its parent's label of then,
 * and what it does to be forked slowly must not free it. So it stays in all that still has a bit: bits
 * that a label has are not given to other policies.
 */
static __always_inline int label_carry(struct bl_label *label, u32 generation)
{
	const u64 *second = bl_block(generation & 1, 1), *third = bl_block(generation & 1, 3);
	u64 member = 0;

	if (!second || !third)
		return -EPERM;
	if (label->member_of == generation)
		return 0;
	if (label->member_of + 1 == generation)
		member = label->member & third[0]; /* kept */
	else if (label->next != generation)
		member = (label->member | label->next_member) & second[7];
	if (label->next == generation)
		member |= label->next_member;
	label->member = member;
	label->member_of = generation;
	return 0;
}

/* --- The label of the current task ------------------------------------------------------------ */

/* The label is there, and s->person is the current task. 0, or -EPERM. */
__noinline int label_begin(u32 slot, u64 address)
{
	struct scratch *s = scratch_at(slot);

	if (!s)
		return -EPERM;
	if (!bpf_map_lookup_elem(&labels, &address))
		bpf_map_update_elem(&labels, &address, &s->fresh, BPF_NOEXIST);
	person_of(bpf_get_current_task_btf(), &s->person);
	return 0;
}

/* What scope_of() found goes into the label. 0, or -EPERM. */
__noinline int label_end(u32 slot, u64 address, u32 generation)
{
	struct bl_label *label = bpf_map_lookup_elem(&labels, &address);
	struct scratch *s = scratch_at(slot);
	int error, entry;

	if (!s || !label)
		return -EPERM;
	entry = entry_free(label, &s->person, generation);
	if (label_carry(label, generation))
		return -EPERM;
	label->member |= s->person.policies;
	label->by = s->person.by;
	label->cgroup = s->person.cgroup;
	label->uid = s->person.uid;
	COUNT(BL_COUNT_MENDED);
	error = label_place(label, generation);
	if (!error && entry && name_places(generation, label->places))
		entry_begin(label);
	return error;
}

/* Computes what is missing or no longer true of the current task's label. 0, or -EPERM. Inlined:
 * there are only eight frames. */
static __always_inline int label_mend(u32 generation)
{
	u64 address = bpf_get_current_task();
	u32 slot = scratch_take();
	int error;

	if (slot >= SCRATCH_SLOTS)
		return -EPERM;
	error = label_begin(slot, address);
	if (!error)
		error = scope_of(slot, generation);
	if (!error)
		error = label_end(slot, address, generation);
	scratch_give(slot);
	return error;
}

/* --- Seats ------------------------------------------------------------------------------------
 *
 * A look into the hash map costs a hundred instructions, and every hook of every task makes one. So a
 * label's words that verdicts need lie in an array too. A seat is written by its own task alone, and
 * by others for themselves, who take it over.
 */

/* What a hook needs to know of the current task. */
struct who {
	u64 places, file_places;
};

static const struct bl_label nobody;

static __always_inline struct bl_seat *seat_slot(u32 task)
{
	u32 slot = (task >> 6) * 0x9e3779b1u >> 19;

	return bpf_map_lookup_elem(&seats, &slot);
}

static __always_inline int seat_read(struct task_struct *task, u32 generation, struct who *who)
{
	const struct bl_seat *seat = seat_slot(low_half(task));
	u32 version;

	if (!seat)
		return 0;
	version = *(const volatile u32 *)&seat->version;
	who->places = *(const volatile u64 *)&seat->places;
	who->file_places = *(const volatile u64 *)&seat->file_places;
	return *(const volatile u64 *)&seat->task == (u64)task &&
	       *(const volatile u32 *)&seat->generation == generation &&
	       *(const volatile u64 *)&seat->cgroup == task->cgroups->dfl_cgrp->kn->id &&
	       *(const volatile u32 *)&seat->uid == task_uid(task) && !(version & 1) &&
	       *(const volatile u32 *)&seat->version == version;
}

/* Takes a seat. The address is a number. */
static __always_inline void seat_write(u64 task, const struct bl_label *label)
{
	struct bl_seat *seat = seat_slot((u32)task);
	u32 version;

	if (!seat)
		return;
	version = *(volatile u32 *)&seat->version;
	if (version & 1 ||
	    __sync_val_compare_and_swap(&seat->version, version, version + 1) != version)
		return;
	*(volatile u64 *)&seat->task = task;
	*(volatile u32 *)&seat->uid = label->uid;
	*(volatile u32 *)&seat->generation = label->generation;
	*(volatile u64 *)&seat->cgroup = label->cgroup;
	*(volatile u64 *)&seat->places = label->places;
	*(volatile u64 *)&seat->file_places = label->file_places;
	__sync_val_compare_and_swap(&seat->version, version + 1, version + 2);
}

/* The label has changed, or its task is gone. */
static __always_inline void seat_leave(u64 task)
{
	struct bl_seat *seat = seat_slot((u32)task);

	if (seat && seat->task == task)
		*(volatile u64 *)&seat->task = 0;
}

/* The same of a pointer that the verifier knows. */
static __always_inline void seat_leave_task(struct task_struct *task)
{
	struct bl_seat *seat = seat_slot(low_half(task));

	if (seat && seat->task == (u64)task)
		*(volatile u64 *)&seat->task = 0;
}

/* The label from the hash map, mended where it must be, and its seat taken. NULL as label_now(). */
static __always_inline struct bl_label *label_find(struct task_struct *task, u32 generation)
{
	u64 address = bpf_get_current_task();
	struct bl_label *label = bpf_map_lookup_elem(&labels, &address);

	if (!label || label->generation != generation ||
	    label->cgroup != task->cgroups->dfl_cgrp->kn->id || label->uid != task_uid(task))
		label = label_mend(generation) ? NULL : bpf_map_lookup_elem(&labels, &address);
	if (label)
		seat_write(address, label);
	else
		COUNT(BL_COUNT_CLOSED_LABEL);
	return label;
}

/*
 * The current task's label for this generation (not 0), as it is now; `nobody`, where no policy
 * governs it. NULL: none can be had, which is counted: fall closed.
 */
static __always_inline struct bl_label *label_now(u32 generation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct who who;

	if (seat_read(task, generation, &who) && !who.places)
		return (struct bl_label *)&nobody;
	return label_find(task, generation);
}

/* The same for hooks that need the words alone. 0, or -EPERM. */
static __always_inline int who_now(struct task_struct *task, u32 generation, struct who *who)
{
	const struct bl_label *label;

	if (seat_read(task, generation, who))
		return 0;
	label = label_find(task, generation);
	if (!label)
		return -EPERM;
	who->places = label->places;
	who->file_places = label->file_places;
	return 0;
}

#endif
