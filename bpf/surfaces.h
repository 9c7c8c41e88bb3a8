/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * surfaces: hooks of `capabilities` and of `kernel`. A capability is judged where the kernel asks for it
 * of the task, in every user namespace: a new one would hand back what a policy takes. Most surfaces of
 * the kernel lie behind a capability of their own, or behind one and a system call; the others have
 * hooks. What a surface denies is not asked as a capability any more: there is one record.
 */
#ifndef BPF_SURFACES_H
#define BPF_SURFACES_H

#include "bpf/decide.h"
#include "bpf/self.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct io_wq_work {
	u32 flags; /* not read: the place of the whole is needed */
};
struct io_kiocb {
	const struct cred *creds;
	struct io_wq_work work;
};
struct io_worker {
	struct io_wq_work *cur_work;
};
struct task_struct___worker {
	void *worker_private;
};
#pragma clang attribute pop

#define CAP_SYS_MODULE 16u
#define CAP_SYS_RAWIO  17u
#define CAP_SYS_BOOT   22u
#define CAP_SYS_TIME   25u

#define CAP_OPT_NOAUDIT 2u

#define REBOOT_KEXEC 0x45584543u

#define SURFACE(name) (1u << BL_SURFACE_##name)

/* Judges the surfaces of a word. */
static __always_inline long judge_surfaces(const struct asker *asker, u32 word, u32 how)
{
	u64 places = asker_places(asker, CLASS(kernel));
	long result = 0;
	u32 number, i;

	if (!places)
		return 0;
	for (i = 0; i < BL_SURFACES && !result; i++) {
		if (!(word >> i & 1))
			continue;
		number = DECISION_OF(asker->generation, surface, i);
		if (number)
			result = judge_decision(places, asker->generation, number,
						BL_OP_SURFACE | how, i);
	}
	return result;
}

/* A hook that serves one surface. */
static __always_inline int judge_surface(u32 surface)
{
	struct asker asker;
	int found = asker_now(bpf_get_current_task_btf(), &asker);

	if (found <= 0)
		return found;
	return (int)answer(judge_surfaces(&asker, 1u << surface, 0));
}

/* --- capable ------------------------------------------------------------------------------------- */

/* What the kernel does with a capability that is asked for in this call. */
static __always_inline u32 surfaces_behind(struct task_struct *task, u32 cap)
{
	u32 call;

	if (cap == CAP_SYS_MODULE)
		return SURFACE(MODULES);
	if (cap == CAP_SYS_RAWIO)
		return SURFACE(RAW_IO);
	if (cap == CAP_SYS_TIME)
		return SURFACE(CLOCK);
	if (cap != CAP_SYS_BOOT && cap != CAP_SYS_ADMIN)
		return 0;
	call = task_call(task);
	if (cap == CAP_SYS_ADMIN)
		return (call_makes_mounts(call) ? SURFACE(MOUNT) : 0) |
		       (call_makes_namespaces(task, call) ? SURFACE(NAMESPACES) : 0);
	if (!call_is_reboot(call)) /* kexec_load, kexec_file_load */
		return SURFACE(KEXEC);
	return task_third(task) == REBOOT_KEXEC ? SURFACE(REBOOT) | SURFACE(KEXEC)
						: SURFACE(REBOOT);
}

/*
 * Are these the credentials by which the task acts for itself? The kernel takes others for a while to
 * act for somebody else (an overlay its mounter's), and these are not judged. A worker of io_uring acts
 * by what the request brought, which may be older than its own.
 */
static __always_inline int is_own(struct task_struct *task, const struct cred *cred)
{
	u64 worker, work;

	if (cred == task->real_cred)
		return 1;
	if (cred != task->cred || !(task->flags & PF_IO_WORKER))
		return 0;
	worker = (u64)BPF_CORE_READ((struct task_struct___worker *)task, worker_private);
	work = worker ? (u64)BPF_CORE_READ((struct io_worker *)worker, cur_work) : 0;
	if (!work)
		return 1;
	work -= bpf_core_field_offset(struct io_kiocb, work);
	return (u64)BPF_CORE_READ((struct io_kiocb *)work, creds) == (u64)cred;
}

SEC("lsm/capable") int cap_use(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 cap = (u32)ctx[2] & 63, how = 0, surfaces, number;
	struct asker asker;
	u64 places;
	long result = 0;
	int found;

	if (!is_own(task, (const struct cred *)ctx[0]))
		return 0;
	found = asker_now(task, &asker);
	if (found <= 0)
		return found;
	if ((u32)ctx[3] & CAP_OPT_NOAUDIT)
		how = DECIDE_QUIETLY;
	if (asker_places(&asker, CLASS(kernel))) {
		surfaces = surfaces_behind(task, cap);
		if (surfaces)
			result = judge_surfaces(&asker, surfaces, how);
	}
	places = asker_places(&asker, CLASS(capabilities));
	if (result || !places)
		return (int)answer(result);
	number = DECISION_OF(asker.generation, capability, cap);
	if (number)
		result = judge_decision(places, asker.generation, number, BL_OP_CAPABILITY | how,
					cap);
	return (int)answer(result);
}

/* Each place that drops a capability refuses, by the first one that it drops. */
__noinline long judge_userns(u64 places, u32 generation)
{
	u32 image = generation & 1, number, cap;
	const struct bl_header *h = bl_first(image);
	const struct bl_decision *d;
	long result = 0, one;
	u64 drop;

	for (cap = 0; cap < 64 && h && places; cap++) {
		number = DECISION_OF(generation, capability, cap);
		if (!number)
			continue;
		d = number != DECISION_BROKEN ? bl_decision(image, h, number) : NULL;
		drop = d ? d->deny & places : places;
		if (!drop)
			continue;
		one = judge_decision(drop, generation, number, BL_OP_CAPABILITY, cap);
		if (!result)
			result = one;
		places &= ~drop;
	}
	return h ? answer(result) : -EPERM;
}

SEC("lsm/userns_create") int cap_userns(u64 *ctx)
{
	struct asker asker;
	u64 places;
	long result;
	int found = asker_now(bpf_get_current_task_btf(), &asker);

	(void)ctx;
	if (found <= 0)
		return found;
	result = judge_surfaces(&asker, SURFACE(NAMESPACES), 0);
	places = asker_places(&asker, CLASS(capabilities));
	if (!result && places)
		result = judge_userns(places, asker.generation);
	return (int)answer(result);
}

/* --- Surfaces with hooks of their own -------------------------------------------------------------- */

/* Modules that the kernel would fetch for the task. */
SEC("lsm/kernel_module_request") int kern_module(u64 *ctx)
{
	(void)ctx;
	return judge_surface(BL_SURFACE_MODULES);
}

/* Its first parameter until 6.11, which tells a tracer more than it tells us, is gone: the kind is the
 * last one. The first question of a call is PERF_SECURITY_OPEN, 0; it may ask more. */
SEC("lsm/perf_event_open") int kern_perf(u64 *ctx)
{
	u64 kind = 1;

	if (bpf_get_func_arg(ctx, (u32)bpf_get_func_arg_cnt(ctx) - 1, &kind))
		return -EPERM;
	return (u32)kind ? 0 : judge_surface(BL_SURFACE_PERF);
}

/* The kernel looks for keys for itself as well: only the calls are judged. */
static __always_inline int judge_keys(void)
{
	return call_is_key(task_call(bpf_get_current_task_btf()))
		       ? judge_surface(BL_SURFACE_KEYRING)
		       : 0;
}

SEC("lsm/key_alloc") int kern_key_new(u64 *ctx)
{
	(void)ctx;
	return judge_keys();
}

SEC("lsm/key_permission") int kern_key(u64 *ctx)
{
	(void)ctx;
	return judge_keys();
}

SEC("lsm/uring_allowed") int kern_uring(u64 *ctx)
{
	(void)ctx;
	return judge_surface(BL_SURFACE_IO_URING);
}

/* Until 6.17: a ring is known by the name of its file. */
SEC("lsm/inode_init_security_anon") int kern_uring_file(u64 *ctx)
{
	static const char ring[8] = "[io_urin";
	const struct qstr *name = (const struct qstr *)ctx[1];
	u64 found = 0;

	if (bpf_probe_read_kernel(&found, sizeof(found), name->name) || found != *(const u64 *)ring)
		return 0;
	return judge_surface(BL_SURFACE_IO_URING);
}

/* Rings that the task was handed. */
SEC("lsm/uring_sqpoll") int kern_uring_poll(u64 *ctx)
{
	(void)ctx;
	return judge_surface(BL_SURFACE_IO_URING);
}

SEC("lsm/uring_cmd") int kern_uring_cmd(u64 *ctx)
{
	(void)ctx;
	return judge_surface(BL_SURFACE_IO_URING);
}

/* Credentials that the ring has kept may have capabilities that the task's policies take; where they are
 * not the task's own, `capable` could not tell them from those of an overlay. */
SEC("lsm/uring_override_creds") int kern_uring_cred(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct asker asker;
	int found = asker_now(task, &asker);
	u64 places;
	long result;

	if (found <= 0)
		return found;
	result = judge_surfaces(&asker, SURFACE(IO_URING), 0);
	places = asker_places(&asker, CLASS(capabilities));
	if (!result && places && (const struct cred *)ctx[0] != task->real_cred)
		result = judge_userns(places, asker.generation);
	return (int)answer(result);
}

/* What reaches PCI devices needs no capability. Ports, memory and MSRs need CAP_SYS_RAWIO. */
enum lockdown_reason {
	LOCKDOWN_PCI_ACCESS = 6,
};
SEC("lsm/locked_down") int kern_pci(u64 *ctx)
{
	if ((u32)ctx[0] != bpf_core_enum_value(enum lockdown_reason, LOCKDOWN_PCI_ACCESS))
		return 0;
	return judge_surface(BL_SURFACE_RAW_IO);
}

SEC("lsm/syslog") int kern_log(u64 *ctx)
{
	(void)ctx;
	return judge_surface(BL_SURFACE_LOG);
}

/* --- bpf(), mounts: surfaces, and ways to bailiff --------------------------------------------------- */

SEC("lsm/bpf") int kern_bpf(u64 *ctx)
{
	u64 attr = 0;
	int result;

	/* 6.18 and later: `kernel`, the kernel's own call. */
	if (bpf_get_func_arg_cnt(ctx) == 4) {
		if (bpf_get_func_arg(ctx, 3, &attr))
			return -EPERM;
		if ((u8)attr)
			return 0;
	}
	result = judge_surface(BL_SURFACE_BPF);
	if (result || bpf_get_func_arg(ctx, 1, &attr))
		return result;
	return self_command((u32)ctx[0], attr);
}

SEC("lsm/sb_mount") int kern_mount(u64 *ctx)
{
	int result = judge_surface(BL_SURFACE_MOUNT);
	u64 path;

	if (result || bpf_get_func_arg(ctx, 1, &path))
		return result;
	return self_cover(path);
}

SEC("lsm/move_mount") int kern_move(u64 *ctx)
{
	int result = judge_surface(BL_SURFACE_MOUNT);
	u64 path;

	if (result || bpf_get_func_arg(ctx, 0, &path))
		return result;
	result = self_cover(path);
	if (result || bpf_get_func_arg(ctx, 1, &path))
		return result;
	return self_cover(path);
}

SEC("lsm/sb_umount") int kern_umount(u64 *ctx)
{
	int result = judge_surface(BL_SURFACE_MOUNT);
	u64 mount;

	if (result || bpf_get_func_arg(ctx, 0, &mount))
		return result;
	return self_uncover(mount_of(mount));
}

SEC("lsm/sb_pivotroot") int kern_pivot(u64 *ctx)
{
	(void)ctx;
	return judge_surface(BL_SURFACE_MOUNT);
}

/* --- Tracing ------------------------------------------------------------------------------------------ */

#define PTRACE_MODE_ATTACH  2u
#define PTRACE_MODE_NOAUDIT 4u

/* The places of any task: what its label says, or what it would say at its next hook. Inlined: there
 * are only eight frames. */
static __always_inline int places_of(struct task_struct *task, u64 address, u32 generation,
				     u64 *ret_places)
{
	struct bl_label *label = bpf_map_lookup_elem(&labels, &address);
	const u64 *third = bl_block(generation & 1, 3);
	const struct bl_header *h = bl_first(generation & 1);
	struct scratch *s;
	int error = -EPERM;
	u64 member;
	u32 slot;

	if (!label || !third || !h)
		return -EPERM;
	member = label->member;
	if (label->generation != generation)
		member = (member & third[0]) | (label->next == generation ? label->next_member : 0);
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s)
		return -EPERM;
	person_of(task, &s->person);
	if (!scope_of(slot, generation)) {
		*ret_places =
			bl_places(generation & 1, h, member | s->person.policies, s->person.by);
		error = 0;
	}
	scratch_give(slot);
	return error;
}

/* Who traces may do what the traced task may. */
static __always_inline long judge_tracer(u64 tracer, struct task_struct *traced, u64 address,
					 u32 generation)
{
	u64 places = 0;

	if (places_of(traced, address, generation, &places))
		return refuse(tracer, generation, ESCAPE(UNKNOWN), 0, 0);
	places = tracer & ~places;
	if (!places && entry_open(bpf_map_lookup_elem(&labels, &address)))
		places = name_places(generation, tracer);
	return places ? refuse(places, generation, ESCAPE(TRACE), 0, 0) : 0;
}

SEC("lsm/ptrace_access_check") int kern_trace(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct asker asker;
	u32 attach = (u32)ctx[1] & PTRACE_MODE_ATTACH;
	u64 address;
	long result;
	int found;

	/* Reading about a task (/proc) is one thing, reading its memory another. */
	if (!attach && !call_peeks(task_call(task)))
		return 0;
	if (bpf_get_func_arg(ctx, 0, &address))
		return -EPERM;
	if (attach && self_is_service(address)) {
		result = self_judge(SELF(SERVICE), 0, 0);
		if (result)
			return (int)answer(result);
	}
	found = asker_now(task, &asker);
	if (found <= 0)
		return found;
	result = judge_surfaces(&asker, SURFACE(PTRACE),
				(u32)ctx[1] & PTRACE_MODE_NOAUDIT ? DECIDE_QUIETLY : 0);
	if (!result)
		result = judge_tracer(asker.places, (struct task_struct *)ctx[0], address,
				      asker.generation);
	return (int)answer(result);
}

/* The current task asks to be traced by its parent, which must not be governed by more. */
SEC("lsm/ptrace_traceme") int kern_traceme(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct asker asker;
	u64 parent, places = 0;
	long result = 0;
	int found = asker_now(task, &asker);

	if (found < 0)
		return found;
	if (found)
		result = judge_surfaces(&asker, SURFACE(PTRACE), 0);
	if (result || !asker.generation || bpf_get_func_arg(ctx, 0, &parent))
		return (int)answer(result);
	if (places_of((struct task_struct *)ctx[0], parent, asker.generation, &places))
		return found ? -EPERM : 0;
	places &= found ? ~asker.places : ~0ull;
	return places ? (int)answer(refuse(places, asker.generation, ESCAPE(TRACE), 0, 0)) : 0;
}

#define PR_SET_MM	   35
#define PR_SET_MM_EXE_FILE 13
#define PR_SET_MM_MAP	   14

/* Who a task is, is told by its executable. 0 leaves the hook's own answer (-ENOSYS) as it is. */
SEC("lsm/task_prctl") int kern_prctl(u64 *ctx)
{
	struct asker asker;
	int found;

	if ((int)ctx[0] != PR_SET_MM || (ctx[1] != PR_SET_MM_EXE_FILE && ctx[1] != PR_SET_MM_MAP))
		return 0;
	found = asker_now(bpf_get_current_task_btf(), &asker);
	if (found <= 0)
		return found;
	return (int)answer(refuse(asker.places, asker.generation, ESCAPE(EXE), 0, 0));
}

#endif
