/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * exec: what may be started, and what memory may be executed.
 *
 * A program is judged as every file of its chain (a script, its interpreter) is about to run. The ELF
 * loader of an allowed program is implied. What no tree holds (a memfd, a deleted mount's file is not
 * meant) is judged as a path that no rule names, and as anonymous memory.
 *
 * Not to be seen from any hook: the stack and the bss that an executable's own headers want executable
 * (PT_GNU_STACK, PF_X), which execve sets up without asking.
 */
#ifndef BPF_EXEC_H
#define BPF_EXEC_H

#include "bpf/files.h"

/* Judges one of enum bl_word; the record also names the file, where there is one. */
__noinline long judge_word(u64 dentry, u64 mount, u64 places, u32 generation, u32 word)
{
	u32 image = generation & 1, slot = scratch_take(), number;
	const struct bl_header *h = bl_first(image);
	const struct bl_decision *decision;
	struct scratch *s = scratch_at(slot);
	struct question *q;
	long result = -EPERM; /* closed: no memory, or no image */

	if (!s)
		return result;
	if (!h)
		goto out;
	number = h->word[word & 1];
	result = 0;
	if (!number)
		goto out;
	result = -EPERM;
	decision = bl_decision(image, h, number);
	if (!decision)
		goto out;
	q = &s->question;
	q->places = places;
	q->deny = decision->deny & places;
	q->audit = decision->audit & places;
	q->decider = decision->decider;
	q->generation = generation;
	q->op = BL_OP_WORD;
	q->dentry = dentry;
	q->mount = mount;
	result = 0;
	if (q->deny | q->audit) {
		record_start(slot, generation);
		s->record.object = word;
		result = tell(slot);
	}
out:
	scratch_give(slot);
	return answer(result);
}

/* What a mapping is of. */
struct mapped {
	u64 dentry, mount; /* 0: of no file */
	u32 placed;	   /* in a tree */
	u32 named;	   /* a regular file there */
	u32 by_exec;	   /* opened by execve, or for it */
	u64 cell;	   /* for NUMBER() */
};

/* What is mapped of an overlay is a file of a layer, which knows the overlay's. It lies in a private
 * mount, but its file system is one that can be mounted: unlike that of a memfd, of small pages or large. */
static __always_inline u64 path_of_backing(u64 file, u64 inode)
{
	u64 sb = (u64)BPF_CORE_READ((struct inode *)inode, i_sb);

	if (!bpf_core_field_exists(struct backing_file, user_path) ||
	    !(BPF_CORE_READ((struct file *)file, f_mode) & FMODE_BACKING) ||
	    BPF_CORE_READ((struct super_block *)sb, s_flags) & SB_NOUSER ||
	    BPF_CORE_READ((struct super_block *)sb, s_magic) == HUGETLBFS_MAGIC)
		return 0;
	STAY(file);
	return file + bpf_core_field_offset(struct backing_file, user_path);
}

/* Fills `m`. */
__noinline int mapped_of(struct mapped *m, u64 file)
{
	u64 inode, mount, path;

	if (!m)
		return 0;
	m->dentry = m->mount = 0;
	m->placed = m->named = m->by_exec = 0;
	if (!file)
		return 0;
	inode = NUMBER(&m->dentry, FETCH(file, file, f_inode));
	m->by_exec = FETCH(file, file, f_flags) & FMODE_EXEC;
	mount = mount_of(NUMBER(&m->dentry, FETCH(file, file, f_path.mnt)));
	m->mount = mount;
	*(volatile u64 *)&m->dentry = (u64)FETCH(file, file, f_path.dentry);
	if (NUMBER(&m->cell, FETCH(mount, mount, mnt_ns)) == MNT_NS_INTERNAL) {
		path = path_of_backing(file, inode);
		if (!path)
			return 0;
		m->dentry = (u64)BPF_CORE_READ((struct path *)path, dentry);
		m->mount = mount = mount_of((u64)BPF_CORE_READ((struct path *)path, mnt));
		if ((u64)BPF_CORE_READ((struct mount *)mount, mnt_ns) == MNT_NS_INTERNAL)
			return 0;
	}
	m->placed = 1;
	m->named = (FETCH(inode, inode, i_mode) & S_IFMT) == S_IFREG;
	return 0;
}

/* Memory becomes executable. `words`: those of enum bl_word that it calls for, by bit; `ops`: what else
 * is asked about a named file. */
static __always_inline long judge_mapped(const struct mapped *m, u64 places, u32 generation,
					 u32 words, u32 ops)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 flags = PLACE_REMEMBER | PLACE_ANY_TREE | PLACE_UNNAMED, slot;
	struct scratch *s;
	long result = 0;

	if (words & 1u << BL_WORD_ANONYMOUS)
		result = judge_word(m->dentry, m->mount, places, generation, BL_WORD_ANONYMOUS);
	if (!result && words & 1u << BL_WORD_WX)
		result = judge_word(m->dentry, m->mount, places, generation, BL_WORD_WX);
	if (result || !m->dentry || !ops)
		return result;
	slot = scratch_take();
	s = scratch_at(slot);
	if (!s)
		return -EPERM;
	s->place.dentry = m->dentry;
	s->place.mount = m->mount;
	s->place.ns = (u64)task->nsproxy->mnt_ns;
	s->place.file = 0;
	return judge_slot(slot, places, ASK(generation, flags, ops));
}

/* --- Programs ----------------------------------------------------------------------------------- */

/* One file of the chain. Access `execute`, and where it lies, were judged as exec opened it; unless it
 * has no place. */
static __always_inline long judge_exec(struct linux_binprm *bprm, u32 generation, u64 places)
{
	u32 words = 0, ops = OP(EXEC);
	struct mapped m;

	mapped_of(&m, (u64)BPF_CORE_READ(bprm, file));
	if (!m.named) {
		words = 1u << BL_WORD_ANONYMOUS;
		ops |= OP(EXECUTE);
	}
	return judge_mapped(&m, places, generation, words, ops);
}

SEC("lsm/bprm_check_security") int exec_check(u64 *ctx)
{
	struct linux_binprm *bprm = (struct linux_binprm *)ctx[0];
	u32 generation;
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(judge_exec(bprm, generation, places));
}

/* --- Memory ------------------------------------------------------------------------------------- */

/*
 * A mapping is read and written without any further hook. So whatever the protection is now: a file that
 * is mapped is read, and one that is mapped shared and writable is written. What exec maps was judged as
 * it was opened; but memory that is writable and executable, or of no file, is that in a program's
 * headers, too. The file is NULL for anonymous memory, which not every verifier knows: hence numbers.
 */
SEC("lsm/mmap_file") int mmap_file(u64 *ctx)
{
	u32 asked = (u32)ctx[1], prot = (u32)ctx[2] | asked, flags = (u32)ctx[3];
	u32 generation, ops = 0, words = 0;
	struct mapped m;
	u64 places, file;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	if (bpf_get_func_arg(ctx, 0, &file))
		return -EPERM;
	if (!(prot & PROT_EXEC) && (!file || (!(flags & MAP_SHARED && prot & PROT_WRITE) &&
					      FETCH(file, file, f_flags) & FMODE_EXEC)))
		return 0; /* no file; or what exec maps of its own, to be read */
	mapped_of(&m, file);
	if (prot & PROT_EXEC) {
		if (!m.named)
			words = 1u << BL_WORD_ANONYMOUS;
		if (prot & PROT_WRITE)
			words |= 1u << BL_WORD_WX;
		if (!m.named || !m.by_exec)
			ops = OP(EXECUTE) | OP(MAP);
	}
	if (m.placed && !m.by_exec)
		ops |= OP(READ);
	if (m.placed && flags & MAP_SHARED && prot & PROT_WRITE)
		ops |= OP(WRITE);
	return words | ops ? (int)answer(judge_mapped(&m, places, generation, words, ops)) : 0;
}

/*
 * Memory that was ever written is told by its anon_vma (private mappings get one with the first write) or
 * by its being writable now. What is executable already, and does not become writable as well, gains
 * nothing.
 */
SEC("lsm/file_mprotect") int file_mprotect(u64 *ctx)
{
	struct vm_area_struct *vma = (struct vm_area_struct *)ctx[0];
	u32 prot = (u32)ctx[1] | (u32)ctx[2], generation, ops = 0, words = 0;
	u64 places, file, vm_flags = vma->vm_flags;
	struct mapped m;
	int known;

	if (prot & PROT_EXEC && (prot & PROT_WRITE || !(vm_flags & VM_EXEC)))
		ops = OP(EXECUTE) | OP(MAP);
	if (prot & PROT_WRITE && !(vm_flags & VM_WRITE) && vm_flags & VM_SHARED)
		ops |= OP(WRITE);
	if (!ops)
		return 0;
	known = governed(&generation, &places);
	if (known <= 0)
		return known;
	file = (u64)BPF_CORE_READ(vma, vm_file);
	mapped_of(&m, file);
	if (ops & OP(EXECUTE)) {
		if (!m.named)
			words = 1u << BL_WORD_ANONYMOUS;
		if (prot & PROT_WRITE || vm_flags & VM_WRITE ||
		    (!(vm_flags & VM_SHARED) && BPF_CORE_READ(vma, anon_vma)))
			words |= 1u << BL_WORD_WX;
	}
	return (int)answer(judge_mapped(&m, places, generation, words, ops));
}

#endif
