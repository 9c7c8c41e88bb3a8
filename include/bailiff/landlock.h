/* SPDX-License-Identifier: Apache-2.0 */
/*
 * landlock: what of a policy's `files`, `exec` and `network` Landlock can hold for a program that
 * bailiff launches, and how. Pure: the kernel's version of Landlock (its ABI) and where symbolic links
 * lead come in; launch puts on what comes out.
 *
 * Landlock grants, beneath a directory, and can't take back below. So a right is granted at the topmost
 * places of which everything below is allowed; where the policy allows a directory but for something in
 * it, launch grants the entries that are there. Nothing is ever granted that the policy denies; what is
 * denied although the policy allows it, is made later than the start, in a directory of that kind.
 *
 * Numbers of rights: include/uapi/linux/landlock.h of Linux 7.3 (Debian 12's has ABI 2).
 */
#ifndef BAILIFF_LANDLOCK_H
#define BAILIFF_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bailiff/diag.h"
#include "bailiff/policy.h"

#define LANDLOCK_ABI_NEWEST   10
#define LANDLOCK_MAX_PATTERNS 16384  /* path patterns of a policy */
#define LANDLOCK_MAX_PLACES   262144 /* that patterns divide the file system into */
#define LANDLOCK_MAX_GRANTS   16384  /* places that launch grants something at */

/* Access to files: bits as the kernel has them. */
enum landlock_fs {
	LANDLOCK_EXECUTE = 1 << 0,
	LANDLOCK_WRITE_FILE = 1 << 1,
	LANDLOCK_READ_FILE = 1 << 2,
	LANDLOCK_READ_DIR = 1 << 3,
	LANDLOCK_REMOVE_DIR = 1 << 4,
	LANDLOCK_REMOVE_FILE = 1 << 5,
	LANDLOCK_MAKE_CHAR = 1 << 6,
	LANDLOCK_MAKE_DIR = 1 << 7,
	LANDLOCK_MAKE_REG = 1 << 8,
	LANDLOCK_MAKE_SOCK = 1 << 9,
	LANDLOCK_MAKE_FIFO = 1 << 10,
	LANDLOCK_MAKE_BLOCK = 1 << 11,
	LANDLOCK_MAKE_SYM = 1 << 12,
	LANDLOCK_REFER = 1 << 13,	 /* ABI 2 */
	LANDLOCK_TRUNCATE = 1 << 14,	 /* ABI 3 */
	LANDLOCK_IOCTL_DEV = 1 << 15,	 /* ABI 5 */
	LANDLOCK_RESOLVE_UNIX = 1 << 16, /* ABI 9 */
};
#define LANDLOCK_FS_BITS 17
/* Those that a file can be granted; the others are a directory's. */
#define LANDLOCK_OF_FILES                                                                          \
	(LANDLOCK_EXECUTE | LANDLOCK_WRITE_FILE | LANDLOCK_READ_FILE | LANDLOCK_TRUNCATE |         \
	 LANDLOCK_IOCTL_DEV | LANDLOCK_RESOLVE_UNIX)

enum landlock_net {
	LANDLOCK_BIND_TCP = 1 << 0,	    /* ABI 4 */
	LANDLOCK_CONNECT_TCP = 1 << 1,	    /* ABI 4 */
	LANDLOCK_BIND_UDP = 1 << 2,	    /* ABI 10 */
	LANDLOCK_CONNECT_SEND_UDP = 1 << 3, /* ABI 10 */
};
#define LANDLOCK_NET_BITS 4

enum landlock_scope {
	LANDLOCK_SCOPE_ABSTRACT_UNIX = 1 << 0, /* ABI 6 */
	LANDLOCK_SCOPE_SIGNALS = 1 << 1,       /* ABI 6 */
};

/* The word that audit records and messages have for a right: "read_file". NULL past the last. */
const char *landlock_fs_name(unsigned bit);
const char *landlock_net_name(unsigned bit);
/* Since which ABI. */
unsigned landlock_fs_since(unsigned bit);
unsigned landlock_net_since(unsigned bit);

/* The first Linux with an ABI: "6.7"; NULL: no ABI that is known here. */
const char *landlock_kernel(unsigned abi);

/* One that can't be held as it is written. */
struct landlock_lack {
	uint32_t rule;	    /* into policy->rules */
	const char *reason; /* what can't be held and what would do; owned by the landlock */
};

struct landlock_options {
	unsigned abi; /* 0: the kernel has no Landlock, or it is off */
	/* As ruleset_options.resolve. NULL: patterns are taken as they are. */
	int (*resolve)(void *context, const char *pattern, char **ret_path);
	void *context;
	bool audit; /* nothing may be refused: what Landlock would hold, lacks */
	bool show;  /* where links lead, as notes in diag */
};

struct landlock;
/*
 * 0, or -ENOMEM, -E2BIG with the limit in diag, or what `resolve` failed with. Mistakes are no failure: they are lacks. A rule that
 * lacks is left out: what it denies is not denied, what it allows is not allowed.
 */
int landlock_compile(const struct policy *policy, const struct landlock_options *options,
		     struct diag *diag, struct landlock **ret_landlock);
void landlock_free(struct landlock *landlock);
void landlock_freep(struct landlock **landlock);

/* By rule; a rule can be there several times. */
const struct landlock_lack *landlock_lacks(const struct landlock *landlock, size_t *ret_count);

/* What the ruleset handles; all zero and no MDWE: there is nothing to put on. */
struct landlock_handled {
	uint64_t fs;	 /* enum landlock_fs */
	uint64_t net;	 /* enum landlock_net */
	uint64_t scoped; /* of the policy; launch adds signals where it supervises */
	bool mdwe;	 /* PR_SET_MDWE, where the kernel has it: a filter holds the same */
	/* Writing is denied somewhere, and this Landlock (ABI 1, 2) does not know of truncation, which takes no
	 * open file: a filter has to refuse truncation by name, of all files (landlock_no_truncation). */
	bool no_truncation;
};
struct landlock_handled landlock_handled(const struct landlock *landlock);
unsigned landlock_abi(const struct landlock *landlock);
/* A policy's text, its head and its rules by call: no file is truncated by its name, nor by an open that could
 * not write it. A rule is left out where the policy itself refuses the call, with its own errno and report. */
extern const char landlock_no_truncation[];
struct landlock_truncation {
	const char *call, *rule; /* NULL: past the last */
};
extern const struct landlock_truncation landlock_truncations[];

/* --- Places: the file system as the policy divides it --------------------------------------------- */

struct landlock_place;
const struct landlock_place *landlock_root(const struct landlock *landlock);
/* A name within a directory; where nothing more is said below, the place itself. NULL: no memory, or more
 * places than LANDLOCK_MAX_PLACES. */
const struct landlock_place *landlock_step(struct landlock *landlock,
					   const struct landlock_place *place, const char *name);
/* To be granted here, if this place is there: the policy allows it here and everywhere below. */
uint64_t landlock_all(const struct landlock_place *place);
/* Allowed somewhere here or below: what is not in it, needs no look below. */
uint64_t landlock_some(const struct landlock_place *place);
/* Of the rights that are to be granted in some entries of this directory: those that may be in entries
 * of any name, so that the directory has to be listed. */
uint64_t landlock_listed(const struct landlock_place *place);
/* The i-th name of an entry that the policy speaks of. NULL past the last. */
const char *landlock_named(const struct landlock_place *place, size_t i);
/* What a file, one that is no directory, may be granted here. */
uint64_t landlock_file(const struct landlock_place *place);
/* May this directory be listed, and those below, although a rule denies something in it? Yes if all that is
 * denied are single names, and no directory is behind any of them (is_file: there is something of this
 * name, and it is none). `path` is the place's, "/" for the root. */
bool landlock_listable(const struct landlock_place *place, const char *path,
		       bool (*is_file)(void *context, const char *path), void *context);
/* A directory that the policy lets be read, but not what lies below: that can't be granted. The rule's
 * number, or POLICY_NO_RULE: it is none such. */
uint32_t landlock_alone(const struct landlock_place *place);
/* May an ELF loader at this path be started because programs may that need it? */
bool landlock_implies_loader(const struct landlock *landlock, const char *path);

/* --- Ports ---------------------------------------------------------------------------------------- */

struct landlock_ports {
	uint16_t port;
	uint64_t rights; /* enum landlock_net */
};
const struct landlock_ports *landlock_ports(const struct landlock *landlock, size_t *ret_count);

/* --- What a denial was about ----------------------------------------------------------------------- */

/* What the policy says of a right (`bit` of enum landlock_fs) at a path ("/", "/a/b"). Of rights that are about
 * the names in a directory, `path` is that of such a name. *ret_rule: who decided; POLICY_NO_RULE where the
 * class is absent. True: allowed. */
bool landlock_allows(const struct landlock *landlock, unsigned bit, const char *path,
		     uint32_t *ret_rule);
/* The rule for whose sake the kernel refused a right at a path (a directory, where the right is about the
 * names in it), be the path itself allowed or not. POLICY_NO_RULE: none denies it anywhere. */
uint32_t landlock_blame(const struct landlock *landlock, unsigned bit, const char *path);
/* A port that no rule denies is one that the kernel did not tell: the rule is then the only one that denies any. */
uint32_t landlock_blame_port(const struct landlock *landlock, unsigned bit, uint16_t port);
uint32_t landlock_blame_abstract(const struct landlock *landlock);

#endif
