/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this room share: the reader, which collects a policy while its files are read.
 * Mistakes are counted and reading goes on; only a lack of memory (`oom`) makes everything that
 * follows do nothing. policy_finish() then turns what was collected into the tables of policy.h.
 */
#ifndef BAILIFF_POLICY_INTERNAL_H
#define BAILIFF_POLICY_INTERNAL_H

#include "bailiff/diag.h"
#include "bailiff/doc.h"
#include "bailiff/policy.h"

#define POLICY_ARENA_BYTES                                                                         \
	((size_t)1 << 30)	     /* what 65 files of 64 MiB could ask for, cut short   \
					      */
#define POLICY_MAX_MATCHES  2000000u /* rules times the calls that they name, all ABIs */
#define POLICY_MAX_PATH	    4096
#define POLICY_MAX_WHY	    1000
#define POLICY_MAX_ABSTRACT 107 /* bytes of sun_path without the leading NUL */
#define POLICY_TEXT	    200 /* bytes of policy_rule.text */
#define POLICY_DIRECTORY    "/etc/bailiff/policies/"

/* One file. What it brings to each class as a default stays, for files that include it later. */
struct source {
	const char *path;      /* as messages and rules call it */
	const char *identity;  /* the same for the same file */
	const char *directory; /* its includes are looked for here first; "" the working directory,
				  NULL nowhere */
	bool shipped;
	bool open; /* being read: to name it now is a cycle */
	struct source *parent;
	struct policy_rule defaults[CLASS_END]; /* action 0: neither it nor its includes have it */
};

/* A match on its way into policy->matches: a list per call. */
struct raw_match {
	struct policy_match match;
	uint32_t next; /* POLICY_NO_RULE ends the list */
};

struct reader {
	struct diag *diag;
	struct policy *policy;
	struct arena *arena;	    /* the policy's */
	struct policy_files *files; /* kept while they are read, or read from; NULL: neither */
	size_t errors;
	bool oom;

	struct source *sources[POLICY_MAX_INCLUDES + 1];
	size_t n_sources;
	struct source *source;		      /* the file that is read now */
	struct diag_pos arch_pos;	      /* the key architectures; line 0: absent */
	struct diag_pos first_class;	      /* the first class of all; line 0: none */
	struct diag_pos class_pos[CLASS_END]; /* each class where it was first met */

	enum arch arches[ARCH_COUNT]; /* those that the policy governs */
	size_t n_arches;

	/* Growing; the counts are the policy's. */
	struct policy_rule *rules;
	struct raw_match *matches;
	struct policy_cond *conds;
	uint64_t *values;
	struct policy_path_rule *path_rules;
	struct policy_net_rule *net_rules;
	size_t rules_size, matches_size, conds_size, values_size, path_rules_size, net_rules_size;

	uint32_t *
		heads[ARCH_COUNT]; /* the first match of each call, by its index in names_calls() */
	uint32_t n_entries, n_wild; /* against the limits */
	bool too_many, too_many_wild, too_many_matches;
	uint64_t surfaces_named; /* bit per surface that a list of `kernel` names */
	/* Kept apart from the default, which is known last. 0: no list names it. */
	uint8_t cap_action[64];
	uint32_t cap_rule[64];
	uint32_t surface_rule[POLICY_MAX_SURFACES]; /* where surfaces_named has the bit */
};

/* A mistake at a node; reading goes on. */
#define REFUSE(r, node, ...)   ((r)->errors++, diag_error((r)->diag, &(node)->pos, __VA_ARGS__))
#define REFUSE_AT(r, pos, ...) ((r)->errors++, diag_error((r)->diag, (pos), __VA_ARGS__))
#define WARN_AT(r, node, ...)  diag_warning((r)->diag, &(node)->pos, __VA_ARGS__)

/* rules.c */
struct rule_options {
	uint8_t action;
	bool quiet;
	uint16_t error;
	const char *why;
	const char *const *by;
	uint32_t n_by;
};
enum option_bits {
	OPTION_ACTION = 1 << 0,
	OPTION_REPORT = 1 << 1,
	OPTION_WHY = 1 << 2,
	OPTION_BY = 1 << 3,
	OPTION_ALL = (1 << 4) - 1,
};
void *reader_alloc(struct reader *r, size_t count, size_t size);
const char *reader_copy(struct reader *r, const char *text, size_t length);
const char *reader_join(struct reader *r, const char *a, const char *b, const char *c);
struct diag_pos reader_place(const struct reader *r, const struct doc_node *node);
bool is_option(const char *key);
bool is_scalar(struct reader *r, const struct doc_node *node, const char *what);
/* A list, or one scalar in its place: item i of it. Refuses mappings and empty lists. */
bool is_list(struct reader *r, const struct doc_node *node, const char *what, size_t *ret_count);
const struct doc_node *list_item(const struct doc_node *list, size_t i);
bool read_bool(struct reader *r, const struct doc_node *node, const char *key, bool *ret_value);
/* An action's word. `words` begins "allow", "audit", "deny" or later ones where those can't stand.
 */
bool read_action(struct reader *r, const struct doc_node *node, bool is_default,
		 struct rule_options *options);
/* The options of a rule that is a mapping, or (map NULL) those of a bare one. `allowed`:
 * option_bits; `other`: what to say of an option that is not. */
bool read_options(struct reader *r, const struct doc_node *map, enum policy_list list,
		  unsigned allowed, const char *other, struct rule_options *ret_options);
/* Refuses a key of a mapping that is neither in `keys` (NULL-terminated) nor an option. */
bool check_keys(struct reader *r, const struct doc_node *map, const char *const *keys,
		bool options);
void refuse_unknown(struct reader *r, const struct doc_node *node, const char *what,
		    const char *name, enum name_space space);
void refuse_unknown_of(struct reader *r, const struct doc_node *node, const char *what,
		       const char *name, const char *const *list, size_t count);
uint32_t add_rule(struct reader *r, enum policy_class class, enum policy_list list,
		  const struct diag_pos *pos, const char *text, const struct rule_options *options);
/* The same for a list's entry; its text and place come from the node. */
uint32_t add_entry(struct reader *r, enum policy_class class, enum policy_list list,
		   const struct doc_node *node, const struct rule_options *options);
/* Counts entries against POLICY_MAX_RULES. */
bool count_entries(struct reader *r, const struct doc_node *node, size_t entries);
const char *node_text(struct reader *r, const struct doc_node *node);

/* tables.c */
int open_tables(struct reader *r);
void add_match(struct reader *r, enum arch arch, const struct name_call *call,
	       const struct policy_match *match);
uint32_t add_value(struct reader *r, uint64_t value);
uint32_t add_cond(struct reader *r, const struct policy_cond *cond);
int policy_finish(struct reader *r);

/* conflicts.c: what is said twice and differently, and what never decides. The matches of one
 * call, sorted. */
struct conflicts {
	uint64_t budget;	/* comparisons left; past it, everything that may conflict does */
	uint8_t *told;		/* bit per kind of message, by rule */
	uint32_t *alive, *dead; /* matches of a rule that may and that cannot decide */
};
int conflicts_open(struct reader *r, struct conflicts *c);
void conflicts_check(struct reader *r, struct conflicts *c, const struct policy_match *matches,
		     uint32_t count);
void conflicts_close(struct reader *r, struct conflicts *c);

/* values.c */
/* 1: a number; 0: no number, rather a name; -1: refused. A negative one comes as its two's
 * complement. */
int read_number(struct reader *r, const struct doc_node *node, const char *text, size_t length,
		uint64_t *ret_value, bool *ret_negative);

/* conditions.c: lowers the conditions of one call's rule on one ABI; `loud` says whether warnings
 * are given (on the first ABI only). False when a mistake was reported. */
bool lower_conditions(struct reader *r, enum arch arch, const struct name_call *call,
		      const struct doc_node *map, bool restrictive, bool loud,
		      struct policy_match *match);

/* The lists' entries, one reader a class. */
void read_syscall_entry(struct reader *r, enum policy_list list, const struct doc_node *node);
void read_file_entry(struct reader *r, enum policy_list list, const struct doc_node *node);
void read_exec_entry(struct reader *r, enum policy_list list, const struct doc_node *node);
void read_network_entry(struct reader *r, enum policy_list list, const struct doc_node *node);
void read_capability_entry(struct reader *r, enum policy_list list, const struct doc_node *node);
void read_kernel_entry(struct reader *r, enum policy_list list, const struct doc_node *node);
/* Once every file is read and the defaults are known. */
void finish_capabilities(struct reader *r);
void finish_kernel(struct reader *r);
extern const struct policy_surface_call user_namespace_calls[];
extern const size_t user_namespace_calls_count;

/* Protocols that a rule can name; the last stands for all others. */
#define NAMED_PROTOCOLS 6u
extern const int named_protocols[NAMED_PROTOCOLS];

/* closed.c: over the policy's own tables, which policy_finish() has lent it. POLICY_NO_RULE: open. */
#define ACCESS_KINDS 11
/* What rules say of an operation, wherever to. */
struct reach {
	bool allowed;	 /* somewhere, to some executable */
	uint32_t rule;	 /* that speaks of everywhere */
	uint32_t denier; /* one that denies something; POLICY_NO_RULE: all is allowed */
};
struct reach reach_protocol(const struct policy *policy, enum policy_net_op op, int protocol);
struct reach reach_unix(const struct policy *policy, enum policy_net_op op); /* no denier */
uint32_t closed_protocol(const struct policy *policy, int protocol);
uint32_t closed_unix(const struct policy *policy);
void closed_access(const struct policy *policy, uint32_t rules[ACCESS_KINDS]);
enum shut {
	SHUT_NOT,
	SHUT_BUT_NETLINK, /* addresses of netlink have a length of their own */
	SHUT_WHOLE,
};
enum shut shut_call(const struct policy *policy, enum policy_net_op op);
/* Who decides on socket(family, type), addresses apart. */
uint32_t socket_rule(const struct policy *policy, uint32_t family, uint32_t type);
bool implies_family(const struct policy_net_address *address, uint32_t family);

/* lower.c: rules of other classes that a filter holds, as matches of calls on every ABI. */
struct lower_cond {
	const char *arg;
	uint8_t op;    /* enum policy_cond_op */
	uint64_t mask; /* 0: the whole argument */
	const uint64_t *values;
	size_t n_values;
};
/* Where an ABI's call has no such argument (it lies in memory), the whole call is meant. */
void lower_call(struct reader *r, const char *name, const struct lower_cond *conds, size_t n_conds,
		uint32_t rule, enum policy_level level);
/* The rules as they are so far, for closed.c. */
const struct policy *lend_tables(struct reader *r);
void shut_rings(struct reader *r, enum policy_class class, const char *text, const char *why);
void finish_files(struct reader *r);
void finish_exec(struct reader *r);    /* memory.c */
void finish_network(struct reader *r); /* sockets.c */

/* paths.c */
bool check_pattern(struct reader *r, const struct doc_node *node, const char *what);
bool check_brackets(struct reader *r, const struct doc_node *node, const char *text);
bool is_wild(const char *pattern);
/* A list of patterns, copied; NULL where one was refused. */
const char *const *read_patterns(struct reader *r, const struct doc_node *node, const char *what,
				 uint32_t *ret_count);

/* scope.c */
void read_scope(struct reader *r, const struct doc_node *node, struct policy_scope *ret_scope);

/* include.c */
struct wanted { /* an include, once its file's document is gone */
	const char *name;
	struct diag_pos pos;
};
/* The file's source, which is new or has been read; NULL where it can't be had (reported). */
struct source *find_include(struct reader *r, struct source *from, const struct wanted *wanted,
			    const struct policy_shipped **ret_shipped, bool *ret_new);
struct source *add_source(struct reader *r, const char *path, const char *identity,
			  const char *directory, struct source *parent);
const char *directory_of(struct reader *r, const char *path); /* with its slash; NULL: none */
bool is_policy_word(const char *name);
bool valid_policy_name(const char *name);

/* files.c */
const char *existing(const struct reader *r, const char *path); /* NULL: there is nothing */
const char *identify(struct reader *r, const char *path);	/* the same for the same file */
int read_document(const struct reader *r, const char *path, struct doc **ret_doc);
const struct policy_shipped *find_shipped(struct reader *r, const char *name);

#endif
