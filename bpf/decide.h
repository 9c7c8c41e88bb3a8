/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* decide: what the hooks of network, capabilities, kernel and self-protection share. */
#ifndef BPF_DECIDE_H
#define BPF_DECIDE_H

#include "bpf/tell.h"

/* --- Who asks --------------------------------------------------------------------------------- */

struct asker {
	u64 places; /* all of the task's */
	u32 generation;
};

/* The current task. 1: policies govern it. 0: none does; the kernel's own threads are nobody's
 * program. -EPERM: that can't be told: fall closed (it is counted). */
static __always_inline int asker_now(struct task_struct *task, struct asker *asker)
{
	struct who who;

	asker->generation = control.generation;
	if (!asker->generation || task->flags & PF_KTHREAD)
		return 0;
	if (who_now(task, asker->generation, &who))
		return -EPERM;
	asker->places = who.places;
	return who.places != 0;
}

/* Which of the classes' words of the header. */
#define CLASS(name) ((__builtin_offsetof(struct bl_header, name) - BL_BLOCK) / 8)

/* Those of its places that have a class. Closed: all of them where the image is broken, and what is
 * asked about them then fails. */
static __always_inline u64 asker_places(const struct asker *asker, u32 class)
{
	const struct bl_header *h = bl_first(asker->generation & 1);

	return h ? asker->places & (&h->files)[class] : asker->places;
}

/* --- What the header decides by number --------------------------------------------------------- */

#define DECISION_BROKEN 0xffffffffu /* none has this number */

/* The decision that an array of the header gives: its offset, and the index, < 64. */
static __always_inline u32 decision_at(u32 generation, u32 offset, u32 index)
{
	const u32 *header = (const u32 *)bl_first(generation & 1);

	return header ? header[offset / 4 + (index & 63)] : DECISION_BROKEN;
}
#define DECISION_OF(generation, array, index)                                                      \
	decision_at(generation, __builtin_offsetof(struct bl_header, array), index)

/* With an operation: a question that the kernel only puts to itself. Refused without a record. */
#define DECIDE_QUIETLY 0x10000u

/* Judges by a decision of the image (not 0), and tells. `object` is the record's; of a socket, family
 * << 32 | type. */
__noinline long judge_decision(u64 places, u32 generation, u32 number, u32 op, u64 object)
{
	u32 image = generation & 1, slot;
	const struct bl_header *h = bl_first(image);
	const struct bl_decision *d =
		h && number != DECISION_BROKEN ? bl_decision(image, h, number) : NULL;
	struct question *q;
	struct scratch *s;
	long result;

	if (!d) {
		COUNT(BL_COUNT_CLOSED_IMAGE);
		return -EPERM;
	}
	places &= d->deny | d->audit;
	if (!places)
		return 0;
	if (op & DECIDE_QUIETLY) {
		if (!(d->deny & places & ~control.audit[image]))
			return 0;
		COUNT(BL_COUNT_DENIED);
		COUNT(BL_COUNT_QUIET);
		return -EPERM;
	}
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s)
		return -EPERM; /* closed, and counted */
	q = &s->question;
	q->deny = d->deny & places;
	q->audit = d->audit & places;
	q->decider = d->decider;
	q->generation = generation;
	q->op = op;
	q->dentry = q->mount = 0;
	record_start(slot, generation);
	if (op == BL_OP_SOCKET) {
		s->record.family = (u32)(object >> 32);
		s->record.type = (u32)object;
	} else {
		s->record.object = object;
	}
	result = tell(slot);
	scratch_give(slot);
	return answer(result);
}

/* --- System calls ------------------------------------------------------------------------------
 *
 * Where the kernel has no hook for what a call does, `capable` comes with the call's number. The number
 * is what the kernel itself acts upon: nothing moves it while the call is under way. All numbers that
 * hooks know are in this section: x86_64 (and x32, which has the same ones), then i386.
 */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct thread_info {
	u32 status;
};
struct task_struct___call {
	struct thread_info thread_info;
};
struct pt_regs___32 {
	unsigned long bx, cx, dx, si, di, bp;
};
#pragma clang attribute pop

#define TS_COMPAT 0x2u /* int 0x80 and its kin, from 64-bit code too */
#define CALL_32	  0x80000000u
#define CALL_X32  0x40000000u

static __always_inline int task_compat(struct task_struct *task)
{
	return BPF_CORE_READ((struct task_struct___call *)task, thread_info.status) & TS_COMPAT;
}

/* The current task's call; CALL_32 is set where it is one of i386. */
static __always_inline u32 task_call(struct task_struct *task)
{
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);
	u32 number = (u32)regs->orig_ax;

	return task_compat(task) ? number | CALL_32 : number & ~CALL_X32;
}

/* Its first three arguments. */
static __always_inline u64 task_first(struct task_struct *task)
{
	const struct pt_regs___32 *old = (const struct pt_regs___32 *)bpf_task_pt_regs(task);

	return task_compat(task) ? (u32)old->bx : old->di;
}

static __always_inline u32 task_second(struct task_struct *task)
{
	const struct pt_regs___32 *old = (const struct pt_regs___32 *)bpf_task_pt_regs(task);

	return task_compat(task) ? (u32)old->cx : (u32)old->si;
}

static __always_inline u32 task_third(struct task_struct *task)
{
	const struct pt_regs *regs = (const struct pt_regs *)bpf_task_pt_regs(task);

	return (u32)regs->dx;
}

#define CALL_IS(call, new, old) ((call) == (new) || (call) == ((old) | CALL_32))

#define SOCKETCALL_PAIR 8u
static __always_inline int call_is_socketpair(struct task_struct *task, u32 call)
{
	return CALL_IS(call, 53, 360) ||
	       (call == (102 | CALL_32) && (u32)task_first(task) == SOCKETCALL_PAIR);
}

static __always_inline int call_is_reboot(u32 call)
{
	return CALL_IS(call, 169, 88);
}

/* Those of `mount` that have no hook of their own; from 424 on, all ABIs have the same numbers. */
static __always_inline int call_makes_mounts(u32 call)
{
	call &= ~CALL_32;
	return call == 428 /* open_tree */ || (call >= 430 && call <= 433) /* fsopen to fspick */ ||
	       call == 442 /* mount_setattr */ || call == 467 /* open_tree_attr */;
}

#define CLONE_NAMESPACES 0x7e020000u /* CLONE_NEWTIME is unshare's alone */
/* unshare, setns, clone3 ask for CAP_SYS_ADMIN for namespaces only (clone3 also for chosen process
 * numbers, and past a limit); clone says in a register what it is for. */
static __always_inline int call_makes_namespaces(struct task_struct *task, u32 call)
{
	return CALL_IS(call, 272, 310) || CALL_IS(call, 308, 346) || CALL_IS(call, 435, 435) ||
	       (CALL_IS(call, 56, 120) && task_first(task) & CLONE_NAMESPACES);
}

static __always_inline int call_peeks(u32 call) /* process_madvise, kcmp */
{
	return CALL_IS(call, 440, 440) || CALL_IS(call, 312, 349);
}

static __always_inline int call_is_key(u32 call) /* add_key, request_key, keyctl */
{
	return (call >= 248 && call <= 250) || (call >= (286 | CALL_32) && call <= (288 | CALL_32));
}

#endif
