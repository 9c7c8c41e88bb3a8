/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of the generated tables (gen.py writes names_tables.c). Private to
 * this room: others go through names.h.
 */
#ifndef BAILIFF_NAMES_TABLES_H
#define BAILIFF_NAMES_TABLES_H

#include "bailiff/base.h"
#include "bailiff/names.h"

struct abi_table {
	const struct name_call *calls; /* by number */
	const uint16_t *by_name;       /* indexes into calls, by name */
	size_t count;
};
extern const struct abi_table abi_tables[ARCH_COUNT];

/* Sorted names: calls of any of the ABIs, and group members that none of them has. */
extern const char *const real_calls[];
extern const size_t real_calls_count;
extern const char *const historic_calls[];
extern const size_t historic_calls_count;

/* group_names is sorted, group_tables runs beside it. */
struct group_table {
	const struct name_member *members;
	size_t count;
};
extern const char *const group_names[];
extern const size_t group_names_count;
extern const struct group_table group_tables[];

/*
 * Constants by name. Names are offsets into one pool, not pointers: 4,500
 * pointers would each need a relocation in a position-independent program.
 */
struct constant {
	uint32_t name : 24;    /* offset into constant_pool */
	uint32_t special : 1;  /* the value is in constants_special */
	uint32_t negative : 1; /* declared as a negative int */
	uint32_t value;
};
/* Constants of more than 32 bits, and those that are not the same on all ABIs. */
struct constant_special {
	uint16_t constant;
	uint16_t here; /* bit 1 << arch: exists there */
	uint64_t value[ARCH_COUNT];
};
extern const char constant_pool[];
extern const struct constant constants[];
extern const size_t constants_count;
extern const struct constant_special constants_special[];
extern const size_t constants_special_count;

extern const uint16_t errno_constants[]; /* by number: 1 + index into constants, 0 = none */
extern const size_t errno_count;
extern const uint16_t errno_names[]; /* indexes into constants, aliases too */
extern const size_t errno_names_count;
extern const char *const cap_names[NAMES_CAP_COUNT];

/* How an argument is written: one field after the other, each over its own bits. */
enum decode_how {
	DECODE_VALUE, /* the bits under the mask are one of the constants */
	DECODE_FLAGS, /* each constant is a set of bits */
	DECODE_OCTAL, /* a file mode */
};
struct decode_field {
	enum decode_how how;
	uint64_t mask;
	uint16_t first, count; /* of decode_names */
};
struct decode_spec {
	uint16_t first, count; /* of decode_fields */
};
extern const uint16_t decode_names[]; /* indexes into constants, the preferred name first */
extern const struct decode_field decode_fields[];
extern const struct decode_spec decode_specs[]; /* by name_arg.family */

/* constants.c: of the constant at an index of `constants`. */
const char *constant_name(size_t index);
int constant_value(size_t index, enum arch arch, uint64_t *ret_value);

/* calls.c: bsearch's comparison of a name with an element of a list of names. */
int compare_name(const void *name, const void *element);

#endif
