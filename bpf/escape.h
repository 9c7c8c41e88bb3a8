/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * escape: what would give files other names than the rules of a task know. Such a task may not mount,
 * move a mount, unmount (a mount that is detached has no name any more, for those who still have files of
 * it open, and what it hid comes back), exchange the root, or leave its mount namespace.
 *
 * These need no hook of their own: chroot() (walks go up to the root of the mount tree, whatever the
 * task's own root); open_tree() and fsmount() (what they give is in a tree of its own: whatever is opened
 * through it is refused as BL_ESCAPE_TREE, and attaching it is move_mount), unless they give it as a
 * namespace to enter; a new mount namespace (a copy, with the same names).
 */
#ifndef BPF_ESCAPE_H
#define BPF_ESCAPE_H

#include "bpf/decide.h"
#include "bpf/files.h"

static __always_inline long refuse_at(const void *dentry, const void *vfsmount, u32 generation,
				      u64 places, u64 what)
{
	u32 slot;
	struct scratch *s = place_take(&slot, dentry, vfsmount, NULL);
	u64 at, mount;

	if (!s)
		return -EPERM;
	at = *(volatile u64 *)&s->place.dentry;
	mount = *(volatile u64 *)&s->place.mount;
	scratch_give(slot);
	return refuse(places, generation, what, at, mount);
}

static __always_inline int mount_hook(const struct path *path)
{
	u32 generation;
	u64 places;
	int known = governed_by_name(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(refuse_at(path->dentry, path->mnt, generation, places, ESCAPE(MOUNT)));
}

/* mount(), unless it only changes options or how changes spread. */
SEC("lsm/sb_mount") int escape_mount(u64 *ctx)
{
	u64 flags = ctx[3];

	if (flags & MS_REMOUNT || (!(flags & MS_BIND) && flags & MS_SPREAD))
		return 0;
	return mount_hook((struct path *)ctx[1]);
}

SEC("lsm/move_mount") int escape_move_mount(u64 *ctx)
{
	return mount_hook((struct path *)ctx[1]);
}

SEC("lsm/sb_pivotroot") int escape_pivot_root(u64 *ctx)
{
	return mount_hook((struct path *)ctx[1]);
}

SEC("lsm/sb_umount") int escape_umount(u64 *ctx)
{
	struct vfsmount *mount = (struct vfsmount *)ctx[0];
	u32 generation;
	u64 places;
	int known = governed_by_name(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(refuse_at(mount->mnt_root, mount, generation, places, ESCAPE(MOUNT)));
}

#define TREE_AS_NAMESPACE 2u /* OPEN_TREE_NAMESPACE, FSMOUNT_NAMESPACE */

/*
 * From 7.0 on, open_tree() and fsmount() can give a tree as a mount namespace of its own, whose root it
 * is. There is no hook but the question whether the task may mount.
 */
SEC("lsm/capable") int escape_tree(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 generation, call;
	u64 places;
	int known;

	if ((u32)ctx[2] != CAP_SYS_ADMIN)
		return 0;
	call = task_call(task) & ~CALL_32; /* all ABIs have the same numbers */
	if (!((call == 428 || call == 467) && task_third(task) & TREE_AS_NAMESPACE) &&
	    !(call == 432 && task_second(task) & TREE_AS_NAMESPACE))
		return 0;
	known = governed(&generation, &places);
	if (known <= 0)
		return known;
	return (int)answer(refuse(places, generation, ESCAPE(MOUNT), 0, 0));
}

/* x86-64 and i386; x32 has a bit more. */
static __always_inline int is_setns(u64 call)
{
	call &= ~0x40000000ull;
	return call == 308 || call == 346;
}

/*
 * setns() into another mount namespace, where the same files have other names, has no hook but this: it
 * alone asks for CAP_SYS_CHROOT there. Who is in the host's namespace is let into others (that is how
 * `docker exec` comes into a container whose policy it already has); not back, and not from one into
 * another.
 */
SEC("lsm/capable") int escape_setns(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u32 generation;
	u64 places;
	int known;

	if ((u32)ctx[2] != CAP_SYS_CHROOT ||
	    !is_setns(BPF_CORE_READ((struct pt_regs *)bpf_task_pt_regs(task), orig_ax)) ||
	    BPF_CORE_READ(task, nsproxy, mnt_ns) ==
		    BPF_CORE_READ((struct nsproxy *)&init_nsproxy, mnt_ns))
		return 0;
	known = governed_by_name(&generation, &places);
	if (known <= 0)
		return known;
	return (int)answer(refuse(places, generation, ESCAPE(TREE), 0, 0));
}

#endif
