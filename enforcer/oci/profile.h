/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the oci room: JSON text -> profile (json.c, profile.c: what the file says, for the
 * container in question) -> calls (resolve.c: what libseccomp makes of it, call by call) -> YAML
 * (yaml.c). export.c and cubes.c go the other way.
 */
#ifndef OCI_PROFILE_H
#define OCI_PROFILE_H

#include <jansson.h>

#include "bailiff/base.h"
#include "bailiff/oci.h"

enum oci_verdict {
	OCI_ALLOW = 1,
	OCI_LOG,
	OCI_TRACE,
	OCI_NOTIFY,
	OCI_ERRNO,
	OCI_TRAP,
	OCI_KILL_THREAD,
	OCI_KILL_PROCESS,
};

/* An action as libseccomp sees it; two are the same when both fields are. */
struct oci_action {
	enum oci_verdict verdict;
	uint32_t data; /* errno of ERRNO and TRACE, 16 bits as runc passes them on; else 0 */
};

enum oci_op {
	OCI_NE = 1,
	OCI_LT,
	OCI_LE,
	OCI_EQ,
	OCI_GE,
	OCI_GT,
	OCI_MASKED_EQ, /* (register & value) == value_two */
};

struct oci_cond {
	unsigned arg; /* 0..5 */
	enum oci_op op;
	uint64_t value, value_two;
};

/* A rule that holds for this container, architecture and kernel. */
struct oci_rule {
	const char *const *names;
	size_t n_names;
	struct oci_action action;
	const struct oci_cond *conds;
	size_t n_conds;
	bool alternatives;   /* two conditions look at one argument: each stands alone */
	const char *comment; /* the profile's, and what it depended on; or NULL */
};

struct oci_profile {
	struct arena *arena;	/* borrowed: owns all below */
	struct oci_action deny; /* the default */
	struct oci_rule *rules;
	size_t n_rules;
	bool archs[ARCH_COUNT];
};

/* The way through an import. */
struct oci_reader {
	const char *file;
	const struct oci_options *options;
	struct diag *diag;
	struct arena *arena;
	size_t first_told; /* diag's entries before this import */
};

/* json.c. All report to diag; oci_json_parse() refuses duplicate keys and what passes a limit. */
int oci_json_parse(const struct oci_reader *reader, const char *text, size_t length,
		   json_t **ret_root);
void oci_error(const struct oci_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);
void oci_warn(const struct oci_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);
void oci_note(const struct oci_reader *reader, const char *format, ...) PRINTF_LIKE(2, 3);
/* The member `key` of an object: absent and null are NULL and true; another type than `type` is
 * an error and false. `where` is the object's path, e.g. "syscalls[3]". */
bool oci_member(const struct oci_reader *reader, const json_t *object, const char *where,
		const char *key, json_type type, const json_t **ret_value);
/* A number of 64 bits without sign. An absent one is `absent`. */
bool oci_unsigned(const struct oci_reader *reader, const json_t *object, const char *where,
		  const char *key, uint64_t absent, uint64_t *ret_value);
/* The strings of a list; an absent list is empty. The texts are the JSON's own. */
bool oci_strings(const struct oci_reader *reader, const json_t *object, const char *where,
		 const char *key, const char *const **ret_list, size_t *ret_count);

/* profile.c: -EINVAL with errors in diag. The strings of *ret_profile are root's. */
int oci_profile_read(const struct oci_reader *reader, const json_t *root,
		     struct oci_profile *ret_profile);

/* arch.c */
int oci_archs_read(const struct oci_reader *reader, const json_t *root, bool ret_archs[ARCH_COUNT]);
/* As Docker calls the architecture that decides includes and excludes: "amd64", "arm64", "x86". */
const char *oci_host_arch(const bool archs[ARCH_COUNT]);
const char *oci_arch_name(enum arch arch); /* "SCMP_ARCH_X86" */

/* mux.c: "socketcall" or "ipc", where i386 has the call behind one of them; else NULL. */
const char *oci_multiplexer(const char *call);

/* conds.c */
enum oci_truth {
	OCI_SOMETIMES = 1,
	OCI_NEVER,
	OCI_ALWAYS,
	OCI_UNSAYABLE, /* the language has no such comparison for this argument on every ABI */
};
struct oci_call;
/*
 * How a condition turns out for all values that the kernel can see in that argument of that call,
 * on all its ABIs. With OCI_SOMETIMES the condition is rewritten so that the language takes it: no
 * bit beyond the width, a mask of all bits as equality. `denies`: the rule is one of `deny`, where
 * arguments that are sometimes read as 32 bits are compared so.
 */
enum oci_truth oci_fit(const struct oci_call *call, bool denies, struct oci_cond *cond);
/* May both hold for one and the same value? (true where that is not known) */
bool oci_conds_meet(const struct oci_cond *a, const struct oci_cond *b);

/* An action as the policy will have it. */
struct oci_carried {
	enum policy_action action;
	uint16_t error; /* with ACTION_ERRNO */
	bool quiet;
};
struct oci_carried oci_carry(struct oci_action action);
bool oci_same_action(struct oci_action a, struct oci_action b);

/* resolve.c */

/* One conjunction that decides on a call. */
struct oci_alternative {
	const char *comment; /* or NULL */
	struct oci_carried as;
	struct oci_cond conds[CALL_ARGS]; /* of different arguments */
	size_t n_conds;
	size_t serial; /* orders them as the profile does */
	bool dropped;  /* being left out: see settle.c */
};

struct oci_call {
	const char *name;
	const struct name_call *on[ARCH_COUNT]; /* NULL: not there, or not governed */
	struct oci_alternative *some;		/* malloc'ed */
	size_t n_some, room;
	bool decided; /* some[0] has no condition and stands alone */
};

struct oci_calls {
	struct oci_call *calls; /* malloc'ed, sorted by name */
	size_t count;
};

/* What libseccomp makes of the profile, call by call; -EINVAL past a limit; -ENOMEM. */
int oci_resolve(const struct oci_reader *reader, const struct oci_profile *profile,
		struct oci_calls *ret_calls);
void oci_calls_free(struct oci_calls *calls);

/* settle.c: conditions that the width decides, and rules that contradict each other. */
/* `otherwise`: the default. */
void oci_settle(const struct oci_reader *reader, enum policy_action otherwise,
		struct oci_call *call);

/* yaml.c */
int oci_yaml(const struct oci_reader *reader, const struct oci_profile *profile,
	     const struct oci_calls *calls, char **ret_yaml);

#endif
