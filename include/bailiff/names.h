/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: system calls, their arguments, constants and groups, by name and by
 * number, for the four ABIs that bailiff knows. All of it is generated
 * from enforcer/names/data/ (its README says where each fact comes from).
 * Nothing here allocates; every returned pointer lives forever. What is asked
 * for is put together the first time, so that a start costs nothing: one
 * thread only may ask.
 */
#ifndef BAILIFF_NAMES_H
#define BAILIFF_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_ARGS 6

enum arch {
	ARCH_X86_64,
	ARCH_I386,
	ARCH_X32, /* same AUDIT_ARCH as x86_64; its numbers hold X32_BIT */
	ARCH_AARCH64,
	ARCH_COUNT,
};

#define X32_BIT 0x40000000u

const char *arch_name(enum arch arch);			   /* "x86_64", "i386", "x32", "aarch64" */
int arch_from_name(const char *name, enum arch *ret_arch); /* -ENOENT */
uint32_t arch_audit(enum arch arch);			   /* AUDIT_ARCH_*, of <linux/audit.h> */
enum arch arch_native(void);				   /* the ABI bailiff was built for */
/* Which ABI a struct seccomp_data belongs to. -ENOENT when it is none of ours. */
int arch_of_call(uint32_t audit_arch, uint32_t nr, enum arch *ret_arch);

/* What of an argument's register the kernel looks at. */
enum name_narrow {
	NARROW_NO,
	NARROW_ALWAYS, /* declared 64 bits wide, but only `width` (32) are used: width already says
			  32 */
	NARROW_SOMETIMES, /* for some operations only 32 bits are used; width says 64 */
};

enum name_kind { /* of data/syscalls.tsv */
		 KIND_SCALAR = 1,
		 KIND_POINTER,
		 KIND_FD,
		 KIND_BITS,
};

struct name_arg {
	const char *name;  /* the kernel's */
	const char *alias; /* the man page's where it differs, else NULL; a second alias as older
			      pages had it: alias2 */
	const char *alias2;
	const char *type; /* C type as declared, e.g. "unsigned int" */
	uint8_t width;	  /* bits the kernel reads: 16, 32 or 64 */
	uint8_t kind;	  /* enum name_kind */
	uint8_t narrow;	  /* enum name_narrow */
	uint16_t family;  /* of constants, for decoding: an index for names_decode(); 0 = none */
};

struct name_call {
	const char *name;
	uint32_t nr;	   /* as a filter sees it: x32 numbers hold X32_BIT */
	const char *since; /* "5.3", "old" (before 2.6), "?" */
	int8_t nargs;	   /* -1 = not known */
	const struct name_arg *args;
};

/* All calls of an ABI, sorted by number. */
const struct name_call *names_calls(enum arch arch, size_t *ret_count);
const struct name_call *names_call_by_nr(enum arch arch, uint32_t nr); /* NULL: unknown */
const struct name_call *names_call_by_name(enum arch arch,
					   const char *name); /* NULL: not on this ABI */
bool names_call_exists(const char *name); /* on any ABI, or a historic alias listed in a group */

/* Position of an argument by the kernel's name, the man page's, or "arg0".."arg5". -ENOENT. */
int names_arg(const struct name_call *call, const char *name, unsigned *ret_index);

/* Groups: systemd's, "@default" and so on, with nested groups expanded. `innermost` is the name of
 * the group that lists the member itself; the most deeply nested one where several do. */
struct name_member {
	const char *call;
	const char *innermost;
};
/* NULL: no such group. Sorted by call name, each once. Includes names that no ABI of ours has: skip
 * those. */
const struct name_member *names_group(const char *group, size_t *ret_count);
const char *const *names_groups(size_t *ret_count);

/* A constant's value on an ABI. *ret_wide tells how the value was declared: negative 4-byte
 * constants (AT_FDCWD) come as 32 bits with *ret_negative32 true: sign-extend them for a 64-bit
 * argument. -ENOENT. */
int names_constant(enum arch arch, const char *name, uint64_t *ret_value, bool *ret_negative32);

/* errno names: "EPERM" <-> 1. NULL / -ENOENT where unknown. */
const char *names_errno(int error);
int names_errno_value(const char *name, int *ret_error);

/* Capabilities without CAP_: "NET_BIND_SERVICE" <-> 10 (from_name takes both forms). */
#define NAMES_CAP_COUNT 41
const char *names_cap(unsigned cap); /* NULL past the newest */
int names_cap_value(const char *name, unsigned *ret_cap);

/*
 * Writes an argument as a person would: "TIOCSTI", "CLONE_NEWNS|CLONE_NEWUSER|0x40", "0",
 * "AF_VSOCK", a file mode as "0644", or a plain number (decimal for scalars and descriptors:
 * 32-bit signed where that is how people write it, hexadecimal for pointers and unknown flags).
 * Only `width` bits of value are looked at. Returns false when the text is a plain decimal number
 * that fits into 64 bits with a sign (so JSON may write it as one), true otherwise.
 */
bool names_decode(enum arch arch, const struct name_call *call, unsigned arg, uint64_t value,
		  char *out, size_t size);

/* Up to `max` known names nearest to a misspelt one (edit distance), best first; returns how many.
 */
enum name_space { NAMES_CALLS = 1, NAMES_GROUPS, NAMES_CONSTANTS, NAMES_ERRNOS, NAMES_CAPS };
size_t names_nearest(enum name_space space, const char *name, const char **ret_names, size_t max);
/* The same over the caller's own list. */
size_t names_nearest_of(const char *const *list, size_t count, const char *name,
			const char **ret_names, size_t max);

#endif
