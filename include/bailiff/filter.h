/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: policy -> classic BPF for seccomp(2), and the proof that it says what the policy says.
 * Pure. One filter serves all ABIs of the policy. See filter.c for the shape and why.
 */
#ifndef BAILIFF_FILTER_H
#define BAILIFF_FILTER_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>

#include "bailiff/diag.h"
#include "bailiff/policy.h"

#define FILTER_MAX 4096 /* BPF_MAXINSNS */

/* The kernel logs what a filter refuses, or does not: so what is to be told and what is quiet take a
 * filter each. Both together say what the whole does. */
enum filter_part {
	FILTER_WHOLE = 0,
	FILTER_TOLD,  /* quiet denials are let through */
	FILTER_QUIET, /* all else is let through */
};

/* How decisions become return values. */
struct filter_mode {
	bool supervised; /* reported denials and audits go to a listener (USER_NOTIF); else ERRNO
			    and LOG */
	bool audit;	 /* nothing is blocked: policy->audit, or run --audit. Quiet rules are let
			    through untold. */
	enum filter_part part;
};

struct filter {
	struct sock_filter *code;
	size_t length; /* instructions, <= FILTER_MAX */
};

/* -E2BIG with an error in diag past FILTER_MAX; -ENOMEM. */
int filter_compile(const struct policy *policy, const struct filter_mode *mode, struct diag *diag,
		   struct filter **ret_filter);
void filter_free(struct filter *filter);
void filter_freep(struct filter **filter);

/* The SECCOMP_RET_* value (with its data) that a decision stands for. */
uint32_t filter_return(const struct filter_mode *mode, const struct policy_decision *decision);

/* Does any decision of this policy reach a listener (USER_NOTIF), or a kill or trap that a parent
 * should tell of? */
struct filter_needs {
	bool listener;
	bool deadly; /* kill, kill-thread or trap occur */
};
struct filter_needs filter_needs(const struct filter *filter);

/* Runs a filter as the kernel would. The code must be valid (filter_check). *ret_steps (may be
 * NULL): instructions executed. */
uint32_t filter_run(const struct sock_filter *code, size_t length, const struct seccomp_data *data,
		    unsigned *ret_steps);
/* What the kernel's own checker demands of a seccomp filter: known opcodes, forward jumps inside,
 * aligned loads, ends in RET. 0 or -EINVAL. */
int filter_check(const struct sock_filter *code, size_t length);

/*
 * Simulates the filter for every number of every ABI (holes, negative, past the end), and of
 * foreign ABIs; where a call has conditions, for the boundary values of each argument that any of
 * them looks at, zero- and sign-extended and with dirty upper halves; and compares each with
 * policy_decide(). Also holds that calls which are plainly allowed stay within what the kernel's
 * bitmap can cache. A difference is an error in diag with the counterexample, and -EBADMSG.
 */
struct filter_proof {
	uint64_t cases;	 /* seccomp_data simulated */
	uint64_t cached; /* calls that the kernel's bitmap will allow without running the filter */
	uint64_t uncached; /* plainly allowed calls that it will not (x32: the bitmap does not cover
			      it) */
	unsigned longest;  /* instructions on the longest path seen */
};
int filter_prove(const struct sock_filter *code, size_t length, const struct policy *policy,
		 const struct filter_mode *mode, struct diag *diag, struct filter_proof *ret_proof);

/* Is the native call (SYS_*) allowed whatever its arguments, under this filter? */
bool filter_always_allows(const struct filter *filter, uint32_t nr);

/*
 * A filter that lets one execve of the launcher's own pass whatever the policy says: the call whose
 * three unused argument registers hold this nonce. Nobody can read it afterwards: exec clears the
 * registers and the memory, and a filter can't be read back without CAP_SYS_ADMIN in the initial
 * user namespace. -E2BIG when it no longer fits.
 */
#define FILTER_NONCE_WORDS 3
int filter_with_gate(const struct filter *filter, const uint64_t nonce[FILTER_NONCE_WORDS],
		     struct diag *diag, struct filter **ret_filter);

/* Assembly, an instruction a line, with comments that name calls and outcomes. */
void filter_print(const struct sock_filter *code, size_t length, FILE *out);

#endif
