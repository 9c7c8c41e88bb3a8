/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * life: a task's label from fork to exit. Inherited in task_alloc, which may refuse the fork;
 * added to by execve and setuid; taken away when the task is gone. What a task does itself only adds
 * policies. Nothing here depends on a tracepoint: those are skipped when they recurse.
 */
#ifndef BPF_LIFE_H
#define BPF_LIFE_H

#include "bpf/tell.h"

/* The child begins with what its parent has at this moment, in this generation and the one that is
 * being prepared. */
SEC("lsm/task_alloc") int task_alloc(u64 *ctx)
{
	u64 child, parent = bpf_get_current_task();
	u32 generation = control.generation;
	struct bl_label *label;

	if (generation)
		label = label_find(bpf_get_current_task_btf(), generation);
	else
		label = bpf_map_lookup_elem(&labels, &parent);
	if (!label)
		/* Nothing is in force and nothing is prepared: the child needs no label either. If
		 * something is, a task without a label can't have children that are judged. */
		return generation ? -EPERM : 0;
	if (bpf_get_func_arg(ctx, 0, &child))
		return -EPERM;
	/* Closed: a child without a label could not be told from one that lost it. */
	if (bpf_map_update_elem(&labels, &child, label, BPF_ANY)) {
		COUNT(BL_COUNT_CLOSED_LABEL);
		return -ENOMEM;
	}
	if (label->flags & ~BL_LABEL_KEPT && !(ctx[1] & CLONE_THREAD)) {
		label = bpf_map_lookup_elem(&labels, &child);
		if (label)
			label->flags &= BL_LABEL_KEPT; /* of one process, not of what it starts */
	}
	return 0;
}

SEC("lsm/task_free") int task_free(u64 *ctx)
{
	u64 task;

	if (bpf_get_func_arg(ctx, 0, &task))
		return 0;
	seat_leave(task);
	bpf_map_delete_elem(&labels, &task);
	return 0;
}

/* --- execve ----------------------------------------------------------------------------------- */

/* What the file that is about to run brings is kept in the label until the exec is final. All else that
 * scopes ask for is as it was when the label was found, just now, to be true. */
__noinline int exec_scope(u32 slot, u64 dentry, u64 mount, u32 generation)
{
	struct scratch *s = scratch_at(slot);

	if (!s)
		return -EPERM;
	s->person.policies = s->person.by = 0;
	s->person.exe_dentry = dentry;
	s->person.exe_mount = mount;
	return scope_of_file(s, slot, generation, PLACE_REMEMBER);
}

/* Also, into *ret_places, the places that the task will have. */
__noinline int exec_end(u32 slot, u32 generation, u64 *ret_places)
{
	u64 address = bpf_get_current_task();
	struct bl_label *label = bpf_map_lookup_elem(&labels, &address);
	const struct bl_header *h = bl_first(generation & 1);
	struct scratch *s = scratch_at(slot);

	if (!s || !label || !h || !ret_places)
		return -EPERM;
	label->pending_member = s->person.policies;
	label->pending_by = s->person.by;
	label->pending = generation;
	*ret_places = bl_places(generation & 1, h, label->member | label->pending_member,
				label->pending_by);
	return 0;
}

/* Who traces goes on tracing, and may then do what the new program may. -EPERM: not this one. */
static __always_inline long exec_traced(struct task_struct *task, u32 generation, u64 places)
{
	u64 tracer = (u64)BPF_CORE_READ(task, parent);
	const struct bl_label *label = bpf_map_lookup_elem(&labels, &tracer);

	if (!task->ptrace)
		return 0;
	if (!label || label->generation != generation)
		return refuse(~0ull, generation, ESCAPE(UNKNOWN), 0, 0);
	places = label->places & ~places;
	return places ? refuse(places, generation, ESCAPE(TRACE), 0, 0) : 0;
}

SEC("lsm/bprm_check_security") int bprm_check(u64 *ctx)
{
	struct linux_binprm *bprm = (struct linux_binprm *)ctx[0];
	u32 generation = control.generation, slot;
	struct bl_label *label;
	u64 dentry, mount, places = 0;
	int error;

	if (!generation)
		return 0;
	label = label_find(bpf_get_current_task_btf(), generation);
	if (!label)
		return -EPERM;
	label->pending = 0;
	label->flags &= ~BL_LABEL_KEEPS;
	if (label->window && entry_keeps((u64)BPF_CORE_READ(bprm, file)))
		label->flags |= BL_LABEL_KEEPS;
	dentry = NUMBER(&label->cell, bprm->file->f_path.dentry);
	mount = mount_of(NUMBER(&label->cell, bprm->file->f_path.mnt));
	slot = scratch_take();
	if (slot >= SCRATCH_SLOTS)
		return -EPERM;
	/* The last file of a chain of interpreters is the one that runs. */
	error = exec_scope(slot, dentry, mount, generation);
	if (!error)
		error = exec_end(slot, generation, &places);
	scratch_give(slot);
	if (error) {
		COUNT(BL_COUNT_CLOSED_LABEL);
		return -EPERM;
	}
	/* What a rule allows to a program (`by`) is not for those who bring their own code into it: neither
	 * by tracing, nor by the environment (LD_PRELOAD), which the loader of ELF then does not heed. */
	if (label->places & ~places)
		bpf_bprm_opts_set(bprm, BPF_F_BPRM_SECUREEXEC);
	return (int)answer(exec_traced(bpf_get_current_task_btf(), generation, places));
}

SEC("lsm/bprm_committed_creds") int bprm_committed(u64 *ctx)
{
	u32 generation = control.generation;
	u64 address = bpf_get_current_task();
	struct bl_label *label = bpf_map_lookup_elem(&labels, &address);

	(void)ctx;
	if (label)
		entry_exec(label, generation);
	if (!generation || !label)
		return 0;
	/* Most programs bring nothing. */
	if (label->pending == generation && label->generation == generation &&
	    !(label->pending_member & ~label->member) && label->by == label->pending_by) {
		label->pending = 0;
		return 0;
	}
	seat_leave(address);
	/* Where this can't be settled now, the label is computed at the next hook, from the executable
	 * that then is the task's own. */
	if (label->pending != generation || label->generation != generation) {
		if (label->pending && label->pending == label->member_of)
			label->member |= label->pending_member;
		label->generation = 0;
		return 0;
	}
	label->member |= label->pending_member;
	label->by = label->pending_by;
	label->pending = 0;
	if (label_place(label, generation))
		label->generation = 0;
	return 0;
}

/* --- setuid ----------------------------------------------------------------------------------- */

/* A task that was another user until now may not have passed any hook as that user. */
SEC("lsm/task_fix_setuid") int fix_setuid(u64 *ctx)
{
	u32 generation = control.generation;

	(void)ctx;
	return !generation || label_find(bpf_get_current_task_btf(), generation) ? 0 : -EPERM;
}

/* --- Tasks that are there already ------------------------------------------------------------- */

/* Gives one task what scope_of() found for the generation that is being prepared. 1: it learnt
 * something new. */
__noinline int life_prepare(u32 slot, u64 address, u64 parent, u32 generation)
{
	struct bl_label *label = bpf_map_lookup_elem(&labels, &address), *above;
	struct scratch *s = scratch_at(slot);
	const u64 *third = bl_block(generation & 1, 3);
	u32 now = generation - 1; /* in force */
	u64 policies, before;
	int fresh = 0;

	if (!s || !third)
		return 0;
	policies = s->person.policies;
	if (!label) {
		bpf_map_update_elem(&labels, &address, &s->fresh, BPF_NOEXIST);
		label = bpf_map_lookup_elem(&labels, &address);
		fresh = 1;
	}
	if (!label)
		return 0;
	/* What it has and keeps; what it meets by itself; what its parent has. A task that has not run
	 * since has what was found for it last time; one that was overlooked, what label_carry() says. */
	if (label->member_of == now)
		policies |= label->member & third[0];
	else if (label->next == now)
		policies |= label->next_member & third[0];
	else if (label->next != generation)
		policies |= (label->member | label->next_member) & third[0];
	above = bpf_map_lookup_elem(&labels, &parent);
	if (above && above->next == generation)
		policies |= above->next_member;
	if (label->next != generation) {
		label->next_member = 0;
		label->next = generation;
		fresh = 1;
	}
	before = __sync_fetch_and_or(&label->next_member, policies);
	return fresh || policies & ~before;
}

SEC("iter/task") int label_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	u32 generation = control.preparing, slot;
	u64 address, parent, leader;
	struct scratch *s;

	if (!task || !generation)
		return 0;
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s)
		return 0;
	address = NUMBER(&s->cell, task);
	parent = (u64)BPF_CORE_READ(task, real_parent);
	leader = (u64)BPF_CORE_READ(task, group_leader);
	person_of(task, &s->person);
	if (leader != address)
		parent = leader;
	if (!scope_of(slot, generation) && life_prepare(slot, address, parent, generation))
		__sync_fetch_and_add(&control.found, 1);
	scratch_give(slot);
	return 0;
}

/* Takes back what was found for a generation that never came into force: its number is used again. */
SEC("iter/task") int forget_tasks(struct bpf_iter__task *ctx)
{
	u64 address = (u64)ctx->task;
	struct bl_label *label;

	if (!ctx->task)
		return 0;
	label = bpf_map_lookup_elem(&labels, &address);
	if (label && label->next && label->next == control.preparing) {
		label->next = 0;
		__sync_fetch_and_add(&control.found, 1);
	}
	return 0;
}

/*
 * What the service says of one process: policies of `launched` scope, before its execve, and that it
 * is the service itself. Whoever asks has made sure that it waits.
 */
SEC("iter/task") int label_launched(struct bpf_iter__task *ctx)
{
	struct bl_label fresh = {}, *label;
	struct task_struct *task = ctx->task;
	u64 address = (u64)task, start = control.launch_start;

	if (!task || (u32)BPF_CORE_READ(task, tgid) != control.launch_tgid)
		return 0;
	if (start && BPF_CORE_READ(task, group_leader, start_boottime) / TICK != start)
		return 0;
	label = bpf_map_lookup_elem(&labels, &address);
	if (!label) {
		fresh.member_of = control.generation;
		bpf_map_update_elem(&labels, &address, &fresh, BPF_NOEXIST);
		label = bpf_map_lookup_elem(&labels, &address);
	}
	if (!label)
		return 0;
	/* The hook that comes next settles the label, of this generation. */
	if (label->member_of != control.generation)
		label_carry(label, control.generation);
	__sync_fetch_and_or(&label->member, control.launch_member);
	label->flags |= control.launch_flags;
	label->generation = 0;
	seat_leave_task(task);
	__sync_fetch_and_add(&control.found, 1);
	return 0;
}

/* For `status`: how many tasks there are, and how many are governed. One that has passed no hook since
 * the last publication has what was found for it then. */
SEC("iter/task") int count_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	u32 generation = control.generation;
	u64 address = (u64)task;
	struct bl_label *label;

	if (!task)
		return 0;
	label = bpf_map_lookup_elem(&labels, &address);
	__sync_fetch_and_add(&control.tasks, 1);
	if (label && (label->generation == generation ? label->places
		      : label->next == generation     ? label->next_member
						      : label->member))
		__sync_fetch_and_add(&control.governed, 1);
	return 0;
}

#endif
