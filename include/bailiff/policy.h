/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: a policy file, its includes merged, checked whole, lowered to tables per ABI,
 * and the one evaluation of those tables that everything else is held against. Pure: no kernel
 * state, no privilege. The language's contract is in bailiff-policy(5).
 *
 * Lowered means: names are numbers, groups are their members, conditions are masked comparisons at
 * the width that the kernel reads, on each ABI of the policy apart. What a policy means is what
 * policy_decide() says of the lowered tables; filters are proved against it.
 */
#ifndef BAILIFF_POLICY_H
#define BAILIFF_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/base.h"
#include "bailiff/diag.h"
#include "bailiff/names.h"

/* Limits of the language; passing one is an error that names it. Text: DOC_MAX_* in doc.h. */
#define POLICY_MAX_INCLUDES   64
#define POLICY_MAX_RULES      200000u /* each call, path and address of a list counts */
#define POLICY_MAX_WILD_RULES 1024u   /* with a wildcard other than a final slash-star-star */
#define POLICY_MAX_NAME	      64      /* [a-z0-9][a-z0-9._-]*, at most so many bytes */
#define POLICY_MAX_SURFACES   16

/* Ordered: the greater is the stricter (the kernel's order). Zero is never a verdict. */
enum policy_action {
	ACTION_ALLOW = 1,
	ACTION_AUDIT, /* allowed, and reported */
	ACTION_ERRNO, /* refused with an errno, and reported unless quiet */
	ACTION_TRAP,
	ACTION_KILL_THREAD,
	ACTION_KILL,
};

enum policy_class {
	CLASS_SYSCALLS = 1,
	CLASS_FILES,
	CLASS_EXEC,
	CLASS_NETWORK,
	CLASS_CAPABILITIES,
	CLASS_KERNEL,
	CLASS_END,
};
const char *policy_class_name(enum policy_class class); /* "syscalls" */

/* Ordered: the greater is the more specific. */
enum policy_level {
	LEVEL_DEFAULT = 1,
	LEVEL_GROUP,
	LEVEL_NAMED,
	LEVEL_ARGUMENTS,
};

enum policy_list {
	LIST_DEFAULT = 1, /* the class's default */
	LIST_ALLOW,
	LIST_DENY,
	LIST_AUDIT,
	LIST_IMPLIED, /* what bailiff adds so that another rule holds, e.g. user namespaces under
			 `capabilities`, io_uring under `network` */
};

/* One rule as a person wrote it (or a class's default, or an implied rule: pos is then that of what
 * implies it). */
struct policy_rule {
	struct diag_pos pos;   /* the line that decided, as the file was given */
	uint8_t class;	       /* enum policy_class */
	uint8_t list;	       /* enum policy_list */
	uint8_t action;	       /* enum policy_action */
	bool quiet;	       /* report: no */
	uint16_t error;	       /* errno, 1..4095, with ACTION_ERRNO; else 0 */
	const char *why;       /* or NULL */
	const char *text;      /* the rule as one line, for explain: "ioctl: {cmd: [TIOCSTI]}" */
	const char *const *by; /* path patterns of `by`; n_by = 0: any executable */
	uint32_t n_by;
};

/* A condition on one argument: x = register & mask. */
enum policy_cond_op {
	COND_IN = 1, /* x is one of the values (sorted, each once) */
	COND_NOT_IN, /* x is none of them */
	COND_RANGE,  /* values[0] <= x <= values[1], unsigned; values[0] > values[1]: never */
};
/* Bit tests lower to these: all-of f = (mask f) IN {f}; none-of f = (mask f) IN {0}; any-of f =
 * (mask f) NOT_IN {0}. */
struct policy_cond {
	uint8_t arg;	      /* 0..5 */
	uint8_t op;	      /* enum policy_cond_op */
	uint64_t mask;	      /* within the argument's width, and never 0 */
	uint32_t first_value; /* into policy->values */
	uint32_t n_values;    /* >= 1; 2 for COND_RANGE */
};

/* What a rule says of one call: all conditions must hold. */
struct policy_match {
	uint32_t rule; /* into policy->rules */
	uint32_t first_cond;
	uint16_t n_conds; /* 0: without condition */
	uint8_t level;	  /* enum policy_level */
	uint8_t class;	  /* the rule's */
};

struct policy_call {
	uint32_t nr;
	uint32_t first_match; /* into policy->matches; sorted by class, then level, greatest first,
				 then strictest first */
	uint32_t n_matches;   /* 0: only defaults speak */
};

/* An ABI's table: every call that the names know, sorted by number. */
struct policy_abi {
	bool governed; /* named by architectures:, else shut with ENOSYS */
	struct policy_call *calls;
	uint32_t n_calls;
};

/* Access to files, bits of policy_path_rule.access */
enum policy_access {
	ACCESS_READ = 1 << 0,
	ACCESS_WRITE = 1 << 1,
	ACCESS_CREATE = 1 << 2,
	ACCESS_DELETE = 1 << 3,
	ACCESS_RENAME = 1 << 4,
	ACCESS_LINK = 1 << 5,
	ACCESS_CHMOD = 1 << 6,
	ACCESS_CHOWN = 1 << 7,
	ACCESS_XATTR = 1 << 8,
	ACCESS_MKNOD = 1 << 9,
	ACCESS_EXECUTE = 1 << 10,
	ACCESS_ALL = (1 << 11) - 1,
};
/* exec's words, bits of policy_path_rule.words (then there are no patterns) */
enum policy_exec_word {
	EXEC_ANONYMOUS_MEMORY = 1 << 0,
	EXEC_WRITABLE_THEN_EXECUTABLE = 1 << 1,
};

/* A rule of `files` or `exec`. */
struct policy_path_rule {
	uint32_t rule;
	uint16_t access;	     /* files: enum policy_access bits; exec: 0 */
	uint16_t words;		     /* exec: enum policy_exec_word bits */
	const char *const *patterns; /* checked, absolute, as written */
	uint32_t n_patterns;
};

enum policy_net_op {
	NET_BIND = 1,
	NET_CONNECT,
	NET_LISTEN,
	NET_SOCKET,
};
enum policy_net_kind {
	NET_ANY = 1, /* any address of IPv4 and IPv6 */
	NET_INET,    /* address/prefix in the first 4 bytes */
	NET_INET6,
	NET_UNIX_PATH, /* pattern holds the path pattern */
	NET_UNIX_ABSTRACT,
	NET_FAMILY, /* NET_SOCKET: family, type (0 = any) */
};
struct policy_net_address {
	uint8_t kind;		      /* enum policy_net_kind */
	uint8_t prefix;		      /* bits */
	uint8_t address[16];	      /* network order */
	uint16_t port_low, port_high; /* host order, inclusive; 0..65535 = any */
	int16_t protocol;	      /* IPPROTO_*, -1 = any */
	uint32_t family, type;	      /* NET_FAMILY */
	const char *pattern;
	const char *text; /* as written */
};
struct policy_net_rule {
	uint32_t rule;
	uint8_t op; /* enum policy_net_op */
	const struct policy_net_address *addresses;
	uint32_t n_addresses;
};

struct policy_scope {
	bool present;
	const char *const *cgroups; /* patterns */
	uint32_t n_cgroups;
	const char *const *executables;
	uint32_t n_executables;
	const char *const *users; /* names or numbers */
	uint32_t n_users;
	bool launched, host;
};

#define POLICY_NO_RULE UINT32_MAX

struct policy {
	const char *name, *description; /* description may be NULL */
	const char *path;		/* the file as given */
	bool audit;			/* mode: audit */
	bool no_new_privs;
	struct policy_scope scope;

	struct policy_rule *rules;
	uint32_t n_rules;
	/* By class; POLICY_NO_RULE: the class is absent, hence not governed. Of calls, only that of
	 * `syscalls` speaks: `kernel` and `network` have theirs in the matches (LEVEL_DEFAULT) of the
	 * calls that they reach, and the others' are for capabilities, files and programs alone. */
	uint32_t default_rule[CLASS_END];
	uint32_t abi_rule;     /* implied: what shuts the other ABIs (errno ENOSYS, reported) */
	uint32_t unknown_rule; /* what an unknown number gets: errno ENOSYS at the place of
				* syscalls' default; POLICY_NO_RULE where it is let through (no
				* syscalls class, or default: allow) */

	struct policy_abi abi[ARCH_COUNT];
	struct policy_match *matches;
	uint32_t n_matches;
	struct policy_cond *conds;
	uint32_t n_conds;
	uint64_t *values;
	uint32_t n_values;

	/* capabilities: bit per number, in one of the two or in none; meaningful where the class is
	 * present. Numbers that are not known yet go with the default. cap_rule: who decided on
	 * each. */
	uint64_t caps_allowed, caps_audited;
	uint32_t cap_rule[64];
	/* kernel: who decided on each surface, in the order of policy_surfaces(). POLICY_NO_RULE
	 * past the last, where the class is absent, and in what image_read() gives. */
	uint32_t surface_rule[POLICY_MAX_SURFACES];

	/* What of these a filter can hold is in the matches as well. */
	struct policy_path_rule *path_rules; /* of files and exec, by rules[].class */
	uint32_t n_path_rules;
	struct policy_net_rule *net_rules;
	uint32_t n_net_rules;

	struct arena *arena; /* owns all of the above */
};

/*
 * Reads a policy and its includes, checks everything, and lowers it. `path` is a file; a word
 * without slash and without ".yaml" is looked up as an include is (/etc/bailiff/policies, then the
 * shipped ones). All mistakes are in diag, then -EINVAL (or the errno of a file that could not be
 * read). Warnings alone do not fail.
 */
int policy_read(const char *path, struct diag *diag, struct policy **ret_policy);
/* The same from memory, with `name` as the file's name in messages (for tests and fuzzers).
 * Includes are looked up beside `name`'s directory when it has one. */
int policy_parse(const char *text, size_t length, const char *name, struct diag *diag,
		 struct policy **ret_policy);
/*
 * The files that a policy was read from, its own and those that it includes: kept while it is read,
 * so that the same policy can be read again, whatever has become of them on disk. Given files that
 * were unpacked, nothing on disk is looked at.
 */
struct policy_files;
int policy_files_new(struct policy_files **ret_files);
void policy_files_free(struct policy_files *files);
void policy_files_freep(struct policy_files **files);
int policy_read_files(const char *path, struct diag *diag, struct policy_files *files,
		      struct policy **ret_policy);
/* The path or word that the policy was read by. */
const char *policy_files_first(const struct policy_files *files);
/* Its text; NULL: nothing was read. */
const char *policy_files_text(const struct policy_files *files, size_t *ret_length);
/* The same files, but for the first, which has this text. */
int policy_files_edited(const struct policy_files *files, const char *text, size_t length,
			struct policy_files **ret_files);
/* The files' paths: of each the one that it was looked for by, and where that leads, whether it is there or
 * not. NULL past the end. */
const char *policy_files_path(const struct policy_files *files, size_t i);
/* As bytes, malloc'ed; and back: -EBADMSG where they are not whole. */
int policy_files_pack(const struct policy_files *files, char **ret_bytes, size_t *ret_length);
int policy_files_unpack(const void *bytes, size_t length, struct policy_files **ret_files);

void policy_free(struct policy *policy);
void policy_freep(struct policy **policy);

/* The policies inside the program (generated from policies/ when bailiff is built). NULL past the
 * end. */
struct policy_shipped {
	const char *name; /* "nginx" */
	const char *text;
	size_t length;
};
const struct policy_shipped *policy_shipped(size_t i);

/* The verdict on one call. rule is POLICY_NO_RULE where nothing governs the call (then
 * ACTION_ALLOW). mode: audit is not applied here: the decision is what enforcement would do. */
struct policy_decision {
	enum policy_action action;
	uint16_t error;
	bool quiet;
	uint32_t rule;
};
struct policy_decision policy_decide(const struct policy *policy, enum arch arch, uint32_t nr,
				     const uint64_t args[CALL_ARGS]);
/* For a call of an ABI that is none of ours (arch_of_call() failed). */
struct policy_decision policy_decide_foreign(const struct policy *policy);

bool policy_cond_holds(const struct policy *policy, const struct policy_cond *cond, uint64_t value);
/* NULL: the number is not in the ABI's table, or the ABI is not governed. */
const struct policy_call *policy_call(const struct policy *policy, enum arch arch, uint32_t nr);
/* The nearest rule that did not decide: the most specific other one that speaks of this call.
 * POLICY_NO_RULE: none. */
uint32_t policy_nearest(const struct policy *policy, enum arch arch, uint32_t nr,
			const struct policy_decision *decided);

/* As the reader lets them through: a path pattern; one of abstract names, with its '@'. */
bool policy_is_pattern(const char *text);
bool policy_is_abstract(const char *text);

/* True when a class of this policy wants a seccomp filter (syscalls, kernel, capabilities that drop
 * any, or what of files, exec and network a filter can hold). */
bool policy_wants_filter(const struct policy *policy);

/*
 * What a policy denies wherever it is tried, to everybody: then its filter refuses it, knowing neither
 * path nor address. False wherever that is in doubt. A rule with `by` that denies says nothing here.
 */
/* enum policy_access: what `files` allows of no path. Of these the filter refuses chmod, chown, xattr
 * and link; for the others it knows no calls. */
uint32_t policy_closed_access(const struct policy *policy);
/* A protocol (-1: all that a policy has no word for) that may neither bind, listen nor connect anywhere:
 * socket() makes none of it. */
bool policy_closed_protocol(const struct policy *policy, int protocol);
/* The same of unix sockets, by path and by abstract name. */
bool policy_closed_unix(const struct policy *policy);
/*
 * Nothing may bind (NET_CONNECT: connect, NET_LISTEN: listen), whatever its protocol, and no sockets can
 * be made that the rules do not speak of: the filter refuses the call. Sockets of this kind, that is:
 * where those of netlink can be made, the call is left to addresses of their length, which IPv4 and IPv6
 * do not have, but names of unix sockets may. What binds or connects without the call is another matter:
 * sending with an address (TCP's is refused: MSG_FASTOPEN), and SCTP's socket options.
 */
bool policy_shut_call(const struct policy *policy, enum policy_net_op op,
		      enum policy_net_kind kind);

/* What a policy leaves open, as notes in diag: siblings of denied calls (open beside openat2,
 * clone3 beside clone, mount and the fsmount family …), io_uring, denied exit/rt_sigreturn, pointer
 * comparisons. For `check`. */
void policy_review(const struct policy *policy, struct diag *diag);

/* The kernel's surfaces: name -> the calls that reach it. One table, in enforcer/policy/surfaces.c.
 */
struct policy_surface_call {
	const char *call;
	const char *arg;	   /* NULL: the whole call */
	uint8_t op;		   /* 'a' any-of, 'i' in, with arg */
	const char *const *values; /* constants, NULL-terminated */
	uint16_t error;		   /* 0: EPERM; ENOSYS for clone3 */
	bool quiet;
};
struct policy_surface {
	const char *name;
	const char *description; /* one clause, for the man page */
	const struct policy_surface_call *calls;
	size_t n_calls;
};
const struct policy_surface *policy_surfaces(size_t *ret_count);

#endif
