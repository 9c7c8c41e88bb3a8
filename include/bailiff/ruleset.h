/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ruleset: all policies that are loaded together, compiled into one image (abi.h) that the kernel's
 * side and `explain` read with the same code (bpf/verdict.h). Pure: no kernel, no privilege; what
 * must be asked of the machine (users, symbolic links, random bytes) comes in.
 *
 * All questions of specificity are settled here; a look-up follows one edge a component and never
 * compares rules. Limits (each an error that names it): 64 policies, 64 places, RULESET_MAX_STATES,
 * RULESET_MAX_GLOBS, BL_MAX_BLOCKS.
 */
#ifndef BAILIFF_RULESET_H
#define BAILIFF_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/abi.h"
#include "bailiff/diag.h"
#include "bailiff/policy.h"

#define RULESET_MAX_STATES (1u << 20)
#define RULESET_MAX_GLOBS  (16u << 20) /* bytes of glob tables */

/* An image in memory. `blocks` is malloc'ed, n_blocks * BL_BLOCK bytes, aligned to 64. */
struct ruleset {
	uint8_t *blocks;
	uint32_t n_blocks;
};
void ruleset_clear(struct ruleset *set);

/* A policy of the set in force, where the image itself can't be read. */
struct ruleset_before {
	char name[POLICY_MAX_NAME + 1];
	unsigned bit;
	uint64_t scope_hash;
};

struct ruleset_options {
	uint64_t key[2]; /* random, never used before */
	/* The image that is in force, whose bits are kept by policy name; NULL: none. It has been
	 * checked with ruleset_check(). Bits in `busy` are not given to new policies: tasks may still
	 * carry them. */
	const struct ruleset *previous;
	const struct ruleset_before *before; /* in its place, where it is NULL */
	size_t n_before;
	uint64_t busy;
	/* The number of a user that a scope names; -ENOENT: there is none. NULL: only numbers. */
	int (*user)(void *context, const char *name, uint32_t *ret_uid);
	/* Where the longest existing literal part of a pattern runs through symbolic links: what it
	 * should be, malloc'ed, in *ret_path (whole pattern rewritten); else NULL there. The rewriting is
	 * told as a note at the rule. NULL: patterns are taken as they are. -errno ends compiling. */
	int (*resolve)(void *context, const char *pattern, char **ret_path);
	void *context;
	bool partial;	/* warn where something can't be enforced, instead of refusing */
	bool scopeless; /* for explain: policies without scope are taken, as host */
};

/*
 * Compiles. A mistake (two errnos of equal rank on one file, too many `by` sets or states, ...) is
 * in diag at its rule, then -EINVAL. Each policy of the array has another name. Rules that no hook
 * can hold are no matter of this room (see probe.h).
 */
int ruleset_compile(const struct policy *const *policies, size_t n_policies,
		    const struct ruleset_options *options, struct diag *diag,
		    struct ruleset *ret_set);

/* Is this a whole image that a look-up can be made in without harm: magic, ABI, sections inside,
 * indexes in range? 0 or -EINVAL with the reason in diag. */
int ruleset_check(const void *blocks, size_t n_blocks, struct diag *diag);

/* --- What an image tells of its policies and rules (strings lie in the image) ------------------- */

struct ruleset_policy {
	const char *name;
	const char *path;	 /* the file, as given */
	const char *description; /* or NULL */
	unsigned bit;
	bool audit;	 /* mode: audit, as written */
	uint64_t places; /* its places */
	uint64_t hash;	 /* of its meaning: equal for equal policies */
	uint64_t scope_hash;
	uint32_t first_rule; /* rule i of the policy, as it was compiled, is first_rule + i */
	uint32_t n_rules;
};
/* The i-th policy; -ENOENT past the last. */
int ruleset_policy(const struct ruleset *set, size_t i, struct ruleset_policy *ret_policy);

struct ruleset_rule {
	const char *policy;
	const char *file;
	unsigned line;
	const char *why;  /* or NULL */
	const char *text; /* "deny /etc/shadow" */
	enum policy_class class;
	enum policy_list list;
	enum policy_action action;
	int error;
	bool quiet;
};
int ruleset_rule(const struct ruleset *set, uint32_t rule, struct ruleset_rule *ret_rule);

/* --- Questions, answered with bpf/verdict.h; for explain and tests ------------------------------ */

struct ruleset_verdict {
	uint64_t deny, audit; /* places, of those asked for */
	uint32_t rule; /* of the lowest place that denies, else of the lowest that audits; else of
				 the lowest asked; BL_NO_RULE: none */
};
/* op < BL_OPS; path absolute and plain ("/", "/a/b"). From BL_STATE_ROOT or another. */
int ruleset_ask_path(const struct ruleset *set, uint32_t from, const char *path, enum bl_op op,
		     uint64_t places, struct ruleset_verdict *ret_verdict);
/* op BL_OP_BIND, _CONNECT, _LISTEN; family AF_INET or AF_INET6; address in network order. */
int ruleset_ask_address(const struct ruleset *set, enum bl_op op, int family, const void *address,
			uint16_t port, int protocol, uint64_t places,
			struct ruleset_verdict *ret_verdict);
/* op BL_OP_SOCKET (a family, b type), _CAPABILITY, _SURFACE, _WORD (a number). */
int ruleset_ask_number(const struct ruleset *set, enum bl_op op, uint32_t a, uint32_t b,
		       uint64_t places, struct ruleset_verdict *ret_verdict);
/* Policies whose scope is met: executable and cgroup may be NULL. *ret_by: `by` sets. */
int ruleset_ask_scope(const struct ruleset *set, const char *executable, const char *cgroup,
		      uint32_t uid, uint64_t *ret_policies, uint64_t *ret_by);
/* The places of a task in these policies and `by` sets. */
uint64_t ruleset_places(const struct ruleset *set, uint64_t policies, uint64_t by);

#endif
