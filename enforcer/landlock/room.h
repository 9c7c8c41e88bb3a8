/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room:
 *   landlock.c   a policy's patterns read, and the parts put together
 *   rights.c     the kernel's rights: their names, since when, and from which words of the policy
 *   places.c     the file system as the patterns divide it
 *   weigh.c      what is allowed at and below a place
 *   lacks.c      what of `files` and `exec` can't be held
 *   ports.c      ports and protocols
 *   sockets.c    unix sockets
 *   blame.c      whose rule a denial goes back to
 */
#ifndef LANDLOCK_ROOM_H
#define LANDLOCK_ROOM_H

#include "bailiff/base.h"
#include "bailiff/landlock.h"

/* What a policy says of a path, a bit each: enum policy_access, and these. */
#define OP_EXEC		(1u << 11) /* class exec */
#define OP_UNIX_BIND	(1u << 12)
#define OP_UNIX_CONNECT (1u << 13)
#define N_OPS		14u
#define OPS_FILES	((uint32_t)ACCESS_ALL)
#define OPS_UNIX	(OP_UNIX_BIND | OP_UNIX_CONNECT)

enum component_kind { /* ordered: the greater is the more specific */
		      COMPONENT_STAR = 1,
		      COMPONENT_PART,
		      COMPONENT_LITERAL,
};
struct component {
	const char *text;
	uint16_t length;
	uint8_t kind;
};
struct pattern {
	const struct component *parts;
	uint32_t n_parts; /* without the final slash-star-star */
	bool beneath;	  /* there is one */
	uint32_t rule, ops;
	uint8_t action;
	const char *moved; /* as the policy has it, where links lead elsewhere; NULL: they do not */
};

struct decision {
	uint32_t rule; /* POLICY_NO_RULE: the class is absent */
	uint32_t rank; /* how specific; 0: the class's default */
	uint8_t action;
	bool beneath; /* by a pattern that ends in a slash-star-star */
};

struct child {
	const char *name;
	struct landlock_place *place;
};

struct landlock_place {
	struct landlock *owner;
	struct landlock_place *above; /* NULL: the root */
	uint32_t depth;
	struct decision here[N_OPS]; /* of this path */
	struct decision
		below[N_OPS]; /* of what lies below, where no pattern that goes on says otherwise */
	uint32_t *live;	      /* patterns that go on below */
	uint32_t n_live;
	struct child *children; /* the names that patterns have, sorted */
	uint32_t n_children;
	struct landlock_place *
		*parts; /* names that match one pattern with a wildcard, a place each */
	uint32_t n_parts;
	struct landlock_place
		*rest; /* all that is below a place where nothing goes on; NULL: not asked for */
	struct landlock_place *other; /* names that none but `*` matches; NULL: nothing goes on */
	/* Ops, once weighed. */
	uint32_t all, some;		/* here and everywhere below; here or anywhere below */
	uint32_t all_below, some_below; /* of the same, strictly below */
	uint64_t granted, anywhere, listed;
};

struct landlock {
	const struct policy *policy;
	unsigned abi;
	bool audit;
	uint32_t closed; /* accesses of files that a filter refuses, whatever the path */
	struct arena *arena;
	bool oom, too_many;
	struct pattern *patterns;
	size_t n_patterns, patterns_size;
	size_t n_places;
	struct landlock_place *root;
	uint32_t *lacked; /* by rule: enum lack */
	struct landlock_lack *lacks;
	size_t n_lacks, lacks_size;
	struct landlock_ports *ports;
	size_t n_ports, ports_size;
	uint32_t *by_port[LANDLOCK_NET_BITS]; /* the rule of each port; NULL: no rule denies any */
	uint32_t denier
		[LANDLOCK_NET_BITS]; /* the only rule there that denies; POLICY_NO_RULE: several */
	uint32_t abstract;	     /* the rule for whose sake abstract names are scoped */
	struct landlock_handled handled;
};

/* ---- rights.c ---- */

/* The ops that must all be allowed for a right; of IOCTL_DEV and REFER, one of them is enough. */
uint32_t right_ops(unsigned bit);
/* What a directory may be granted where these ops are allowed at and below it, and strictly below it. */
uint64_t rights_of(uint32_t all, uint32_t all_below);
/* What may be granted to a file. */
uint64_t rights_of_file(uint32_t here);

/* ---- places.c ---- */

/* A decision is an allowing one. */
static inline bool allows(const struct decision *decision)
{
	return decision->action <= ACTION_AUDIT;
}
uint32_t ops_allowed(const struct decision *decisions);
/* What the policy says of one path, by the patterns alone; N_OPS decisions. */
void decide_path(const struct landlock *landlock, const char *path, struct decision *ret_decisions);
struct landlock_place *places_root(struct landlock *landlock);
/* The children, parts and other of a place and of all below it. */
void places_spread(struct landlock_place *place);

/* ---- weigh.c ---- */

void weigh(struct landlock_place *place);

/* ---- lacks.c ---- */

/* A rule has each kind once. */
enum lack {
	LACK_RULE = 1 << 0, /* as a whole: it is left out */
	LACK_ABI = 1 << 1,
	LACK_NAME = 1 << 2,
	LACK_RENAME = 1 << 3,
	LACK_LINK = 1 << 4,
	LACK_EXECUTE = 1 << 5,
	LACK_WORD = 1 << 6, /* chmod and the like */
	LACK_UNIX = 1 << 7,
	LACK_ADDRESS = 1 << 8,
	LACK_PROTOCOL = 1 << 9,
	LACK_PORTS = 1 << 10,
	LACK_MOVED = 1 << 11, /* a link that the program could have made */
	LACK_LISTEN = 1 << 12,
};
void add_lack(struct landlock *landlock, enum lack kind, uint32_t rule, const char *format, ...)
	PRINTF_LIKE(4, 5);
void lack_audit(struct landlock *landlock, uint32_t rule);
/* Why a rule as a whole can't be held; NULL: nothing speaks against it. */
const char *rule_lacks(const struct policy_rule *rule);
/* It refuses, and is not left out. POLICY_NO_RULE does not. */
bool rule_denies(const struct landlock *landlock, uint32_t rule);
void find_lacks(struct landlock *landlock);

/* ---- sockets.c ---- */

void weigh_unix(struct landlock *landlock);

/* ---- ports.c ---- */

void weigh_ports(struct landlock *landlock);

/* Calls `tell` for every place that patterns make, from the root on. */
void each_place(struct landlock_place *place,
		void (*tell)(struct landlock_place *place, void *context), void *context);

#endif
