/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * tree: names that come, go and move.
 *
 * A rule holds for a place, not for what lies there. So no governed task may carry something from a
 * place where its policies deny an access to one where they don't, whether by a second name or by
 * moving it: that is told as BL_ESCAPE_LINK, whatever the policy says of `link` and `rename`.
 */
#ifndef BPF_TREE_H
#define BPF_TREE_H

#include "bpf/files.h"

/* What a second name must not lose, and what moving must not. Denials of making things at the old place
 * are not carried away. */
#define LINK_KEEPS                                                                                 \
	(OP(READ) | OP(WRITE) | OP(CHMOD) | OP(CHOWN) | OP(XATTR) | OP(EXECUTE) | OP(EXEC) |       \
	 OP(MAP) | OP(UNIX_CONNECT))
#define RENAME_KEEPS (LINK_KEEPS | OP(DELETE) | OP(LINK))

/* Of a pointer the verifier of 6.12 holds that it is not NULL, and takes the comparison out. */
static __always_inline int has_inode(const struct dentry *dentry)
{
	return low_half(dentry->d_inode) != 0;
}

/* Judges operations on a name in a directory. */
static __always_inline long judge_name(const struct path *dir, const struct dentry *dentry,
				       u32 generation, u64 places, u32 ops)
{
	u32 flags = has_inode(dentry) ? PLACE_REMEMBER : 0;

	return judge_at(dentry, dir->mnt, places, ASK(generation, flags, ops));
}

/* --- Moving ------------------------------------------------------------------------------------- */

#define MOVE_DIRECTORY 1u

/* Does state `from` deny any of these places an operation that `to` does not? */
__noinline int move_loses(u32 image, u32 from, u32 to, u64 places, u32 ops)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_pair *old, *new;
	u32 op;

	for (op = 0; op < BL_OPS; op++) {
		if (!(ops >> op & 1))
			continue;
		old = h ? bl_pair(image, h, from, op) : NULL;
		new = h ? bl_pair(image, h, to, op) : NULL;
		if (!old || !new || old->deny & ~new->deny & places)
			return 1;
	}
	return 0;
}

/*
 * May what is in state `from` be had in state `to`? For a directory everything below counts, which is
 * not looked at: its names lead from one state to others. Equal states mean equal states below. Two sinks
 * (nothing below is any different) are compared as they are. Any other pair is refused: below the old
 * place there may be denials that the new one lacks, and below the new one names may appear that nobody
 * may create.
 */
static __always_inline int move_holds(u32 image, u32 from, u32 to, u64 places, u32 ops,
				      u32 directory)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_state *old = h ? bl_state(image, h, from) : NULL;
	const struct bl_state *new = h ? bl_state(image, h, to) : NULL;

	if (!old || !new)
		return 0;
	if (from == to)
		return 1;
	if (directory && !(old->globs & new->globs &BL_SINK))
		return 0;
	return !move_loses(image, from, to, places, ops);
}

/* Who refuses a move that does not hold: what is lost to those in audit mode alone is theirs to tell, and
 * nobody's to refuse. `ask`: as of judge_move(). */
__noinline long move_blames(u32 image, u32 from, u32 to, u64 places, u32 ask)
{
	u64 firm = places & ~control.audit[image & 1];

	return (long)(move_holds(image, from, to, firm, ask & 0xffff, ask >> 16 & MOVE_DIRECTORY)
			      ? places & ~firm
			      : places);
}

/* Whose loss is told: a place (bits 40 on), and the number of the rule that denies there what would be had
 * (below it, + 1). 0: none at the names themselves. */
__noinline u64 move_rule(u32 image, u32 from, u32 to, u64 places, u32 ops)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_state *known = h ? bl_state(image, h, from) : NULL;
	const struct bl_pair *old, *new;
	u32 op, place, rule;
	u64 lost = 0;

	for (op = 0; op < BL_OPS; op++) {
		if (!(ops >> op & 1))
			continue;
		old = h ? bl_pair(image, h, from, op) : NULL;
		new = h ? bl_pair(image, h, to, op) : NULL;
		lost = old && new ? old->deny & ~new->deny &places : 0;
		if (lost)
			break;
	}
	if (!lost || !known)
		return 0;
	for (place = 0; place < BL_PLACES - 1; place++)
		if (lost >> place & 1)
			break;
	rule = bl_rule_of(image, known->decider, op, place);
	return (u64)place << 40 | (u32)(rule + 1);
}

/* The state of what lies in a directory and has no rule of its own. */
static __always_inline u32 state_below(u32 image, u32 state)
{
	const struct bl_header *h = bl_first(image);
	const struct bl_state *s = h ? bl_state(image, h, state) : NULL;

	return s && !(s->globs & BL_SINK) ? s->other : state;
}

/* The same of what lies below, where nothing is lost at the names of a directory. `ask`: as of judge_move(). */
__noinline u64 move_tells(u32 old, u32 new, u64 places, u64 ask)
{
	u32 image = (u32)(ask >> 32) & 1, ops = (u32)ask & 0xffff;
	u64 firm = places & ~control.audit[image], found;

	if (firm)
		places = firm;
	found = move_rule(image, old, new, places, ops);
	if (!found && (u32)ask >> 16 & MOVE_DIRECTORY)
		found = move_rule(image, state_below(image, old), state_below(image, new), places,
				  ops);
	return found;
}

/* The state of another place in the tree of s->place. */
static __always_inline u32 move_state(struct scratch *s, u32 slot, u64 dentry, u32 flags)
{
	s->place.dentry = dentry;
	s->place.flags = flags;
	return place_resolve(slot);
}

/* Judges carrying s->place's dentry to the name `to` in the same mount; gives the slot back. `ask`: as
 * of judge_place, with what must not be lost for operations, and MOVE_DIRECTORY for flags. */
__noinline long judge_move(u32 slot, u64 to, u64 places, u64 ask)
{
	struct scratch *s = scratch_at(slot);
	u32 generation = (u32)(ask >> 32), old, new, directory = (u32)ask >> 16 & MOVE_DIRECTORY;
	u64 from, mount, escape = 0, told;

	if (!s)
		return -EPERM;
	from = s->place.dentry;
	mount = s->place.mount;
	s->place.generation = generation;
	s->place.ns = mount_ns(s, mount); /* another than the task's: it is entering (entry.h) */
	old = move_state(s, slot, from, PLACE_REMEMBER);
	/* It may have no inode yet; at any rate nothing need be remembered of it. */
	new = move_state(s, slot, to, 0);
	if (old == BL_STATE_NONE || new == BL_STATE_NONE)
		escape = ESCAPE(UNKNOWN);
	else if (!move_holds(generation & 1, old, new, places, (u32)ask & 0xffff, directory))
		escape = ESCAPE(LINK);
	if (escape == ESCAPE(LINK)) {
		places = (u64)move_blames(generation & 1, old, new, places, (u32)ask);
		told = move_tells(old, new, places, ask);
		if (told)
			places = 1ull << (told >> 40 & 63);
		escape |= FOR_RULE((u32)told - 1);
	}
	scratch_give(slot);
	return escape ? refuse(places, generation, escape, from, mount) : 0;
}

static __always_inline long judge_carry(const struct path *dir, const struct dentry *from,
					const struct dentry *to, u64 places, u64 ask)
{
	const struct inode *inode = from->d_inode;
	struct scratch *s;
	u32 slot;

	if (!inode)
		return 0; /* nothing is carried (an exchange with what is not there fails) */
	if ((inode->i_mode & S_IFMT) == S_IFDIR)
		ask |= (u64)MOVE_DIRECTORY << 16;
	s = place_take(&slot, from, dir->mnt, NULL);
	if (!s)
		return -EPERM;
	*(volatile u64 *)&s->cell = (u64)to;
	return judge_move(slot, *(volatile u64 *)&s->cell, places, ask);
}

/* Both names are in one mount. */
SEC("lsm/path_rename") int path_rename(u64 *ctx)
{
	struct path *old_dir = (struct path *)ctx[0], *new_dir = (struct path *)ctx[2];
	struct dentry *old = (struct dentry *)ctx[1], *new = (struct dentry *)ctx[3];
	u32 generation, exchange = (u32)ctx[4] & RENAME_EXCHANGE;
	u64 places;
	int known = governed_by_name(&generation, &places);
	long result;

	if (known <= 0)
		return known;
	result = judge_name(old_dir, old, generation, places, OP(RENAME));
	if (!result)
		result = judge_name(new_dir, new, generation, places,
				    exchange	     ? OP(RENAME)
				    : has_inode(new) ? OP(RENAME) | OP(DELETE)
						     : OP(RENAME) | OP(CREATE));
	if (!result)
		result = judge_carry(old_dir, old, new, places, ASK(generation, 0, RENAME_KEEPS));
	if (!result && exchange)
		result = judge_carry(new_dir, new, old, places, ASK(generation, 0, RENAME_KEEPS));
	return (int)answer(result);
}

SEC("lsm/path_link") int path_link(u64 *ctx)
{
	struct dentry *old = (struct dentry *)ctx[0], *new = (struct dentry *)ctx[2];
	struct path *dir = (struct path *)ctx[1]; /* the old one's mount is the same */
	u32 generation;
	u64 places;
	int known = governed_by_name(&generation, &places);
	long result;

	if (known <= 0)
		return known;
	result = judge_name(dir, old, generation, places, OP(LINK));
	if (!result)
		result = judge_name(dir, new, generation, places, OP(CREATE));
	if (!result)
		result = judge_carry(dir, old, new, places, ASK(generation, 0, LINK_KEEPS));
	return (int)answer(result);
}

/* --- Coming and going --------------------------------------------------------------------------- */

/* bind() of a unix socket. Where a policy says the same of all unix paths, its name does not matter, nor
 * in which tree it is. */
static __always_inline int bind_hook(const struct path *dir, const struct dentry *dentry)
{
	u32 generation = control.generation;
	const u64 *classes;
	u64 names, others;
	long result = 0;
	struct who who;

	if (!generation)
		return 0;
	if (who_now(bpf_get_current_task_btf(), generation, &who))
		return -EPERM;
	if (!who.places)
		return 0;
	classes = bl_block(generation & 1, 1);
	names = name_places(generation, who.places);
	others = who.places & ~names & (classes ? classes[2] : ~0ull); /* network */
	if (names)
		result = judge_name(dir, dentry, generation, names, OP(CREATE) | OP(UNIX_BIND));
	if (!result && others)
		result = judge_at(dentry, dir->mnt, others,
				  ASK(generation, PLACE_ANY_TREE, OP(UNIX_BIND)));
	return (int)answer(result);
}

/* mknod(), open() with O_CREAT. (O_TMPFILE passes file_open, as a name in its directory, and path_link
 * when it gets a real one.) */
SEC("lsm/path_mknod") int path_mknod(u64 *ctx)
{
	struct path *dir = (struct path *)ctx[0];
	struct dentry *dentry = (struct dentry *)ctx[1];
	u32 type = (u32)ctx[2] & S_IFMT, generation, ops = OP(CREATE);
	u64 places;
	int known;

	if (type == S_IFSOCK)
		return bind_hook(dir, dentry);
	known = governed(&generation, &places);
	if (known <= 0)
		return known;
	if (type == S_IFCHR || type == S_IFBLK || type == S_IFIFO)
		ops = OP(MKNOD);
	return (int)answer(judge_name(dir, dentry, generation, places, ops));
}

/* One operation on a name, of hooks that begin with (dir, dentry). */
static __always_inline int name_hook(u64 *ctx, u32 ops)
{
	struct path *dir = (struct path *)ctx[0];
	struct dentry *dentry = (struct dentry *)ctx[1];
	u32 generation;
	u64 places;
	int known = governed(&generation, &places);

	if (known <= 0)
		return known;
	return (int)answer(judge_name(dir, dentry, generation, places, ops));
}

SEC("lsm/path_mkdir") int path_mkdir(u64 *ctx)
{
	return name_hook(ctx, OP(CREATE));
}

SEC("lsm/path_symlink") int path_symlink(u64 *ctx)
{
	return name_hook(ctx, OP(CREATE));
}

SEC("lsm/path_unlink") int path_unlink(u64 *ctx)
{
	return name_hook(ctx, OP(DELETE));
}

SEC("lsm/path_rmdir") int path_rmdir(u64 *ctx)
{
	return name_hook(ctx, OP(DELETE));
}

#endif
