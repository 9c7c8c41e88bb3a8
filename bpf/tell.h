/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tell: counts and records. Nothing here changes a verdict: a full ring drops the record, counts the
 * drop, and the verdict stands.
 */
#ifndef BPF_TELL_H
#define BPF_TELL_H

#include "bpf/label.h"

#define TEXT_MASK (2 * BL_OBJECT_MAX - 1)

#define NO_DECIDER 0xffffffffu

/* --- Names ------------------------------------------------------------------------------------ */

static long spell_step(u32 i, void *context)
{
	struct run *run = context;
	struct scratch *s = run->s;
	struct qstr name = {};
	u64 dentry;
	u32 length;

	if (i >= s->climb.n)
		return 1;
	dentry = s->levels[(s->climb.n - 1 - i) & (BL_MAX_DEPTH - 1)].dentry;
	bpf_probe_read_kernel(&name, sizeof(name),
			      (void *)(dentry + bpf_core_field_offset(struct dentry, d_name)));
	length = (u32)(name.hash_len >> 32);
	if (length > BL_NAME_MAX)
		return 1;
	s->text[run->n & TEXT_MASK] = '/';
	run->n++;
	if (bpf_probe_read_kernel(&s->text[run->n & TEXT_MASK], length & 0xff, name.name))
		return 1;
	run->n += length;
	return run->n > 2 * BL_OBJECT_MAX; /* the rest is cut */
}

/* Appends a path to the record's text at `offset`. How many bytes it has. */
__noinline u32 spell_path(u32 slot, u64 dentry, u64 mount, u32 offset)
{
	struct scratch *s = scratch_at(slot);
	struct run run = {.s = s, .slot = slot, .n = offset};

	if (!dentry || !s)
		return 0;
	s->climb.dentry = dentry;
	s->climb.mount = mount;
	climb(s, 1, 1);
	if (!s->climb.n && s->climb.result == CLIMB_NO_WAY_UP) { /* a memfd has a name of its own */
		s->levels[0].dentry = dentry;
		s->climb.n = 1;
	}
	if (!s->climb.n) {
		s->text[offset & TEXT_MASK] = '/';
		return 1;
	}
	if (s->climb.result != CLIMB_DONE) { /* what is missing above */
		s->text[run.n++ & TEXT_MASK] = '.';
		s->text[run.n++ & TEXT_MASK] = '.';
	}
	bpf_loop(BL_MAX_DEPTH, spell_step, &run, 0);
	return run.n - offset < BL_OBJECT_MAX ? run.n - offset : BL_OBJECT_MAX;
}

/* --- The record ------------------------------------------------------------------------------- */

struct ancestry {
	struct bl_record *record;
	struct task_struct *task;
};

static long ancestry_step(u32 i, void *context)
{
	struct ancestry *a = context;
	struct bl_ancestor *to = &a->record->ancestors[i & (BL_ANCESTORS - 1)];
	struct task_struct *task = a->task;

	task = BPF_CORE_READ(task, real_parent);
	a->task = task;
	to->pid = (u32)BPF_CORE_READ(task, tgid);
	if (!to->pid)
		return 1;
	to->start = BPF_CORE_READ(task, group_leader, start_boottime);
	to->unused = 0;
	bpf_core_read(to->comm, BL_COMM, &task->comm);
	a->record->n_ancestors = i + 1;
	return to->pid == 1;
}

/* Begins a record: who, and when. What it is about is the caller's. */
__noinline int record_start(u32 slot, u32 generation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = scratch_at(slot);
	struct ancestry ancestry = {.task = task};
	u64 ids = bpf_get_current_pid_tgid();
	struct bl_record *r;

	if (!s)
		return 0;
	r = &s->record;
	__builtin_memset(r, 0, __builtin_offsetof(struct bl_record, ancestors));
	r->kind = BL_RECORD_VERDICT;
	r->generation = generation;
	r->time = bpf_ktime_get_boot_ns();
	r->start = BPF_CORE_READ(task, group_leader, start_boottime);
	r->cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	r->tgid = (u32)(ids >> 32);
	r->tid = (u32)ids;
	r->uid = BPF_CORE_READ(task, real_cred, uid.val);
	r->gid = BPF_CORE_READ(task, real_cred, gid.val);
	bpf_core_read(r->comm, BL_COMM, &task->comm);
	ancestry.record = r;
	bpf_loop(BL_ANCESTORS, ancestry_step, &ancestry, 0);
	r->object_bytes = r->exe_bytes = 0;
	return 0;
}

/* The paths: the object's, where it is one (else its text is there already), and the executable's. */
__noinline int record_names(u32 slot)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);
	struct scratch *s = scratch_at(slot);

	if (!s)
		return 0;
	if (s->question.dentry)
		s->record.object_bytes =
			(u16)spell_path(slot, s->question.dentry, s->question.mount, 0);
	if (exe)
		s->record.exe_bytes = (u16)spell_path(slot, (u64)BPF_CORE_READ(exe, f_path.dentry),
						      mount_of((u64)BPF_CORE_READ(exe, f_path.mnt)),
						      s->record.object_bytes);
	return 0;
}

/* Into the ring, or counted as lost. The reader is woken whenever another wakeup_bytes wait, and not
 * for each record that comes while it is on its way: an interrupt is dearer than the record. */
__noinline int record_send(u32 slot, u32 lost)
{
	struct scratch *s = scratch_at(slot);
	u64 size, flags, waiting, taken;

	if (!s)
		return 0;
	size = sizeof(s->record) + s->record.object_bytes + s->record.exe_bytes;
	if (size > sizeof(s->record) + sizeof(s->text))
		size = sizeof(s->record) + sizeof(s->text);
	waiting = bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA);
	/* As the ring takes them: with a header, in steps of eight bytes. */
	taken = (BPF_RINGBUF_HDR_SZ + size + 7) & ~7ull;
	flags = waiting / wakeup_bytes != (waiting + taken) / wakeup_bytes ? BPF_RB_FORCE_WAKEUP
									   : BPF_RB_NO_WAKEUP;
	if (bpf_ringbuf_output(&ring, &s->record, size, flags))
		COUNT(lost & (BL_COUNTERS - 1));
	return 0;
}

/* What a hook may return. */
static __always_inline long answer(long result)
{
	return result >= 0 ? 0 : result < -4095 ? -EPERM : result;
}

/* --- A verdict -------------------------------------------------------------------------------- */

static __always_inline void count_rule(u32 generation, u32 rule)
{
	u32 slot = generation & 1;
	void *inner = bpf_map_lookup_elem(&counts, &slot);
	u64 *count = inner ? bpf_map_lookup_elem(inner, &rule) : NULL;

	if (count)
		__sync_fetch_and_add(count, 1);
	else
		COUNT(BL_COUNT_UNCOUNTED);
}

/* What becomes of one place that denies or audits. */
__noinline int tell_place(u32 slot, u32 place)
{
	struct scratch *s = scratch_at(slot);
	struct bl_rule rule = {.error = EPERM, .policy = BL_PLACES};
	const struct bl_rule *known;
	const struct bl_header *h;
	struct question *q;
	u64 bit = 1ull << (place & 63);
	u32 image, kind, number;

	if (!s)
		return 0;
	q = &s->question;
	image = q->generation & 1;
	h = bl_first(image);
	number = q->decider == NO_DECIDER ? q->rule : bl_rule_of(image, q->decider, q->op, place);
	if (number != BL_NO_RULE && h) {
		known = bl_block(image, h->rules + number / 8);
		if (known)
			rule = known[number % 8];
		count_rule(q->generation, number);
	}
	if (q->decider == NO_DECIDER) { /* refused for the rule's sake, not by it */
		rule.error = EPERM;
		rule.flags = 0;
	}
	if (!(q->deny & bit)) {
		kind = BL_AUDITED;
		COUNT(BL_COUNT_AUDITED);
	} else if (q->mode & bit) {
		kind = BL_WOULD_DENY;
		COUNT(BL_COUNT_WOULD_DENY);
	} else {
		kind = rule.flags & BL_RULE_KILL ? BL_KILLED : BL_DENIED;
		COUNT(BL_COUNT_DENIED);
		if (!q->result)
			q->result = rule.error && rule.error < 4096 ? -(s32)rule.error : -EPERM;
		if (kind == BL_KILLED)
			q->killed = 1;
	}
	if (rule.flags & BL_RULE_QUIET) {
		COUNT(BL_COUNT_QUIET);
		return 0;
	}
	if (!q->named) {
		record_names(slot);
		q->named = 1;
	}
	s->record.rule = number;
	s->record.verdict = (u8)kind;
	s->record.op = (u8)q->op;
	s->record.place = (u8)place;
	s->record.policy = rule.policy;
	s->record.error = kind == BL_AUDITED ? 0 : rule.error;
	record_send(slot, BL_COUNT_LOST_LSM);
	return 0;
}

/*
 * Tells of what s->question's words say, and returns what the hook is to return: 0, or -errno of the
 * lowest place that refuses. After record_start().
 */
__noinline long tell(u32 slot)
{
	struct scratch *s = scratch_at(slot);
	struct question *q;
	u64 words;
	u32 place;

	if (!s)
		return -EPERM;
	q = &s->question;
	q->mode = control.audit[q->generation & 1];
	q->result = 0;
	q->named = q->killed = 0;
	words = q->deny | q->audit;
	for (place = 0; place < BL_PLACES; place++)
		if (words >> place & 1)
			tell_place(slot, place);
	if (q->killed)
		bpf_send_signal(9);
	/* Fail closed: a place refuses even if nothing could be told of it. */
	if (!q->result && q->deny & ~q->mode)
		return -EPERM;
	return answer(q->result);
}

/* Bailiff's own refusal, of what (ESCAPE or SELF): told in the name of one place, and let through only
 * where all of them are in audit mode, or where the task is on its way into a cgroup (entry.h). */
#define ESCAPE(what) ((u64)BL_OP_ESCAPE << 32 | BL_ESCAPE_##what)
#define SELF(what)   ((u64)BL_OP_SELF << 32 | BL_SELF_##what)
/* The rule for whose sake: added to one of these. An image has fewer than 2^24 rules. */
#define FOR_RULE(rule) ((u64)(u32)((rule) + 1) << 40)
__noinline long refuse(u64 places, u32 generation, u64 what, u64 dentry, u64 mount)
{
	u64 firm = places & ~control.audit[generation & 1];
	struct scratch *s;
	long result;
	u32 slot;

	if ((what == ESCAPE(MOUNT) || what == ESCAPE(TREE)) && entry_now())
		return 0;
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s)
		return firm ? -EPERM : 0;
	s->question.deny = firm ? firm & -firm : places & -places;
	s->question.audit = 0;
	s->question.generation = generation;
	s->question.op = (u32)(what >> 32) & 0xff;
	s->question.decider = NO_DECIDER;
	s->question.rule = (u32)(what >> 40) - 1;
	s->question.dentry = dentry;
	s->question.mount = mount;
	record_start(slot, generation);
	s->record.object = (u32)what;
	result = tell(slot);
	scratch_give(slot);
	return firm ? -EPERM : answer(result);
}

#endif
