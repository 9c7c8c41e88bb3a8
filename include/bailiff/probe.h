/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: what this kernel can enforce. The table of the host plane's hooks is here: which program
 * sits on which hook, and which rules need it. Probing reads /sys and /proc, asks the kernel's BTF,
 * and has the kernel check one program that does nothing; nothing stays. What `run` can hold without
 * privilege is in a table of its own.
 */
#ifndef BAILIFF_PROBE_H
#define BAILIFF_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/abi.h"
#include "bailiff/diag.h"
#include "bailiff/policy.h"

/* What a hook serves: rules that need it are refused where the kernel lacks it. Bits. */
#define PROBE_OP(op)	       (1ull << (op)) /* enum bl_op < BL_OPS */
#define PROBE_BIND	       (1ull << BL_OP_BIND)
#define PROBE_CONNECT	       (1ull << BL_OP_CONNECT)
#define PROBE_LISTEN	       (1ull << BL_OP_LISTEN)
#define PROBE_SOCKET	       (1ull << BL_OP_SOCKET)
#define PROBE_CAPABILITY       (1ull << BL_OP_CAPABILITY)
#define PROBE_WORD	       (1ull << BL_OP_WORD)
#define PROBE_ESCAPE	       (1ull << BL_OP_ESCAPE)	  /* every files rule needs it */
#define PROBE_SELF	       (1ull << BL_OP_SELF)	  /* bailiff's own protection */
#define PROBE_LABEL	       (1ull << 31)		  /* every policy needs it */
#define PROBE_SECCOMP	       (1ull << 30)		  /* denials of filters, in the ring */
#define PROBE_SURFACE(surface) (1ull << (32 + (surface))) /* enum bl_surface */

struct probe_hook {
	const char *program; /* function in bpf/ */
	const char *
		hook; /* "file_open": target bpf_lsm_file_open; "fentry:audit_seccomp"; "iter:task" */
	uint64_t serves; /* PROBE_* */
	/* One of several programs for the same purpose: the first of a group (same non-zero number) that
	 * the kernel fits is taken; a purpose is lacking only if none fits. */
	unsigned group;
	/* Beyond the hook's existence: what it has to look like. NULL: nothing. */
	const char *argument; /* the hook's function has a parameter of this name (e.g. "idmap") */
	unsigned n_arguments; /* 0: any; else at least so many */
	const char *kfunc;    /* the kernel has this function for programs */
	bool optional;	      /* better with it; nothing is refused without it */
	const char *without;  /* one clause: what can't be held or seen without it */
};

/* Tables, beside the programs' authors' knowledge: enforcer/probe/hooks_*.c. NULL-terminated by
 * program. */
extern const struct probe_hook probe_hooks_core[], probe_hooks_files[], probe_hooks_rest[];

/* What a bit of `serves` is called: "read", "bind", "io-uring"; NULL: it is not in use. */
const char *probe_purpose(unsigned bit);

/* The tables as one list, by number; NULL past the end. */
const struct probe_hook *probe_hook(size_t number);
/* The number of a program; -ENOENT. */
int probe_number(const char *program);

/* --- What the running kernel has ---------------------------------------------------------------- */

struct probe;
/* Reads the kernel's BTF. -ENOSYS: there is none. */
int probe_new(struct diag *diag, struct probe **ret_probe);
void probe_free(struct probe *probe);
void probe_freep(struct probe **probe);
/* Is this program's hook there, as the program needs it, and is it the first of its group? */
bool probe_takes(const struct probe *probe, size_t number);
/* Is a hook or function of this name there? Only names of the tables are known, and these:
 * "bpf_rdonly_cast". */
bool probe_has(const struct probe *probe, const char *function);
/* Why not, in one clause ("this kernel has no bpf_lsm_uring_allowed"); NULL where it is taken. */
const char *probe_lacks(const struct probe *probe, size_t number);

/* Can nothing do what this hook is for, so that rules which need it are refused? Of a group that is
 * lacking, the first one speaks. */
bool probe_is_missing(const struct probe *probe, size_t number);

/* --- The machine as a whole --------------------------------------------------------------------- */

/* One thing that the host plane takes. */
struct probe_fact {
	const char *name; /* "lsm-list" */
	int error; /* 0: it is as it should be; -ENOSYS: the kernel or the boot lacks it; -EPERM:
			     this process may not; -EAGAIN: not tried, for something else is in the way */
	char found[192]; /* what is there: "bpf is not among landlock,lockdown,yama,apparmor" */
	char next[192];	 /* what to do about it; "" where nothing is to be done */
};
#define PROBE_FACTS 12
void probe_facts(struct probe_fact facts[PROBE_FACTS]);

/* The same for a load: each thing that is in the way is an error in diag, with what to do. 0, -ENOSYS
 * or, where privilege alone is missing, -EPERM. */
int probe_kernel(struct diag *diag);

/* Programs on hooks are called by way of ftrace. Where kernel.ftrace_enabled is 0 (6.1 and 6.12 let it), they are
 * attached and silent: nothing is enforced. */
bool probe_hooks_are_called(void);

/* --- What `run` has to hold rules with ------------------------------------------------------------- */

/* The version (ABI) of this kernel's Landlock; 0: it has none, or it is off. Takes no privilege. */
int probe_landlock(void);

struct probe_run {
	unsigned abi; /* as probe_landlock() */
	struct probe_fact landlock, mdwe;
};
void probe_run(struct probe_run *ret_run);

enum probe_by {
	PROBE_BY_SECCOMP = 1, /* and capability sets: everywhere */
	PROBE_BY_LANDLOCK,
	PROBE_BY_MDWE, /* PR_SET_MDWE; a filter holds the same */
};

/* Words of a policy's rules, and what holds them. */
struct probe_rules {
	const char *class; /* "files"; "-": of no class */
	const char *rules; /* "bind, connect: tcp ports" */
	unsigned abi;	   /* of Landlock, that it takes; 0: none */
	enum probe_by by;
};
/* NULL past the end. */
const struct probe_rules *probe_rules(size_t i);
bool probe_holds(const struct probe_run *run, const struct probe_rules *rules);

/* --- A policy ---------------------------------------------------------------------------------------- */

/*
 * What of a policy the running kernel has no hook for: each rule (or default) that denies or audits
 * it is an error in diag at its place, naming the hook; with `partial` a warning. -EOPNOTSUPP where
 * there was an error. *ret_missing (may be NULL): how many there were.
 */
int probe_missing(const struct probe *probe, const struct policy *policy, bool partial,
		  struct diag *diag, size_t *ret_missing);
/* PROBE_* that each rule of a policy asks for, into `needs` (n_rules of them); 0: it allows, or is of a
 * class that no hook holds. */
void probe_needs(const struct policy *policy, uint64_t *needs);

#endif
