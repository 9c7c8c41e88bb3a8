/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kernel: the fields of the kernel's structures that are read, and no others. Their places are
 * found at load time (CO-RE); names and meanings are the kernel's own.
 */
#ifndef BPF_KERNEL_H
#define BPF_KERNEL_H

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "bailiff/abi.h"

#define TICK 10000000u /* nanoseconds of a clock tick, as /proc counts them */

typedef bl_u8 u8;
typedef bl_u16 u16;
typedef bl_u32 u32;
typedef bl_u64 u64;
typedef bl_s32 s32;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct seqcount {
	unsigned int sequence;
};
struct seqcount_spinlock {
	struct seqcount seqcount;
};
struct qstr {
	u64 hash_len; /* length in the upper half */
	const unsigned char *name;
};
struct list_head {
	struct list_head *next;
};
struct super_block {
	u32 s_dev;
	unsigned long s_magic;
	unsigned long s_flags;
	struct list_head s_mounts; /* of mount.mnt_instance */
};
/* 6.17 made a chain of that list. */
struct super_block___chain {
	struct mount *s_mounts;
};
struct inode {
	u16 i_mode;
	unsigned long i_ino;
	struct super_block *i_sb;
	u32 i_rdev;
};
struct dentry {
	struct seqcount_spinlock d_seq;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};
struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};
struct mnt_namespace {
	u64 seq;
};
struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct list_head mnt_instance;
	struct mnt_namespace *mnt_ns;
};
struct mount___chain {
	struct mount *mnt_next_for_sb;
};
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};
struct file {
	struct path f_path;
	struct inode *f_inode;
	unsigned int f_flags;
	unsigned int f_mode;
};
/* What an overlay maps and reads in the place of its own file, from 6.8 on. */
struct backing_file {
	struct path user_path;
};
struct iattr {
	unsigned int ia_valid;
};
struct mm_struct {
	struct file *exe_file;
};
struct vm_area_struct {
	struct file *vm_file;
	unsigned long vm_flags;
	void *anon_vma;
};
struct linux_binprm {
	struct file *file;
	struct file *executable;
	struct file *interpreter;
};
typedef struct {
	u32 val;
} kuid_t;
typedef struct {
	u32 val;
} kgid_t;
struct user_namespace {
	struct user_namespace *parent;
	int level;
};
struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t euid;
	struct user_namespace *user_ns;
};
struct kernfs_node {
	const char *name;
	u64 id;
	struct kernfs_node *parent;
};
/* 6.15 renamed it, to mark it as protected by RCU. */
struct kernfs_node___renamed {
	struct kernfs_node *__parent;
};
struct cgroup {
	struct kernfs_node *kn;
};
struct css_set {
	struct cgroup *dfl_cgrp;
};
struct nsproxy {
	struct mnt_namespace *mnt_ns;
};
struct task_struct {
	unsigned int flags;
	int pid;
	int tgid;
	u64 start_boottime;
	unsigned int ptrace;
	struct task_struct *real_parent;
	struct task_struct *parent; /* who traces it, where somebody does */
	struct task_struct *group_leader;
	struct mm_struct *mm;
	const struct cred *real_cred;
	const struct cred *cred;
	struct css_set *cgroups;
	struct nsproxy *nsproxy;
	char comm[BL_COMM];
};
struct bpf_iter_meta {
	u64 seq_num;
};
struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};
struct pt_regs {
	unsigned long orig_ax;
	unsigned long di, si, dx, r10, r8, r9;
};

#pragma clang attribute pop

#define PF_KTHREAD   0x00200000u
#define PF_IO_WORKER 0x00000010u
#define CLONE_THREAD 0x00010000u

#define EPERM  1
#define ENOMEM 12
#define EACCES 13
#define ENOSYS 38

#define FMODE_READ  0x1u
#define FMODE_WRITE 0x2u
#define FMODE_EXEC  0x20u /* also in f_flags, by execve and the loader of ELF */
#define O_TRUNC	    01000u
#define O_PATH	    010000000u

#define MAY_EXEC   1
#define MAY_WRITE  2
#define MAY_READ   4
#define MAY_APPEND 8

#define S_IFMT	 0170000u
#define S_IFSOCK 0140000u
#define S_IFREG	 0100000u
#define S_IFBLK	 0060000u
#define S_IFDIR	 0040000u
#define S_IFCHR	 0020000u
#define S_IFIFO	 0010000u

#define PROT_WRITE 2u
#define PROT_EXEC  4u
#define MAP_SHARED 1u /* also a bit of MAP_SHARED_VALIDATE */
#define VM_WRITE   2u
#define VM_EXEC	   4u
#define VM_SHARED  8u

#define MS_REMOUNT 0x20u
#define MS_BIND	   0x1000u
#define MS_SPREAD  0x1e0000u /* MS_UNBINDABLE, MS_PRIVATE, MS_SLAVE, MS_SHARED */

#define RENAME_EXCHANGE 2u

#define ATTR_MODE  0x1u
#define ATTR_UID   0x2u
#define ATTR_GID   0x4u
#define ATTR_SIZE  0x8u
#define ATTR_ATIME 0x10u
#define ATTR_MTIME 0x20u

#define FMODE_BACKING 0x3000000u /* bit 25 until 6.9, then bit 24 */

#define SB_NOUSER	0x80000000u
#define MQUEUE_MAGIC	0x19800202u
#define HUGETLBFS_MAGIC 0x958458f6u

#define CAP_SYS_CHROOT 18
#define CAP_SYS_ADMIN  21

/* A pointer of the kernel's that mounts inside the kernel carry as their namespace: ERR_PTR(-EINVAL). */
#define MNT_NS_INTERNAL ((u64)-22)

/*
 * From 6.2 on, reads through bpf_rdonly_cast() cost a load, not a call. The loader says whether it is
 * there: a constant, so the other branch is dead code.
 */
extern void *bpf_rdonly_cast(void *object, u32 btf_id) __ksym __weak;
const volatile u32 have_cast;
#define CAST(type, address)                                                                        \
	((struct type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(struct type)))

/* One field of the structure at an address that is a number. Where it can't be read: 0. */
#define FETCH(type, address, field)                                                                \
	({                                                                                         \
		typeof(((struct type *)0)->field) value_;                                          \
		if (have_cast)                                                                     \
			value_ = CAST(type, address)->field;                                       \
		else                                                                               \
			value_ = BPF_CORE_READ((struct type *)(address), field);                   \
		value_;                                                                            \
	})

/* A pointer as a number. The verifier allows no arithmetic on pointers to the kernel's structures;
 * what comes back from a map's memory is a number. `cell` is nobody else's at this moment. */
#define NUMBER(cell, pointer)                                                                      \
	({                                                                                         \
		*(volatile u64 *)(cell) = (u64)(pointer);                                          \
		*(volatile u64 *)(cell);                                                           \
	})

/* Keeps what is computed from x on this side of a branch: the offset of a field that a kernel lacks is no
 * instruction that may be reached there. */
#define STAY(x) asm volatile("" : "+r"(x))

extern const void rename_lock __ksym;
extern const void mount_lock __ksym;
extern const void init_nsproxy __ksym;

#endif
