/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of the generated tables (gen.py writes names_tables.c). Private to
 * this room: others go through names.h.
 */
#ifndef BAILIFF_NAMES_TABLES_H
#define BAILIFF_NAMES_TABLES_H

#include "bailiff/base.h"
#include "bailiff/names.h"

/*
 * Nothing generated holds a pointer: in a position-independent program each would be a relocation,
 * and each page of them a copy, at every start. A name is an offset into a pool. What names.h
 * promises as arrays of pointers is built from the rows when it is first asked for, into the
 * built_ arrays, which lie beside their rows.
 */
extern const char name_pool[]; /* offset 0: no name */

struct arg_row {
	uint16_t name, alias, alias2, type, family;
	uint8_t width, kind, narrow;
};
struct call_row {
	uint32_t nr;
	uint16_t name, since;
	uint16_t first_arg; /* of arg_rows */
	int8_t nargs;
};
struct abi_row {
	uint16_t first, count; /* of call_rows, by number; and of calls_by_name */
};
extern const struct arg_row arg_rows[];
extern const struct call_row call_rows[];
extern const uint16_t calls_by_name[]; /* from abi_row.first on, by name */
extern const struct abi_row abi_rows[ARCH_COUNT];
extern struct name_arg built_args[];
extern struct name_call built_calls[]; /* name is NULL until it is built */

/* Sorted names: calls of any of the ABIs, and group members that none of them has. */
extern const uint16_t real_calls[];
extern const size_t real_calls_count;
extern const uint16_t historic_calls[];
extern const size_t historic_calls_count;

/* group_names is sorted, group_rows runs beside it. */
struct member_row {
	uint16_t call, innermost;
};
struct group_row {
	uint16_t first, count; /* of member_rows */
};
extern const uint16_t group_names[];
extern const size_t group_names_count;
extern const struct group_row group_rows[];
extern const struct member_row member_rows[];
extern struct name_member built_members[]; /* call is NULL until the group is built */
extern const char *built_groups[];

/* Constants by name. */
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
extern const uint16_t cap_constants[NAMES_CAP_COUNT]; /* indexes into constants: CAP_ and all */

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

/* calls.c: where a name stands in a sorted list of offsets; -1: nowhere. */
int find_name(const char *name, const uint16_t *list, size_t count);

#endif
