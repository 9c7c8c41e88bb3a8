/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * abi: what the kernel's side of the host plane and the rest of the program agree on: the image of
 * a generation, the labels of tasks, the records of the ring. It is the only header that both sides
 * include, and the specification of that boundary. Little-endian, fixed-width, naturally aligned.
 *
 * An image is the rules of all loaded policies, compiled: an array of blocks of 64 bytes that is
 * written once, frozen, and published by one store (bl_control.generation). Userspace (ruleset)
 * writes it; bpf/verdict.h reads it, in the kernel and in userspace alike. No record straddles a
 * block.
 *
 * Words. A *policy* is a bit 0..63, kept by its name as long as it is loaded. A *place* is a bit
 * 0..63 too: a policy together with those of its `by` sets that a task's executable is in; a policy
 * without `by` has one place. Verdicts are words of places, membership is a word of policies.
 */
#ifndef BAILIFF_ABI_H
#define BAILIFF_ABI_H

#ifdef __bpf__
typedef unsigned char bl_u8;
typedef unsigned short bl_u16;
typedef unsigned int bl_u32;
typedef int bl_s32;
typedef unsigned long long bl_u64;
#else
#include <stdint.h>
typedef uint8_t bl_u8;
typedef uint16_t bl_u16;
typedef uint32_t bl_u32;
typedef int32_t bl_s32;
typedef uint64_t bl_u64;
#endif

/* Raised with every change of this file's meaning: what is pinned by another version is replaced,
 * never read. */
#define BL_ABI	 2u
#define BL_MAGIC 0x666c6962u /* "bilf" */

#define BL_BLOCK      64u
#define BL_PLACES     64u
#define BL_MAX_BLOCKS (4u << 20) /* 256 MiB */
#define BL_NAME_MAX   255u	 /* bytes of a component (NAME_MAX) */
#define BL_PROBES     8u	 /* buckets that a look-up may visit */
#define BL_MAX_DEPTH  128u	 /* components of a path that can be judged at once */
#define BL_ANCESTORS  8u
#define BL_COMM	      16u

/* Operations on places in the file system (the automaton). The first eleven are in the order of
 * policy.h's access bits. */
enum bl_op {
	BL_OP_READ = 0,
	BL_OP_WRITE,
	BL_OP_CREATE,
	BL_OP_DELETE,
	BL_OP_RENAME,
	BL_OP_LINK,
	BL_OP_CHMOD,
	BL_OP_CHOWN,
	BL_OP_XATTR,
	BL_OP_MKNOD,
	BL_OP_EXECUTE, /* files: access `execute`: started, or mapped with PROT_EXEC */
	BL_OP_EXEC,    /* class exec: started as a program */
	BL_OP_MAP, /* class exec: mapped with PROT_EXEC; only deny rules with a pattern speak of it,
			       so that ld.so can't start what may not be started */
	BL_OP_UNIX_BIND,    /* class network, unix:/path and unix:@name */
	BL_OP_UNIX_CONNECT, /* connect, and send to */
	BL_OP_SCOPE,	    /* not a verdict: `deny` holds the policies whose scope names this place
			       (executables; below BL_STATE_CGROUPS: cgroups), `audit` the `by` sets it
			       is in */
	BL_OPS = 16,
	/* Beyond the automaton: what records name. */
	BL_OP_BIND = 16,
	BL_OP_CONNECT,
	BL_OP_LISTEN,
	BL_OP_SOCKET,
	BL_OP_CAPABILITY, /* object: the number */
	BL_OP_SURFACE,	  /* object: enum bl_surface */
	BL_OP_WORD,	  /* object: enum bl_word */
	BL_OP_SYSCALL,	  /* a seccomp filter's denial */
	BL_OP_SELF,	  /* an attempt on bailiff itself; object: enum bl_self */
	BL_OP_ESCAPE, /* an attempt to reach what the task's policies keep from it by a name they
			     can't judge; object: enum bl_escape */
	BL_OP_END,
};

/* In the order of policy_surfaces(). */
enum bl_surface {
	BL_SURFACE_MODULES = 0,
	BL_SURFACE_KEXEC,
	BL_SURFACE_BPF,
	BL_SURFACE_PERF,
	BL_SURFACE_MOUNT,
	BL_SURFACE_NAMESPACES,
	BL_SURFACE_PTRACE,
	BL_SURFACE_KEYRING,
	BL_SURFACE_IO_URING,
	BL_SURFACE_CLOCK,
	BL_SURFACE_REBOOT,
	BL_SURFACE_RAW_IO,
	BL_SURFACE_LOG,
	BL_SURFACES = 16, /* slots */
};

enum bl_word {
	BL_WORD_ANONYMOUS = 0, /* anonymous-memory */
	BL_WORD_WX,	       /* writable-then-executable */
	BL_WORDS = 2,
};

enum bl_self {
	BL_SELF_BPF = 1, /* bpf() on bailiff's programs, maps, links, pins */
	BL_SELF_PIN,	 /* a name below its directory in bpffs */
	BL_SELF_SERVICE, /* a signal to the service, or tracing it */
	BL_SELF_HOOKS,	 /* the sysctl kernel.ftrace_enabled, without which no hook is called */
};

enum bl_escape {
	BL_ESCAPE_MOUNT = 1, /* mount, move_mount, pivot_root, chroot under file rules */
	BL_ESCAPE_TREE,	     /* open through another mount namespace, or a detached tree */
	BL_ESCAPE_LINK,	     /* a link or rename that would lose a denial */
	BL_ESCAPE_TRACE,     /* tracing a task that fewer policies govern */
	BL_ESCAPE_EXE,	     /* prctl(PR_SET_MM): another name for the own executable */
	BL_ESCAPE_UNKNOWN,   /* what can't be judged: too deep, torn, no memory, no label */
};

/* --- The image ----------------------------------------------------------------------------------
 *
 * Block 0 is the header's first; sections follow in any order, each at a block of its own. Index 0
 * of states, effects, deciders and decisions is never used: 0 means none.
 */

#define BL_STATE_NONE	 0u
#define BL_STATE_ROOT	 1u /* "/" */
#define BL_STATE_NAMES	 2u /* before an abstract unix name */
#define BL_STATE_CGROUPS 3u /* "/" of the cgroup hierarchy */

struct bl_header {
	/* block 0 */
	bl_u32 magic, abi;
	bl_u32 generation; /* set when it is published */
	bl_u32 n_blocks;   /* of the whole image */
	bl_u64 key[2];	   /* SipHash key: random, of this generation only */
	bl_u32 edges;	   /* block of the first bucket */
	bl_u32 edge_mask;  /* buckets - 1; buckets are a power of two */
	bl_u32 states;	   /* section's first block, as below */
	bl_u32 effects;
	bl_u32 deciders;
	bl_u32 rules;
	bl_u32 decisions;
	bl_u32 places;
	/* block 1: which places have which class; a class's default is in the states and decisions */
	bl_u64 files, exec, network, capabilities, kernel;
	bl_u64 host;	 /* policies with scope host */
	bl_u64 launched; /* policies with scope launched */
	bl_u64 policies; /* every policy of this generation */
	/* block 2: network */
	bl_u64 lengths4;    /* bit n: there are IPv4 prefixes of n bits; bit 0 always */
	bl_u64 lengths6[2]; /* bit n of 128; bit 0 always */
	bl_u32 targets;	    /* section of target lists */
	bl_u32 socket; /* decision on a socket's family and type that no edge names; 0: nothing */
	bl_u32 word[BL_WORDS]; /* decisions */
	bl_u32 nets;	       /* section of interval lists */
	bl_u32 globs;	       /* section of glob tables */
	bl_u32 texts;	       /* section for userspace alone: names and lines of rules */
	bl_u32 texts_bytes;
	bl_u64 unix_paths; /* places with rules for unix paths */
	/* block 3: policies kept by name since the last generation, with the same scope. A task's
	 * membership in others is found anew. */
	bl_u64 kept;
	bl_u64 audit; /* places whose policies say mode: audit, at first */
	bl_u32 n_states, n_edges, n_effects, n_deciders, n_rules, n_decisions;
	bl_u8 hash[24]; /* of the policies' text, truncated SHA-256 or the like: tells equal sets */
	/* block 4..7 */
	bl_u32 capability[64]; /* decisions by number; 0: not governed */
	/* block 8 */
	bl_u32 surface[BL_SURFACES]; /* decisions by enum bl_surface */
	/* block 9 and 10: the interval lists of BL_NODE_ANY4 and BL_NODE_ANY6 again, where most
	 * addresses end, by BL_ANY() */
	bl_u32 any[2][16];
};

/*
 * Edges: a hash table of buckets of four. The key is 96 bits of SipHash-1-3 (128-bit output) over
 * what is looked up: bl_hash() in verdict.h. A look-up goes on to the next bucket (wrapping) only
 * where the bucket is full, at most BL_PROBES buckets in all.
 */
struct bl_edge {
	bl_u64 hash;
	bl_u32 check;
	bl_u32 value; /* a state, or what the key's kind says; 0: this slot is free */
};

/*
 * What is looked up, as bl_hash's `from`: a state with a component's bytes, or one of these with
 * the words given.
 */
#define BL_FROM_NET4 0xfffffff1u /* {prefix length << 32 | address in host order}: value = node */
#define BL_FROM_NET6 0xfffffff2u /* {first 8 bytes, last 8 (as big-endian numbers), length}: node */
#define BL_FROM_PORTS                                                                              \
	0xfffffff3u /* {node << 32 | op << 16 | protocol}: block of an interval list */
#define BL_FROM_FAMILY 0xfffffff4u /* {family << 32 | type}: decision; type 0: any other type */
#define BL_FROM_USER   0xfffffff5u /* {uid}: decision whose `decided` are the policies that name it */
#define BL_FROM_PARENT 0xfffffff6u /* {node}: the node of the next shorter prefix that has rules */

#define BL_PROTOCOL_OTHER 0xffffu /* in BL_FROM_PORTS: a protocol without a list of its own */
#define BL_NODE_ANY4	  1u	  /* 0.0.0.0/0; always there, decides everything */
#define BL_NODE_ANY6	  2u	  /* ::/0; likewise */
#define BL_PROTOCOL_TCP	  6u	  /* with UDP, those of bl_header.any */
#define BL_PROTOCOL_UDP	  17u
#define BL_ANY(op, udp)	  (((op)-BL_OP_BIND) * 2 + (udp)) /* BL_OP_BIND to BL_OP_LISTEN */

/* A place in the file system. Four a block. */
#define BL_SINK 0x80000000u /* in globs: everything below is this state again; no edges */
struct bl_state {
	bl_u32 effect;	/* number of an effect */
	bl_u32 decider; /* number of the first decider; 0: none */
	bl_u32 other;	/* the state after a component that no edge names */
	bl_u32 globs;	/* 0, or number of a target list: asked before `other`; BL_SINK */
};

/* Where components with wildcards lead: block-aligned, its number is (block - header.targets), never
 * 0. Sixteen words a block: a glob table, how many words follow, then the state after a name that
 * the table accepts as 1, as 2, .... Many lists share a table; 0 or none: `other`. */
typedef bl_u32 bl_target;

/* What a state means, for each operation. Four pairs a block, BL_OPS pairs: four blocks. `deny` and
 * `audit` are words of places and disjoint. */
struct bl_pair {
	bl_u64 deny, audit;
};
struct bl_effect {
	struct bl_pair op[BL_OPS];
};

/* Who decided: a list, the first node with the place and the operation. Lists share their tails.
 * Four a block. */
struct bl_decider {
	bl_u32 next; /* 0: the end */
	bl_u32 rule;
	bl_u32 ops; /* bits by enum bl_op; of decisions: all */
	bl_u32 place;
};

/* Beyond paths: addresses, families, capabilities, surfaces, words. Two a block. */
struct bl_decision {
	bl_u64 decided; /* places; the others ask the next shorter prefix */
	bl_u64 deny, audit;
	bl_u32 decider;
	bl_u32 unused;
};

/* Ports of one prefix, operation and protocol: block-aligned. `first[0]` is how many follow (1 to
 * 65,536); each is (first port << 32 | decision), sorted, the first begins at port 0. Decision 0:
 * nothing decided here, ask the parent. Eight a block. */
typedef bl_u64 bl_interval;

/* Components with wildcards: one automaton over bytes for all patterns of a state. A row is nine
 * blocks: 256 next rows (0: no pattern can match any more), then what is accepted where a name ends
 * here, as a number for the target list (0: nothing). Row 0 of a table is where a name begins; a next
 * row is relative to its table, so the first row can't be returned to and 0 is free to mean dead. The
 * number of a table is (block - header.globs), never 0: the section's first block stays empty. */
struct bl_glob_row {
	bl_u16 next[256];
	bl_u32 accepts;
	bl_u32 unused[15];
};
#define BL_GLOB_BLOCKS 9u

/* Eight a block. */
#define BL_RULE_KILL  1u /* SIGKILL, and -EPERM for what can't wait for it */
#define BL_RULE_QUIET 2u /* report: no */
struct bl_rule {
	bl_u16 error; /* errno of the refusal, 1..4095 */
	bl_u8 flags;
	bl_u8 policy; /* bit */
	bl_u32 text;  /* byte offset in the texts; for userspace */
};

/* Two a block, BL_PLACES of them. A task is in a place if it is in the policy and (its `by` sets &
 * mask) == want. */
struct bl_place {
	bl_u64 mask, want;
	bl_u32 policy; /* bit; BL_PLACES: the place is free */
	bl_u32 unused[3];
};

/* --- State of the kernel's side --------------------------------------------------------------- */

/* One, in a map that the loader maps. `generation` is what hooks read once; 0: nothing is loaded.
 * Everything else of a generation lies in slot (generation & 1). */
struct bl_control {
	bl_u32 generation;
	bl_u32 preparing;    /* the generation that iter/task labels for; 0: none */
	bl_u64 audit[2];     /* by slot: places in audit mode */
	bl_u64 loader_start; /* of the service or loader, in clock ticks as /proc/PID/stat has it:
				exempt from self-protection */
	bl_u32 loader_tgid;
	bl_u32 locked;		      /* load --lock: no exception for the installed bailiff */
	bl_u64 exe_inode, exe_device; /* the installed bailiff; devices as stat(2) has them, of the
					 super block */
	/* What iter/task label_launched gives to the tasks of one process. */
	bl_u64 launch_member;
	bl_u32 launch_tgid, launch_flags; /* BL_LABEL_* */
	bl_u64 found;	 /* labels that the last pass of iter/task made or changed */
	bl_u64 governed; /* tasks with places, as it counted them */
	bl_u64 tasks;
	bl_u64 pins_inode, pins_device; /* bailiff's directory in bpffs; 0: not known yet */
	bl_u64 launch_start; /* as loader_start, of the process that launch_tgid means; 0: it can't have
				ended, and its number is nobody else's */
};

#define BL_LABEL_SERVICE 1u /* governed tasks may not signal or trace it */
#define BL_LABEL_MOVED	 2u /* an ungoverned task has moved it to another cgroup */
#define BL_LABEL_KEEPS	 4u /* the execve under way does not end its entry */
#define BL_LABEL_KEPT	 8u /* one has not: the next one will */

/*
 * On every task, in a hash map by the address of its task_struct, removed in lsm/task_free. (Task
 * storage can't be had while a look-up on the same processor is preempted: on 6.1 it answers NULL
 * for a label that is there.)
 */
struct bl_label {
	bl_u64 places;	    /* in `generation` */
	bl_u64 file_places; /* those of them with class files or exec */
	bl_u64 cgroup;	    /* id, as last seen */
	bl_u32 uid;	    /* as last seen */
	bl_u32 generation;  /* 0: to be computed */
	bl_u64 member;	    /* policies, sticky */
	bl_u64 by;	    /* `by` sets of the executable, in `generation` */
	bl_u64 next_member; /* found by iter/task for generation `next` */
	bl_u32 next;
	bl_u32 flags;	       /* BL_LABEL_* */
	bl_u64 pending_member; /* of the execve under way */
	bl_u64 pending_by;
	bl_u32 pending;	  /* its generation; 0: none */
	bl_u32 member_of; /* the generation whose policies `member` means */
	bl_u64 window;	  /* CLOCK_BOOTTIME, nanoseconds: until then it is entering, see entry.h */
	bl_u64 cell;	  /* scratch */
};

/*
 * A place remembered: 64 bytes, direct-mapped by the dentry's address. What one mount namespace
 * remembers is nothing to another. `version` is odd while somebody writes.
 */
#define BL_MEMORY_SLOTS 65536u
struct bl_memory {
	bl_u64 dentry, mount, ns;
	bl_u64 locks; /* sequences of mount_lock << 32 | rename_lock */
	bl_u32 version, generation;
	bl_u64 care_read, care_write; /* deny | audit of BL_OP_READ, BL_OP_WRITE */
	bl_u64 chain; /* sum over the (dentry, d_seq) up to the root, 40 bits << 24 | state */
};

/* A label's quick copy: 64 bytes, direct-mapped by the task's address. */
#define BL_SEATS 8192u
struct bl_seat {
	bl_u64 task;
	bl_u32 uid, generation;
	bl_u64 cgroup;
	bl_u64 places, file_places;
	bl_u32 version; /* odd while somebody writes */
	bl_u32 unused1;
	bl_u64 unused2[2];
};

/* Counters, per processor, by these indexes. Names and meanings: lsm.h has the table. */
enum bl_counter {
	BL_COUNT_DENIED = 0, /* verdicts of hooks; what filters deny is not in it */
	BL_COUNT_WOULD_DENY,
	BL_COUNT_AUDITED,
	BL_COUNT_QUIET,		/* denied without a record, by report: no */
	BL_COUNT_LOST_LSM,	/* no room in the ring: records of hooks */
	BL_COUNT_LOST_SECCOMP,	/* no room in the ring: records of filters */
	BL_COUNT_UNCOUNTED,	/* a rule's count could not be raised */
	BL_COUNT_CLOSED_LABEL,	/* denied: no label could be had */
	BL_COUNT_CLOSED_DEPTH,	/* denied: path too deep */
	BL_COUNT_CLOSED_TORN,	/* denied: the tree moved during every try */
	BL_COUNT_CLOSED_MEMORY, /* denied: no scratch memory */
	BL_COUNT_CLOSED_IMAGE,	/* denied: the generation's image does not hold what it should */
	BL_COUNT_REMEMBERED,	/* paths judged from memory */
	BL_COUNT_REVALIDATED,	/* after a rename elsewhere */
	BL_COUNT_WALKED,	/* computed */
	BL_COUNT_MENDED,	/* labels computed at a hook */
	BL_COUNTERS = 32,
};

/* --- Records of the ring ---------------------------------------------------------------------- */

#define BL_RECORD_VERDICT 1u
#define BL_RECORD_SYSCALL 2u

enum bl_verdict_kind {
	BL_DENIED = 1,
	BL_KILLED,
	BL_WOULD_DENY,
	BL_AUDITED,
};

struct bl_ancestor {
	bl_u32 pid;
	bl_u32 unused;
	bl_u64 start; /* as bl_record.start */
	char comm[BL_COMM];
};

#define BL_OBJECT_MAX 4096u /* PATH_MAX */

/* Fixed part, then the object's bytes, then the executable's path; neither is terminated. */
struct bl_record {
	bl_u8 kind;    /* BL_RECORD_* */
	bl_u8 verdict; /* enum bl_verdict_kind */
	bl_u8 op;      /* enum bl_op */
	bl_u8 place;
	bl_u32 generation;
	bl_u32 rule; /* number in that generation's image; BL_NO_RULE: bailiff's own, of none */
	bl_u32 error;
	bl_u64 time;		    /* CLOCK_BOOTTIME, nanoseconds */
	bl_u64 start;		    /* the process's start, CLOCK_BOOTTIME, nanoseconds */
	bl_u64 cgroup;		    /* id */
	bl_u32 tgid, tid, uid, gid; /* initial namespaces */
	char comm[BL_COMM];
	bl_u64 object; /* number of a capability, surface, word, ...; port << 16 | protocol of an address;
			  of BL_OP_SYSCALL: the filter's action << 32 | the call's number */
	bl_u64 address
		[2]; /* of bind, connect, listen: network order in memory, IPv4 in the first 4; the
			first one of BL_OP_SYSCALL: the task's policies with scope launched */
	bl_u32 family, type;
	bl_u32 audit_arch; /* BL_OP_SYSCALL */
	bl_u32 n_ancestors;
	bl_u64 args[6];
	struct bl_ancestor ancestors[BL_ANCESTORS]; /* nearest first */
	bl_u16 object_bytes, exe_bytes;
	bl_u32 policy; /* bit; BL_PLACES: bailiff's own */
};
#define BL_NO_RULE 0xffffffffu

#define BL_ASSERT(what) _Static_assert(what, #what)
BL_ASSERT(sizeof(struct bl_header) == 11 * BL_BLOCK);
BL_ASSERT(sizeof(struct bl_edge) == 16);
BL_ASSERT(sizeof(struct bl_state) == 16);
BL_ASSERT(sizeof(struct bl_effect) == 4 * BL_BLOCK);
BL_ASSERT(sizeof(struct bl_decider) == 16);
BL_ASSERT(sizeof(struct bl_decision) == 32);
BL_ASSERT(sizeof(struct bl_glob_row) == BL_GLOB_BLOCKS * BL_BLOCK);
BL_ASSERT(sizeof(struct bl_rule) == 8);
BL_ASSERT(sizeof(struct bl_place) == 32);
BL_ASSERT(sizeof(struct bl_memory) == BL_BLOCK);
BL_ASSERT(sizeof(struct bl_seat) == BL_BLOCK);
BL_ASSERT(sizeof(struct bl_ancestor) == 32);

#endif
