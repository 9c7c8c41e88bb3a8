/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * seccomp: tells of what filters denied to governed tasks. It decides nothing: the kernel skips it now and
 * then, when it is interrupted by itself, and counts that in the program's own info.
 */
#ifndef BPF_SECCOMP_H
#define BPF_SECCOMP_H

#include "bpf/decide.h"

#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#define SECCOMP_RET_KILL_THREAD	 0x00000000u
#define SECCOMP_RET_LOG		 0x7ffc0000u

#define AUDIT_ARCH_X86_64 0xc000003eu
#define AUDIT_ARCH_I386	  0x40000003u

static __always_inline void record_arguments(struct bl_record *r, struct task_struct *task)
{
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	const struct pt_regs___32 *old = (const struct pt_regs___32 *)bpf_task_pt_regs(task);

	if (task_compat(task)) {
		r->audit_arch = AUDIT_ARCH_I386;
		r->args[0] = (u32)old->bx;
		r->args[1] = (u32)old->cx;
		r->args[2] = (u32)old->dx;
		r->args[3] = (u32)old->si;
		r->args[4] = (u32)old->di;
		r->args[5] = (u32)old->bp;
		return;
	}
	r->audit_arch = AUDIT_ARCH_X86_64;
	r->args[0] = regs->di;
	r->args[1] = regs->si;
	r->args[2] = regs->dx;
	r->args[3] = regs->r10;
	r->args[4] = regs->r8;
	r->args[5] = regs->r9;
}

/* The policies with scope `launched` that govern the task: one of them made the filter. */
static __always_inline u64 launched_of(const struct bl_label *label, u32 generation)
{
	const u64 *classes = bl_block(generation & 1, 1);

	return classes ? label->member & classes[CLASS(launched)] : 0;
}

static __always_inline u32 lowest_bit(u64 word)
{
	u32 i;

	for (i = 0; i < BL_PLACES; i++)
		if (word >> i & 1)
			break;
	return i;
}

SEC("fentry/audit_seccomp") int tell_seccomp(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 generation = control.generation, code = (u32)ctx[2], slot;
	u64 address = bpf_get_current_task(), launched;
	const struct bl_label *label;
	struct bl_record *r;
	struct scratch *s;

	if (!generation)
		return 0;
	label = bpf_map_lookup_elem(&labels, &address);
	if (!label || !label->member)
		return 0;
	launched = launched_of(label, generation);
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s) {
		COUNT(BL_COUNT_LOST_SECCOMP);
		return 0;
	}
	s->question.dentry = s->question.mount = 0;
	record_start(slot, generation);
	r = &s->record;
	r->kind = BL_RECORD_SYSCALL;
	r->op = BL_OP_SYSCALL;
	r->verdict = code == SECCOMP_RET_KILL_PROCESS || code == SECCOMP_RET_KILL_THREAD ? BL_KILLED
		     : code == SECCOMP_RET_LOG ? BL_AUDITED
					       : BL_DENIED;
	r->place = BL_PLACES;
	r->rule = BL_NO_RULE;
	r->policy = lowest_bit(launched);
	r->address[0] = launched;
	r->object = (u64)code << 32 | (u32)ctx[0];
	record_arguments(r, task);
	record_names(slot);
	record_send(slot, BL_COUNT_LOST_SECCOMP);
	scratch_give(slot);
	return 0;
}

#endif
