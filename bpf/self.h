/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * self: what is bailiff's own, and who may touch it. Governed tasks may not: they get no descriptor of
 * its maps and programs, change no name below its directory of bpffs, neither cover nor unmount that,
 * neither signal nor trace the service, and do not switch off what calls programs (file_open). What an
 * ungoverned task does there is told of, but for a signal by way of a file's owner (F_SETOWN): that nobody
 * may send.
 *
 * All of bpf() stays open otherwise: an init system that only `host: true` policies govern goes on
 * loading its own programs.
 */
#ifndef BPF_SELF_H
#define BPF_SELF_H

#include "bpf/decide.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct bpf_map {
	char name[16];
};
struct bpf_array {
	u64 value[0];
};
struct bpf_prog_aux {
	u32 used_map_cnt;
	struct bpf_map **used_maps;
};
struct bpf_prog {
	struct bpf_prog_aux *aux;
};
struct bpf_link {
	struct bpf_prog *prog;
};
struct file___self {
	void *private_data;
};
struct fdtable {
	u32 max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct task_struct___self {
	struct files_struct *files;
};
struct caps___self {
	u32 unused;
};
struct cred___self {
	struct caps___self cap_effective;
};
struct node___self {
	struct node___self *next;
};
struct mount___self {
	struct mount *mnt_parent;
	struct node___self mnt_mounts, mnt_child, mnt_share;
};
#pragma clang attribute pop

extern const void init_nsproxy __ksym;

#define BPF_FS_MAGIC 0xcafe4a11u

#define BPF_LINK_UPDATE_CALL 29u
#define BPF_LINK_DETACH_CALL 34u

/* --- Who --------------------------------------------------------------------------------------------- */

/* A device's number as stat(2) has it. */
static __always_inline u64 device_of(u32 s_dev)
{
	u32 major = s_dev >> 20, minor = s_dev & 0xfffff;

	return (minor & 0xff) | major << 8 | (u64)(minor & ~0xffu) << 12;
}

static __always_inline int is_loader(struct task_struct *task)
{
	return control.loader_tgid && (u32)task->tgid == control.loader_tgid &&
	       task->group_leader->start_boottime / TICK == control.loader_start;
}

static __always_inline int is_installed(struct task_struct *task)
{
	u64 inode = (u64)BPF_CORE_READ(task, mm, exe_file, f_inode);

	return inode && control.exe_inode &&
	       BPF_CORE_READ((struct inode *)inode, i_ino) == control.exe_inode &&
	       device_of(BPF_CORE_READ((struct inode *)inode, i_sb, s_dev)) == control.exe_device;
}

/* The one exception: so that an administrator of a host whose policies govern him as well can get out.
 * Process 1 stops and starts the service for him. */
static __always_inline int is_administrator(struct task_struct *task, u32 generation)
{
	const u64 *classes = bl_block(generation & 1, 1);
	u64 address = bpf_get_current_task(), caps = 0;
	const struct bl_label *label = bpf_map_lookup_elem(&labels, &address);
	const struct cred *cred = task->real_cred;

	if (control.locked || !label || !classes || label->member & ~classes[CLASS(host)])
		return 0;
	bpf_probe_read_kernel(&caps, sizeof(caps),
			      (void *)cred +
				      bpf_core_field_offset(struct cred___self, cap_effective));
	if (!(caps >> 21 & 1) /* CAP_SYS_ADMIN */ || cred->user_ns->level)
		return 0;
	return task->tgid == 1 || is_installed(task);
}

/* --- Verdicts ------------------------------------------------------------------------------------------ */

/* An ungoverned task's doing, for the record. */
__noinline int self_note(u32 generation, u64 what, u64 dentry, u64 mount)
{
	u32 slot = scratch_take();
	struct scratch *s = scratch_at(slot);

	if (!s)
		return 0;
	s->question.dentry = dentry;
	s->question.mount = mount;
	record_start(slot, generation);
	s->record.verdict = BL_AUDITED;
	s->record.op = BL_OP_SELF;
	s->record.place = BL_PLACES;
	s->record.policy = BL_PLACES;
	s->record.rule = BL_NO_RULE;
	s->record.object = (u32)what;
	record_names(slot);
	COUNT(BL_COUNT_AUDITED);
	record_send(slot, BL_COUNT_LOST_LSM);
	scratch_give(slot);
	return 0;
}

/* The current task is about to touch what is bailiff's. 0, or -EPERM. */
static __always_inline long self_judge(u64 what, u64 dentry, u64 mount)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct asker asker;
	int found;

	if (is_loader(task))
		return 0;
	found = asker_now(task, &asker);
	if (found < 0)
		return -EPERM;
	if (found)
		return is_administrator(task, asker.generation)
			       ? 0
			       : refuse(asker.places, asker.generation, what, dentry, mount);
	if (asker.generation && !(task->flags & PF_KTHREAD) && !is_installed(task))
		self_note(asker.generation, what, dentry, mount);
	return 0;
}

/* --- Maps, programs, links ------------------------------------------------------------------------------ */

#define SELF_NAME 0x6666696c696162ull /* bailiff, which begins the names that the loader gives */

/* Is the map at this address ours? */
__noinline int self_map(u64 map)
{
	const u32 value = bpf_core_field_offset(struct bpf_array, value);
	u64 name = 0;
	u32 slot;

	/* What the programs do not use, and what they are about to: by its name. */
	bpf_probe_read_kernel(&name, sizeof(name),
			      (void *)(map + bpf_core_field_offset(struct bpf_map, name)));
	if ((name & ~(0xffull << 56)) == SELF_NAME)
		return 1;
	if (map + value == (u64)&control || map + value == (u64)counters || map == (u64)&labels ||
	    map == (u64)&images || map == (u64)&heads || map == (u64)&counts ||
	    map == (u64)&memory || map == (u64)&seats || map == (u64)&ring || map == (u64)&told ||
	    map == (u64)&scratches)
		return 1;
	slot = 0;
	if (map == (u64)bpf_map_lookup_elem(&images, &slot) ||
	    map == (u64)bpf_map_lookup_elem(&counts, &slot))
		return 1;
	slot = 1;
	return map == (u64)bpf_map_lookup_elem(&images, &slot) ||
	       map == (u64)bpf_map_lookup_elem(&counts, &slot);
}

/* A program is ours if it uses one of our maps: nobody else can have them. */
__noinline int self_program(u64 prog)
{
	u64 aux = (u64)BPF_CORE_READ((struct bpf_prog *)prog, aux), map, maps;
	u32 n = BPF_CORE_READ((struct bpf_prog_aux *)aux, used_map_cnt), i;

	maps = (u64)BPF_CORE_READ((struct bpf_prog_aux *)aux, used_maps);
	for (i = 0; i < 16 && i < n; i++) {
		map = 0;
		bpf_probe_read_kernel(&map, sizeof(map), (void *)(maps + i * 8));
		if (map && self_map(map))
			return 1;
	}
	return 0;
}

/* Every new descriptor of a map or a program comes by here, however it was reached. */
SEC("lsm/bpf_map") int self_new_map(u64 *ctx)
{
	u64 map;

	if (bpf_get_func_arg(ctx, 0, &map))
		return -EPERM;
	return self_map(map) ? (int)answer(self_judge(SELF(BPF), 0, 0)) : 0;
}

SEC("lsm/bpf_prog") int self_new_prog(u64 *ctx)
{
	u64 prog;

	if (bpf_get_func_arg(ctx, 0, &prog))
		return -EPERM;
	return self_program(prog) ? (int)answer(self_judge(SELF(BPF), 0, 0)) : 0;
}

/* Links have no such hook. The kernel itself neither updates nor detaches those of LSM programs, so that
 * what is looked up here by descriptor, and may be another one when the kernel looks, is there to be
 * told of. `attr` begins with the link's descriptor. */
static __always_inline int self_command(u32 command, u64 attr)
{
	struct task_struct___self *task = (struct task_struct___self *)bpf_get_current_task();
	u64 files, file = 0;
	u32 fd = ~0u;

	if (command != BPF_LINK_UPDATE_CALL && command != BPF_LINK_DETACH_CALL)
		return 0;
	if (bpf_probe_read_kernel(&fd, sizeof(fd), (void *)attr) ||
	    fd >= BPF_CORE_READ(task, files, fdt, max_fds))
		return 0;
	files = (u64)BPF_CORE_READ(task, files, fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(files + fd * 8ull));
	file = file ? (u64)BPF_CORE_READ((struct file___self *)file, private_data) : 0;
	file = file ? (u64)BPF_CORE_READ((struct bpf_link *)file, prog) : 0;
	return file && self_program(file) ? (int)answer(self_judge(SELF(BPF), 0, 0)) : 0;
}

/* --- Names in bpffs --------------------------------------------------------------------------------------- */

#define SELF_DEPTH 16u

/* Is this bailiff's directory, or below it? Deeper than bailiff's own names lie: taken as if it were. */
__noinline int self_below(u64 dentry)
{
	u64 inode, parent;
	u32 i;

	for (i = 0; i < SELF_DEPTH; i++) {
		inode = (u64)BPF_CORE_READ((struct dentry *)dentry, d_inode);
		if (inode && BPF_CORE_READ((struct inode *)inode, i_ino) == control.pins_inode)
			return device_of(BPF_CORE_READ((struct dentry *)dentry, d_sb, s_dev)) ==
			       control.pins_device;
		parent = (u64)BPF_CORE_READ((struct dentry *)dentry, d_parent);
		if (parent == dentry)
			return 0;
		dentry = parent;
	}
	return 1;
}

/* A name in the directory of a path is about to come, change or go. */
static __always_inline int self_name(u64 *ctx, u32 directory, u32 entry)
{
	u64 dir, mount, dentry;

	if (!control.pins_inode ||
	    ((struct path *)ctx[directory])->dentry->d_sb->s_magic != BPF_FS_MAGIC)
		return 0;
	if (bpf_get_func_arg(ctx, directory, &dir) || bpf_get_func_arg(ctx, entry, &dentry))
		return -EPERM;
	mount = mount_of((u64)BPF_CORE_READ((struct path *)dir, mnt));
	return self_below(dentry) ? (int)answer(self_judge(SELF(PIN), dentry, mount)) : 0;
}

SEC("lsm/path_unlink") int self_unlink(u64 *ctx)
{
	return self_name(ctx, 0, 1);
}

SEC("lsm/path_rmdir") int self_rmdir(u64 *ctx)
{
	return self_name(ctx, 0, 1);
}

SEC("lsm/path_mkdir") int self_mkdir(u64 *ctx)
{
	return self_name(ctx, 0, 1);
}

SEC("lsm/path_mknod") int self_mknod(u64 *ctx) /* BPF_OBJ_PIN as well */
{
	return self_name(ctx, 0, 1);
}

SEC("lsm/path_symlink") int self_symlink(u64 *ctx)
{
	return self_name(ctx, 0, 1);
}

SEC("lsm/path_link") int self_link(u64 *ctx)
{
	return self_name(ctx, 1, 2);
}

SEC("lsm/path_rename") int self_rename(u64 *ctx)
{
	int result = self_name(ctx, 0, 1);

	return result ? result : self_name(ctx, 2, 3);
}

/* --- Mounts of it ------------------------------------------------------------------------------------------
 *
 * Only in the mount namespace that the machine started with, and in those from which mounts spread there:
 * services get namespaces of their own, in which they cover and unmount as they please.
 */
static __always_inline int self_home(u64 mount)
{
	return BPF_CORE_READ((struct mount *)mount, mnt_ns) ==
	       BPF_CORE_READ((struct nsproxy *)&init_nsproxy, mnt_ns);
}

static __always_inline int self_holds(u64 mount)
{
	return device_of(BPF_CORE_READ((struct mount *)mount, mnt.mnt_sb, s_dev)) ==
	       control.pins_device;
}

struct peers {
	u64 at, first;
	u32 spreads;
};

/* To the next mount with which this one shares what is mounted and unmounted below it. */
static long peers_step(u32 i, void *context)
{
	const u32 share = bpf_core_field_offset(struct mount___self, mnt_share);
	struct peers *p = context;
	u64 at = p->at;

	(void)i;
	if (self_home(at))
		return 1;
	p->at = (u64)BPF_CORE_READ((struct mount___self *)at, mnt_share.next) - share;
	if (p->at != p->first)
		return 0;
	p->spreads = 0;
	return 1;
}

/* Does what comes and goes on this mount do so at home? Closed: also where they are too many. */
static __always_inline int self_spreads(u64 mount)
{
	struct peers p = {.at = mount, .first = mount, .spreads = 1};

	bpf_loop(1u << 16, peers_step, &p, 0);
	return p.spreads;
}

/* Something is about to be mounted here, or taken from here. */
static __always_inline int self_cover(u64 path)
{
	u64 dentry, mount;

	if (!control.pins_inode)
		return 0;
	dentry = (u64)BPF_CORE_READ((struct path *)path, dentry);
	mount = mount_of((u64)BPF_CORE_READ((struct path *)path, mnt));
	if (!self_holds(mount) || !self_spreads(mount))
		return 0;
	return (int)answer(self_judge(SELF(PIN), dentry, mount));
}

struct descent {
	u64 at, root;
	u32 found;
};

/* To the next mount below the root, in the order of their tree. */
static long descent_step(u32 i, void *context)
{
	const u32 children = bpf_core_field_offset(struct mount___self, mnt_mounts);
	const u32 siblings = bpf_core_field_offset(struct mount___self, mnt_child);
	struct descent *d = context;
	u64 at = d->at, next, parent;

	if (self_holds(at)) {
		parent = (u64)BPF_CORE_READ((struct mount___self *)at, mnt_parent);
		if (self_home(at) || self_spreads(parent)) {
			d->found = 1;
			return 1;
		}
	}
	next = (u64)BPF_CORE_READ((struct mount___self *)at, mnt_mounts.next);
	for (i = 0; next == at + children && i < 64; i++) { /* a leaf: up, to a sibling */
		if (at == d->root)
			return 1;
		parent = (u64)BPF_CORE_READ((struct mount___self *)at, mnt_parent);
		next = (u64)BPF_CORE_READ((struct mount___self *)at, mnt_child.next);
		at = parent;
	}
	d->at = next - siblings;
	return 0;
}

/* A mount is about to go, with all below it. The last one of bailiff's bpffs would take what is pinned
 * with it. */
static __always_inline int self_uncover(u64 mount)
{
	struct descent d = {.at = mount, .root = mount};

	if (!control.pins_inode)
		return 0;
	bpf_loop(1u << 16, descent_step, &d, 0);
	return d.found ? (int)answer(self_judge(SELF(PIN), 0, 0)) : 0;
}

/* --- The service ---------------------------------------------------------------------------------------------- */

static __always_inline int self_is_service(u64 task)
{
	const struct bl_label *label = bpf_map_lookup_elem(&labels, &task);

	return label && label->flags & BL_LABEL_SERVICE;
}

SEC("lsm/task_kill") int self_kill(u64 *ctx)
{
	u64 task;

	if (!(int)ctx[2]) /* only a look whether it is there */
		return 0;
	if (bpf_get_func_arg(ctx, 0, &task))
		return -EPERM;
	if (!self_is_service(task) || self_is_service(bpf_get_current_task()))
		return 0;
	return (int)answer(self_judge(SELF(SERVICE), 0, 0));
}

/* A signal that a file's owner gets (F_SETOWN, F_SETSIG) is sent by whoever makes the file ready, maybe in
 * an interrupt: so nobody is told of, and none such is for the service. */
SEC("lsm/file_send_sigiotask") int self_sigio(u64 *ctx)
{
	u64 task;

	if (bpf_get_func_arg(ctx, 0, &task))
		return -EPERM;
	if (!control.generation || !self_is_service(task))
		return 0;
	COUNT(BL_COUNT_DENIED);
	COUNT(BL_COUNT_QUIET);
	return -EPERM;
}

/* Limits kill as well: of processor time, of memory, of files. */
SEC("lsm/task_setrlimit") int self_limit(u64 *ctx)
{
	u64 task;

	if (bpf_get_func_arg(ctx, 0, &task))
		return -EPERM;
	if (!self_is_service(task) || self_is_service(bpf_get_current_task()))
		return 0;
	return (int)answer(self_judge(SELF(SERVICE), 0, 0));
}

#endif
