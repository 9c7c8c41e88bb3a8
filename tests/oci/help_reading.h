/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second reading of seccomp profiles, for tests only: it shares no code with the oci room, and
 * says what a profile decides on one call by walking its rules, not by rewriting them.
 */
#ifndef TESTS_OCI_HELP_READING_H
#define TESTS_OCI_HELP_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/names.h"
#include "bailiff/oci.h"
#include "bailiff/policy.h"

struct said_cond {
	unsigned arg;
	char op[24]; /* "SCMP_CMP_EQ" */
	uint64_t value, two;
};

struct said_rule {
	char *name; /* one call */
	char action[32];
	unsigned error; /* errnoRet, EPERM where absent */
	bool alternatives;
	struct said_cond conds[16];
	size_t n_conds;
};

struct reading {
	char default_action[32];
	unsigned default_error;
	struct said_rule *rules; /* those that hold and differ from the default */
	size_t n_rules;
	bool archs[ARCH_COUNT];
};

struct said_verdict {
	enum policy_action action;
	unsigned error;
	bool contested; /* rules of different actions hold: libseccomp would go by its own order */
};

/* NULL when it is no profile. The options' archs decide where given. */
struct reading *reading_new(const char *text, size_t length, const struct oci_options *options);
void reading_free(struct reading *reading);

/* What the profile says of a call that the tables know. */
struct said_verdict reading_decide(const struct reading *reading, const struct name_call *call,
				   const uint64_t args[CALL_ARGS]);
/* What it says by default, as the policy has it. */
struct said_verdict reading_default(const struct reading *reading);

/* Does a rule on this call ask for what the language can't say of it on every ABI: an argument that
 * one of them lacks, or more bits than one of them reads? The import may then be stricter. */
bool reading_unsayable(const struct reading *reading, const char *call);
/* Does a rule on this call compare with more than 32 bits? */
bool reading_wide(const struct reading *reading, const char *call);
/* The register values that the kernel can tell apart in an argument. */
uint64_t reading_most(enum arch arch, const struct name_call *call, unsigned arg);

/* help_bpf.c: the same profile as runc would load it. NULL: libseccomp refuses it. */
struct bpf;
struct bpf *bpf_new(const struct reading *reading);
void bpf_free(struct bpf *bpf);
uint32_t bpf_run(const struct bpf *bpf, enum arch arch, uint32_t nr,
		 const uint64_t args[CALL_ARGS]);
/* Did libseccomp take every rule on this call? */
bool bpf_knows(const struct bpf *bpf, enum arch arch, const struct name_call *call);

#endif
