/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * entry: who starts a program in a governed cgroup has to get ready there. The init of a container runtime,
 * or what a service manager has forked, enters the cgroup first, then mounts and exchanges its root,
 * then executes the program that the policy is meant for. From its entry to that execve, its mounts
 * are not refused, nor is it that it opens what lies in no tree of its namespace (BL_ESCAPE_MOUNT,
 * BL_ESCAPE_TREE); what rules say is judged as ever.
 *
 * An entry is that of a task which at its last hook no policy but those of scope `host` governed, none of
 * them with rules about names; which since then has got into a policy by its cgroup alone; and whose
 * parent is under no such rules. So whoever is governed gains nothing by going from cgroup to
 * cgroup, nor by forking into one; nor does a tree of processes that is moved as a whole. What is forked
 * meanwhile is the same program and inherits it. It ends with execve, or by itself. Meanwhile no
 * governed task may trace who is in it.
 */
#ifndef BPF_ENTRY_H
#define BPF_ENTRY_H

#include "bpf/place.h"

#define ENTRY_TIME 60000000000ull /* nanoseconds; for who never executes anything */

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct fs_struct {
	struct path root;
};
struct task_struct___entry {
	struct fs_struct *fs;
};
#pragma clang attribute pop

/* Is a label, which is about to be computed anew, that of a task on its way into a cgroup? */
static __always_inline int entry_free(const struct bl_label *label, const struct person *person,
				      u32 generation)
{
	const u64 *classes = bl_block(generation & 1, 1);
	u64 parent = (u64)BPF_CORE_READ(bpf_get_current_task_btf(), real_parent);
	const struct bl_label *above;

	if (!classes || label->generation != generation || label->uid != person->uid ||
	    label->cgroup == person->cgroup || label->member & ~classes[5] /* host */ ||
	    name_places(generation, label->places))
		return 0;
	above = bpf_map_lookup_elem(&labels, &parent);
	return above && above->generation == generation && !name_places(generation, above->places);
}

static __always_inline void entry_begin(struct bl_label *label)
{
	label->window = bpf_ktime_get_boot_ns() + ENTRY_TIME;
	label->flags &= ~(BL_LABEL_KEEPS | BL_LABEL_KEPT);
}

/* Is the task whose label this is entering? */
static __always_inline int entry_open(const struct bl_label *label)
{
	return label && label->window && label->window > bpf_ktime_get_boot_ns();
}

/* Is the current task? */
__noinline int entry_now(void)
{
	u64 address = bpf_get_current_task();

	return entry_open(bpf_map_lookup_elem(&labels, &address));
}

/* --- execve ------------------------------------------------------------------------------------- */

static __always_inline int same_root(struct task_struct *task, struct task_struct *parent)
{
	struct fs_struct *fs = BPF_CORE_READ((struct task_struct___entry *)task, fs);
	struct fs_struct *above = BPF_CORE_READ((struct task_struct___entry *)parent, fs);

	return fs && above &&
	       (u64)BPF_CORE_READ(fs, root.mnt) == (u64)BPF_CORE_READ(above, root.mnt) &&
	       (u64)BPF_CORE_READ(fs, root.dentry) == (u64)BPF_CORE_READ(above, root.dentry);
}

/* runc executes itself again, from a mount that it has detached, so that nobody gets hold of its file.
 * Nobody's program can be started from there otherwise. */
static __always_inline int is_itself(struct task_struct *task, struct file *file)
{
	u64 mount = mount_of((u64)BPF_CORE_READ(file, f_path.mnt));
	u64 own = (u64)BPF_CORE_READ(task, mm, exe_file, f_inode);

	return own && (u64)BPF_CORE_READ(file, f_inode) == own &&
	       !BPF_CORE_READ((struct mount *)mount, mnt_ns);
}

/* systemd, from 255 on, leaves the getting ready to another program beside its own. */
static __always_inline int is_executor(struct task_struct *parent, struct file *file)
{
	static const char name[16] = "systemd-executor";
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	struct file *manager = BPF_CORE_READ(parent, mm, exe_file);
	u64 found[2] = {};

	if (!manager || BPF_CORE_READ(dentry, d_name.hash_len) >> 32 != sizeof(name) ||
	    bpf_probe_read_kernel(found, sizeof(found), BPF_CORE_READ(dentry, d_name.name)))
		return 0;
	return found[0] == ((const u64 *)name)[0] && found[1] == ((const u64 *)name)[1] &&
	       (u64)BPF_CORE_READ(file, f_path.mnt) == (u64)BPF_CORE_READ(manager, f_path.mnt) &&
	       (u64)BPF_CORE_READ(dentry, d_parent) ==
		       (u64)BPF_CORE_READ(manager, f_path.dentry, d_parent);
}

/* Does the current task, about to execute this file, go on getting ready? Once, and while its root is
 * still its parent's. */
__noinline int entry_keeps(u64 file)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	u64 address = bpf_get_current_task();
	const struct bl_label *label = bpf_map_lookup_elem(&labels, &address);

	if (!entry_open(label) || label->flags & BL_LABEL_KEPT || !same_root(task, parent))
		return 0;
	return is_itself(task, (struct file *)file) || is_executor(parent, (struct file *)file);
}

/* An execve is final. */
static __always_inline void entry_exec(struct bl_label *label, u32 generation)
{
	if (generation && label->flags & BL_LABEL_KEEPS)
		label->flags = (label->flags & ~BL_LABEL_KEEPS) | BL_LABEL_KEPT;
	else
		label->window = 0;
}

#endif
