/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * files: what every hook on a place asks, and the hooks of files that are open or being opened. Others:
 * tree.h (names), meta.h (what belongs to a file beside its bytes), exec.h, escape.h.
 *
 * A file is judged where it is opened; and again at each use, for the sake of those that were open
 * before the load, come from ungoverned tasks (SCM_RIGHTS, pidfd_getfd: nothing is asked in
 * file_receive, as every use of what came is), or have got another name. O_PATH gives no access and asks
 * nothing; opening it again does.
 */
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
	if (s->place.flags & PLACE_FIRM) {
		q->audit = 0;
		q->deny &= ~control.audit[image];
	}
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

/* Has it been told that this process reads or writes s->place.file? */
static __always_inline int told_before(struct scratch *s, u32 ops)
{
	u64 key = s->place.file * 0x9e3779b97f4a7c15ull, *seen;
	u32 i;

	key = (key ^ key >> 31 ^ bpf_get_current_pid_tgid() >> 32) * 0xbf58476d1ce4e5b9ull;
	key = (key ^ key >> 29 ^ s->place.generation) * 0x94d049bb133111ebull & ~3ull;
	i = (u32)(key >> 52);
	seen = bpf_map_lookup_elem(&told, &i);
	if (!seen)
		return 0;
	if ((*seen & ~3ull) != key)
		*seen = key;
	if ((*seen & ops) == ops)
		return 1;
	*seen |= ops;
	return 0;
}

/* Judges operations on s->place, of which the addresses and the namespace are set; gives the slot
 * back. */
static __always_inline long judge_taken(struct scratch *s, u32 slot, u64 places, u64 ask)
{
	u32 generation = (u32)(ask >> 32), state, op;
	u64 escape = 0, dentry = s->place.dentry, mount = s->place.mount, care = ~0ull;
	long result = 0, one;

	s->place.generation = generation;
	s->place.flags = (u32)ask >> 16;
	s->question.places = places;
	state = tree_state(s);
	if (state == STATE_FOREIGN && entry_now()) {
		s->place.flags |= PLACE_ANY_TREE;
		state = tree_state(s);
	}
	if (state == STATE_EXEMPT && s->place.flags & PLACE_UNNAMED) {
		state = unnamed_state(generation & 1);
	} else if (state != STATE_EXEMPT && state != STATE_FOREIGN) {
		state = place_resolve(slot);
		if (s->cared && !(ask & 0xffff & ~(OP(READ) | OP(WRITE))))
			care = (ask & OP(READ) ? s->care_read : 0) |
			       (ask & OP(WRITE) ? s->care_write : 0);
	}
	if (state == STATE_FOREIGN)
		escape = ESCAPE(TREE);
	else if (state == BL_STATE_NONE)
		escape = ESCAPE(UNKNOWN);
	else if (state != STATE_EXEMPT && care & places) {
		if (s->place.file && told_before(s, (u32)ask & (OP(READ) | OP(WRITE))) &&
		    s->place.flags & PLACE_ONCE)
			s->place.flags |= PLACE_FIRM;
		for (op = 0; op < BL_OPS; op++) {
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
	s->place.file = 0;
	return judge_taken(s, slot, places, ask);
}

/* The same, of a slot with s->place's addresses in it. */
__noinline long judge_slot(u32 slot, u64 places, u64 ask)
{
	struct scratch *s = scratch_at(slot);

	return s ? judge_taken(s, slot, places, ask) : -EPERM;
}

/* A slot with a place of the current task's namespace in it, for judge_slot(). NULL: closed. The kernel's
 * pointers become numbers there. */
static __always_inline struct scratch *place_take(u32 *ret_slot, const void *dentry,
						  const void *vfsmount, const void *file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 slot = scratch_take();
	struct scratch *s = scratch_at(slot);

	*ret_slot = slot;
	if (!s)
		return NULL;
	s->place.dentry = (u64)dentry;
	s->place.mount = (u64)(vfsmount - bpf_core_field_offset(struct mount, mnt));
	s->place.ns = (u64)task->nsproxy->mnt_ns;
	s->place.file = (u64)file;
	return s;
}

static __always_inline long judge_at(const void *dentry, const void *vfsmount, u64 places, u64 ask)
{
	u32 slot;

	if (!place_take(&slot, dentry, vfsmount, NULL))
		return -EPERM;
	return judge_slot(slot, places, ask);
}

/* Under whose rules is the current task? 1, known; 0, nothing is in force; or -EPERM. */
static __always_inline int known_now(u32 *ret_generation, struct who *ret_who)
{
	u32 generation = control.generation;

	if (!generation)
		return 0;
	if (who_now(bpf_get_current_task_btf(), generation, ret_who))
		return -EPERM;
	*ret_generation = generation;
	return 1;
}

/* Is it under rules of files or exec? 1, with its places; 0; or -EPERM. */
static __always_inline int governed(u32 *ret_generation, u64 *ret_places)
{
	struct who who;
	int known = known_now(ret_generation, &who);

	if (known <= 0)
		return known;
	*ret_places = who.file_places;
	return who.file_places != 0;
}

/* The same for what may give files other names: rules of unix paths count too. */
static __always_inline int governed_by_name(u32 *ret_generation, u64 *ret_places)
{
	struct who who;
	int known = known_now(ret_generation, &who);

	if (known <= 0)
		return known;
	*ret_places = who.places ? name_places(*ret_generation, who.places) : 0;
	return *ret_places != 0;
}

/* --- Files that are opened, and open ones ------------------------------------------------------- */

/* Reads and writes are most of what there is: answered from memory where nobody cares. */
static __always_inline long judge_file(struct file *file, u64 places, u64 ask)
{
	struct task_struct *task = bpf_get_current_task_btf();
	void *dentry = file->f_path.dentry, *vfsmount = file->f_path.mnt;
	u64 care;
	u32 slot;

	if (!(ask & 0xffff & ~(OP(READ) | OP(WRITE))) &&
	    place_remembered(file, vfsmount - bpf_core_field_offset(struct mount, mnt),
			     task->nsproxy->mnt_ns, (u32)(ask >> 32), (u32)ask, &care) &&
	    !(care & places))
		return 0;
	/* Pipes, sockets and the like have no place. */
	if ((u64)FETCH(mount, vfsmount - bpf_core_field_offset(struct mount, mnt), mnt_ns) ==
	    MNT_NS_INTERNAL)
		return 0;
	if (!place_take(&slot, dentry, vfsmount, file))
		return -EPERM; /* closed */
	return judge_slot(slot, places, ask);
}

/*
 * Programs on LSM hooks are called by way of ftrace: with the sysctl kernel.ftrace_enabled at 0 none of them
 * is, and nothing says so. So who is governed does not open it for writing, and who is not is told of (self.h).
 */
#define PROC_MAGIC    0x9fa0u
#define SWITCH_BEGINS 0x655f656361727466ull /* ftrace_e */
#define SWITCH_ENDS   0x64656c62616eull	    /* nabled */

int self_note(u32 generation, u64 what, u64 dentry, u64 mount);

/* A dentry of procfs. */
__noinline int is_switch(u64 dentry)
{
	u64 name[2] = {0};

	bpf_probe_read_kernel(name, sizeof("ftrace_enabled"),
			      BPF_CORE_READ((struct dentry *)dentry, d_name.name));
	return name[0] == SWITCH_BEGINS && name[1] == SWITCH_ENDS;
}

static __always_inline int open_switch(u64 file)
{
	u64 dentry = (u64)BPF_CORE_READ((struct file *)file, f_path.dentry);
	u32 generation;
	struct who who;
	int known;

	if (!is_switch(dentry))
		return 0;
	known = known_now(&generation, &who);
	if (known <= 0)
		return known;
	return who.places ? (int)answer(refuse(who.places, generation, SELF(HOOKS), dentry, 0))
			  : self_note(generation, SELF(HOOKS), dentry, 0);
}

SEC("lsm/file_open") int file_open(u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	u32 generation, ops = 0, mode = file->f_mode;
	u64 places;
	int known;

	if (mode & FMODE_WRITE && file->f_inode->i_sb->s_magic == PROC_MAGIC) {
		if (bpf_get_func_arg(ctx, 0, &places))
			return -EPERM;
		known = open_switch(places);
		if (known)
			return known;
	}
	known = governed(&generation, &places);
	if (known <= 0)
		return known;
	if (file->f_flags & FMODE_EXEC)
		ops = OP(EXECUTE);
	else if (mode & FMODE_READ)
		ops = OP(READ);
	if (mode & FMODE_WRITE)
		ops |= OP(WRITE);
	return ops ? (int)answer(judge_file(file, places, ASK(generation, PLACE_REMEMBER, ops)))
		   : 0;
}

/*
 * Every read, write, splice, sendfile, copy_file_range, clone, fallocate and readdir. What exec opened
 * is read by exec alone, and was judged as that. (binfmt_misc can hand such a file to an interpreter,
 * where an administrator says so.)
 */
SEC("lsm/file_permission") int file_permission(u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	u32 generation, ops = 0, mask = (u32)ctx[1];
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	if (mask & MAY_READ && !(file->f_flags & FMODE_EXEC))
		ops = OP(READ);
	if (mask & (MAY_WRITE | MAY_APPEND))
		ops |= OP(WRITE);
	return ops ? (int)answer(judge_file(
			     file, places,
			     ASK(generation, PLACE_REMEMBER | PLACE_ANY_TREE | PLACE_ONCE, ops)))
		   : 0;
}

/* truncate() and, before 6.2, ftruncate() and O_TRUNC, which are judged whatever the file was opened
 * for. */
SEC("lsm/path_truncate") int path_truncate(u64 *ctx)
{
	struct path *path = (struct path *)ctx[0];
	u32 generation;
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(judge_at(path->dentry, path->mnt, places,
				    ASK(generation, PLACE_REMEMBER, OP(WRITE))));
}

SEC("lsm/file_truncate") int file_truncate(u64 *ctx)
{
	struct file *file = (struct file *)ctx[0];
	u32 generation;
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(judge_file(file, places,
				      ASK(generation, PLACE_REMEMBER | PLACE_ANY_TREE, OP(WRITE))));
}

SEC("lsm/d_instantiate") int d_instantiate(u64 *ctx)
{
	u64 dentry;

	if (!bpf_get_func_arg(ctx, 0, &dentry))
		place_forget(dentry);
	return 0;
}

#endif
