/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * meta: what belongs to a file beside its bytes.
 *
 * The hooks of extended attributes and of times are given a dentry, but no mount. They are judged through
 * every mount of the file system that lies in the task's mount namespace and shows the dentry, and
 * refused where any of these is. Where there is none, the dentry lies in a layer of an overlay, whose own
 * name was judged before; or it was reached through another namespace, which is refused.
 * (An overlay's copies carry attributes and times into its layers. If these are mounted in the same
 * namespace, rules for them hold for that too.)
 */
#ifndef BPF_META_H
#define BPF_META_H

#include "bpf/files.h"

#define SHOWN_MOUNTS 16u	/* of one namespace, that show one dentry */
#define SHOWN_ALL    (1u << 16) /* of one file system, in all namespaces */
#define SHOWN_DEPTH  1024u

/* --- Without a mount ---------------------------------------------------------------------------- */

/* s->climb: mount, where we are; above, the end of the list; n, how many were found in s->levels;
 * all, a private one was found; result. */

static long shown_up(u32 i, void *context)
{
	struct scratch *s = ((struct run *)context)->s;
	struct climb *c = &s->climb;
	u64 dentry = c->dentry, parent;

	(void)i;
	if (dentry == c->root) {
		c->state = 1;
		return 1;
	}
	parent = (u64)FETCH(dentry, dentry, d_parent);
	if (!parent || parent == dentry)
		return 1;
	c->dentry = parent;
	return 0;
}

/* Does the mount show s->place's dentry? */
static __always_inline int shown_by(struct run *run, u64 mount)
{
	struct climb *c = &run->s->climb;

	c->dentry = run->s->place.dentry;
	c->root = (u64)FETCH(mount, mount, mnt.mnt_root);
	c->state = 0;
	bpf_loop(SHOWN_DEPTH, shown_up, run, 0);
	return c->state != 0;
}

static __always_inline u64 mount_listed(u64 node)
{
	if (bpf_core_field_exists(struct mount___chain, mnt_next_for_sb))
		return node;
	STAY(node);
	return node - bpf_core_field_offset(struct mount, mnt_instance);
}

static __always_inline u64 mount_next(u64 mount)
{
	if (bpf_core_field_exists(struct mount___chain, mnt_next_for_sb)) {
		STAY(mount);
		return (u64)BPF_CORE_READ((struct mount___chain *)mount, mnt_next_for_sb);
	}
	STAY(mount);
	return (u64)BPF_CORE_READ((struct mount *)mount, mnt_instance.next);
}

static long shown_step(u32 i, void *context)
{
	struct run *run = context;
	struct scratch *s = run->s;
	struct climb *c = &s->climb;
	u64 mount, ns;

	(void)i;
	if (!c->mount || c->mount == c->above) {
		c->result = CLIMB_DONE;
		return 1;
	}
	mount = mount_listed(c->mount);
	c->mount = mount_next(mount);
	ns = (u64)FETCH(mount, mount, mnt_ns);
	if ((ns != s->place.ns && ns != MNT_NS_INTERNAL) || !shown_by(run, mount))
		return 0;
	if (ns == MNT_NS_INTERNAL) {
		c->all = 1;
		return 0;
	}
	if (c->n >= SHOWN_MOUNTS)
		return 1; /* too many */
	s->levels[c->n & (BL_MAX_DEPTH - 1)].mount = mount;
	c->n++;
	return 0;
}

static __always_inline u64 mount_first(u64 sb, u64 *ret_end)
{
	*ret_end = 0;
	if (bpf_core_field_exists(struct mount___chain, mnt_next_for_sb)) {
		STAY(sb);
		return (u64)BPF_CORE_READ((struct super_block___chain *)sb, s_mounts);
	}
	STAY(sb);
	*ret_end = sb + bpf_core_field_offset(struct super_block, s_mounts);
	return (u64)BPF_CORE_READ((struct super_block *)sb, s_mounts.next);
}

#define SHOWN_EXEMPT  (-1)
#define SHOWN_FOREIGN (-2)
#define SHOWN_UNKNOWN (-3)

/* Finds the mounts through which s->place's dentry may be seen, into s->levels. How many; or one of the
 * above. */
__noinline int shown_find(u32 slot)
{
	struct scratch *s = scratch_at(slot);
	struct run run = {.s = s, .slot = slot};
	struct climb *c;
	u64 dentry, sb, end;
	u32 i;

	if (!s)
		return SHOWN_UNKNOWN;
	c = &s->climb;
	dentry = s->place.dentry;
	sb = (u64)FETCH(dentry, dentry, d_sb);
	if (FETCH(super_block, sb, s_flags) & SB_NOUSER)
		return SHOWN_EXEMPT; /* memfd, sockets: no tree */
	/* The list changes under mount_lock, and names under rename_lock. */
	for (i = 0; i < PLACE_TRIES; i++) {
		c->locks = locks_settled();
		if (c->locks & LOCKS_HELD)
			continue;
		c->n = c->all = 0;
		c->result = CLIMB_TOO_DEEP;
		c->mount = mount_first(sb, &end);
		c->above = end;
		bpf_loop(SHOWN_ALL, shown_step, &run, 0);
		if (!climb_stands(c))
			continue;
		if (c->result != CLIMB_DONE) {
			COUNT(BL_COUNT_CLOSED_DEPTH);
			return SHOWN_UNKNOWN;
		}
		if (c->n)
			return (int)c->n;
		return c->all ? SHOWN_EXEMPT : SHOWN_FOREIGN;
	}
	COUNT(BL_COUNT_CLOSED_TORN);
	return SHOWN_UNKNOWN;
}

/* Judges an operation on a dentry whatever name of it is meant. Inlined: judge_place() and what it calls
 * need seven frames. */
static __always_inline long judge_shown(const struct dentry *dentry, u32 generation, u64 places,
					u32 ops)
{
	u32 slot = scratch_take(), i;
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *s = scratch_at(slot);
	u64 ask = ASK(generation, PLACE_REMEMBER, ops);
	long result = 0;
	u64 at, ns;
	int n;

	if (!s)
		return -EPERM;
	s->place.dentry = (u64)dentry;
	s->place.ns = (u64)task->nsproxy->mnt_ns;
	at = *(volatile u64 *)&s->place.dentry;
	ns = *(volatile u64 *)&s->place.ns;
	n = shown_find(slot);
	for (i = 0; i < SHOWN_MOUNTS && (int)i < n && !result; i++)
		result = judge_place(at, s->levels[i].mount, ns, places, ask);
	scratch_give(slot);
	if (n == SHOWN_FOREIGN)
		result = refuse(places, generation, ESCAPE(TREE), 0, 0);
	else if (n == SHOWN_UNKNOWN)
		result = refuse(places, generation, ESCAPE(UNKNOWN), 0, 0);
	return result;
}

/* Hooks of (idmap, dentry, ...). */
static __always_inline int shown_hook(u64 *ctx, u32 ops)
{
	u32 generation;
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(judge_shown((struct dentry *)ctx[1], generation, places, ops));
}

/* Before 6.2, ACLs too. */
SEC("lsm/inode_setxattr") int meta_setxattr(u64 *ctx)
{
	return shown_hook(ctx, OP(XATTR));
}

SEC("lsm/inode_removexattr") int meta_removexattr(u64 *ctx)
{
	return shown_hook(ctx, OP(XATTR));
}

SEC("lsm/inode_set_acl") int meta_set_acl(u64 *ctx)
{
	return shown_hook(ctx, OP(XATTR));
}

SEC("lsm/inode_remove_acl") int meta_remove_acl(u64 *ctx)
{
	return shown_hook(ctx, OP(XATTR));
}

/* utimes() and its like, which the kernel allows to who may write. Mode, owner and size were judged with
 * a mount already; the times that go with them are theirs. */
static __always_inline int times_hook(const struct dentry *dentry, const struct iattr *attr)
{
	u32 valid = attr->ia_valid, generation;
	u64 places;
	int known;

	if (!(valid & (ATTR_ATIME | ATTR_MTIME)) ||
	    valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE))
		return 0;
	known = governed(&generation, &places);
	if (known <= 0)
		return known;
	return (int)answer(judge_shown(dentry, generation, places, OP(WRITE)));
}

SEC("lsm/inode_setattr") int meta_times(u64 *ctx)
{
	return times_hook((struct dentry *)ctx[1], (struct iattr *)ctx[2]);
}

/* Before 6.3. */
SEC("lsm/inode_setattr") int meta_times_unidmap(u64 *ctx)
{
	return times_hook((struct dentry *)ctx[0], (struct iattr *)ctx[1]);
}

/* --- With a mount ------------------------------------------------------------------------------- */

static __always_inline int path_hook(const struct path *path, u32 ops)
{
	u32 generation;
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(
		judge_at(path->dentry, path->mnt, places, ASK(generation, PLACE_REMEMBER, ops)));
}

SEC("lsm/path_chmod") int meta_chmod(u64 *ctx)
{
	return path_hook((struct path *)ctx[0], OP(CHMOD));
}

SEC("lsm/path_chown") int meta_chown(u64 *ctx)
{
	return path_hook((struct path *)ctx[0], OP(CHOWN));
}

#endif
